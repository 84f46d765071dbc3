import { percent } from '../format.js'

/** How far something is, beside words that say the same. */
export const Bar = ({ done, size, tone }: { done: number; size: number; tone: string }) => (
  <span class={`bar ${tone}`} aria-hidden="true">
    <span class="fill" style={{ width: `${percent(done, size)}%` }} />
  </span>
)
