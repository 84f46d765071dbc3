import { isOver } from './dropping.js'
import { Icon } from '../../part/Icon.js'
import { text } from '../../strings.js'

/** Says that files which hang over the page are taken. */
export const DropOverlay = () =>
  isOver.value ? (
    <div class="overlay">
      <Icon name="add" />
      <p class="title">{text.shell.drop}</p>
      <p>{text.shell.dropHint}</p>
    </div>
  ) : null
