import { text } from '../strings.js'
import { visibleText } from '../visible.js'
import { Button } from './Button.js'
import { Icon } from './Icon.js'
import { dismiss, toasts, type Toast } from './toast.js'

const ToastView = ({ toast: { id, tone, message, remedy, href } }: { toast: Toast }) => (
  <li class={`toast ${tone}`}>
    <Icon name={tone === 'good' ? 'check' : 'warn'} />
    <div>
      {href === undefined ? <p>{visibleText(message)}</p> : <a href={href}>{visibleText(message)}</a>}
      {remedy && <p class="muted">{visibleText(remedy)}</p>}
    </div>
    <Button kind="quiet" icon="close" label={text.action.close} onClick={() => dismiss(id)} />
  </li>
)

/** Messages in a corner, read out as they come. */
export const Toasts = () => (
  <ul class="toasts" aria-live="polite" aria-label={text.shell.messages}>
    {toasts.value.map((toast) => (
      <ToastView key={toast.id} toast={toast} />
    ))}
  </ul>
)
