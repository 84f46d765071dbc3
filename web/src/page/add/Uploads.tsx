import { formatBytes, formatPercent } from '../../format.js'
import { Bar } from '../../part/Bar.js'
import { Button } from '../../part/Button.js'
import { Name } from '../../part/Name.js'
import { text } from '../../strings.js'
import { visibleText } from '../../visible.js'
import { uploads } from './upload.js'

/** What is on its way to the peer. */
export const Uploads = () => {
  if (uploads.value.length === 0) return null
  return (
    <ul class="uploads" aria-label={text.add.uploads}>
      {uploads.value.map(({ id, name, sent, size, cancel }) => (
        <li key={id}>
          <div>
            <Name>{name}</Name>
            <span class="muted">
              {formatPercent(sent, size)} · {formatBytes(size)}
            </span>
            <Bar done={sent} size={size} tone="busy" />
          </div>
          <Button
            kind="quiet"
            icon="close"
            label={text.action.of(text.action.cancel, visibleText(name))}
            onClick={cancel}
          />
        </li>
      ))}
    </ul>
  )
}
