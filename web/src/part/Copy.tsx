import { useState } from 'preact/hooks'
import { text } from '../strings.js'
import { Button } from './Button.js'

/** Milliseconds for which it says that it did. */
const SAID = 1_500

/** Puts a text on the clipboard; browsers allow that on this machine and over HTTPS only. */
export const Copy = ({ value, label, isWide }: { value: string; label: string; isWide?: boolean }) => {
  const [isCopied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value)
    setCopied(true)
    setTimeout(() => setCopied(false), SAID)
  }
  if (!isSecureContext) return null
  const said = isCopied ? text.action.copied : label
  return (
    <Button
      kind={isWide ? 'plain' : 'quiet'}
      icon={isCopied ? 'check' : 'copy'}
      label={isWide ? undefined : said}
      onClick={copy}
    >
      {isWide ? said : undefined}
    </Button>
  )
}
