import { useId, useState } from 'preact/hooks'
import type { LimitsDocument } from '../../../src/api/contract.js'
import { parseBytes } from '../../../src/support/units.js'
import { formatBytes } from '../format.js'
import { text } from '../strings.js'
import { Button } from './Button.js'
import { notify } from './toast.js'

/** Bytes a second as they are entered; null: none. Undefined where it is no rate. */
const limitOf = (entered: string): number | null | undefined => {
  if (entered.trim() === '') return null
  const bytes = parseBytes(entered.replace(/\/s$/, ''))
  return bytes === undefined || bytes < 1 ? undefined : bytes
}

const shown = (limit: number | null): string => (limit === null ? '' : formatBytes(limit))

const Field = ({
  label,
  value,
  onChange,
}: {
  label: string
  value: string
  onChange: (value: string) => void
}) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        value={value}
        placeholder={text.settings.unset}
        autocomplete="off"
        aria-invalid={limitOf(value) === undefined}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </div>
  )
}

interface LimitsFormProps {
  readonly limits: LimitsDocument
  readonly save: (limits: LimitsDocument) => Promise<void>
}

/** Two rates that can be changed. What is being entered stays, whatever comes meanwhile. */
export const LimitsForm = ({ limits, save }: LimitsFormProps) => {
  const [entered, setEntered] = useState<Partial<Record<keyof LimitsDocument, string>>>({})
  const values = {
    download: entered.download ?? shown(limits.download),
    upload: entered.upload ?? shown(limits.upload),
  }
  const download = limitOf(values.download)
  const upload = limitOf(values.upload)
  const isValid = download !== undefined && upload !== undefined
  const submit = async (): Promise<void> => {
    if (!isValid) return
    await save({
      download: entered.download === undefined ? limits.download : download,
      upload: entered.upload === undefined ? limits.upload : upload,
    })
    setEntered({})
    notify({ tone: 'good', message: text.settings.saved })
  }
  return (
    <form class="limits" onSubmit={(event) => event.preventDefault()}>
      <Field
        label={text.settings.download}
        value={values.download}
        onChange={(value) => setEntered({ ...entered, download: value })}
      />
      <Field
        label={text.settings.upload}
        value={values.upload}
        onChange={(value) => setEntered({ ...entered, upload: value })}
      />
      <Button type="submit" isDisabled={!isValid || Object.keys(entered).length === 0} onClick={submit}>
        {text.action.save}
      </Button>
      <p class={isValid ? 'hint' : 'hint bad'} role="status">
        {isValid ? text.settings.limitHint : text.settings.limitInvalid}
      </p>
    </form>
  )
}
