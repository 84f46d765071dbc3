import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { text } from '../strings.js'
import { Button } from './Button.js'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Over the page until it is closed; the browser keeps the focus inside and gives it back. */
export const Dialog = ({ title, onClose, children }: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <div class="sheet">
        <header>
          <h2 id={heading}>{title}</h2>
          <Button kind="quiet" icon="close" label={text.action.close} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}
