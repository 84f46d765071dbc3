import { formatDecimal } from '../format.js'
import { text } from '../strings.js'

/** Copies beyond which more make no difference to a downloader. */
const MANY = 4

const levelOf = (copies: number): number => (copies < 1 ? 0 : Math.min(MANY, Math.floor(copies)))

/** How many whole copies there are: as a figure, and as bars for a glance. */
export const Health = ({ copies }: { copies: number }) => (
  <span class={`copies level${levelOf(copies)}`} title={text.catalog.copies(copies)}>
    <span class="bars" aria-hidden="true">
      <i />
      <i />
      <i />
      <i />
    </span>
    {formatDecimal(copies)}
  </span>
)
