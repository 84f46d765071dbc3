import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './Icon.js'

interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  /** What to do. */
  readonly hint?: ComponentChildren
  readonly children?: ComponentChildren
}

/** What stands where there is nothing, or nothing yet. */
export const Empty = ({ icon, title, hint, children }: EmptyProps) => (
  <div class="empty">
    <Icon name={icon} />
    <p class="title">{title}</p>
    {hint !== undefined && <p class="muted">{hint}</p>}
    {children}
  </div>
)
