import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { notifyError } from './toast.js'
import { Icon, type IconName } from './Icon.js'

interface ButtonProps {
  readonly icon?: IconName
  /** Where there is no room for words: its name for those who cannot see the icon, and its title. */
  readonly label?: string | undefined
  readonly kind?: 'primary' | 'danger' | 'plain' | 'quiet'
  readonly isDisabled?: boolean | undefined
  readonly type?: 'button' | 'submit'
  /** While its promise runs the button waits; what it throws is shown. */
  readonly onClick?: () => unknown
  readonly children?: ComponentChildren
}

export const Button = ({
  icon,
  label,
  kind = 'plain',
  isDisabled,
  type = 'button',
  onClick,
  children,
}: ButtonProps) => {
  const [isBusy, setBusy] = useState(false)
  const run = async (): Promise<void> => {
    setBusy(true)
    try {
      await onClick?.()
    } catch (error) {
      notifyError(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <button
      type={type}
      class={`button ${kind}${children === undefined ? ' square' : ''}`}
      aria-label={label}
      title={label}
      aria-busy={isBusy}
      disabled={isDisabled === true || isBusy}
      onClick={onClick && (() => void run())}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  )
}
