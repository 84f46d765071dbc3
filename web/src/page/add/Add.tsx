import { signal } from '@preact/signals'
import { useId, useRef, useState } from 'preact/hooks'
import { peer } from '../../api/peer.js'
import { status } from '../../live/program.js'
import { Button } from '../../part/Button.js'
import { Dialog } from '../../part/Dialog.js'
import { Icon } from '../../part/Icon.js'
import { text } from '../../strings.js'
import { readChosen, readDropped } from './dropped.js'
import { intentOf } from './intent.js'
import { addDropped, announce, DEFAULT_CHOICE } from './upload.js'

export const isAdding = signal(false)

const close = (): void => {
  isAdding.value = false
}

/** An input that a button stands for. */
const Chooser = ({ isFolder, onFiles }: { isFolder: boolean; onFiles: (files: FileList) => void }) => {
  const input = useRef<HTMLInputElement>(null)
  const title = isFolder ? text.add.folder : text.add.files
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        {...(isFolder && { webkitdirectory: true })}
        aria-label={title}
        onChange={({ currentTarget: { files } }) => files && files.length > 0 && onFiles(files)}
      />
      <Button icon={isFolder ? 'folder' : 'file'} onClick={() => input.current?.click()}>
        {title}
      </Button>
    </>
  )
}

const Check = ({
  label,
  value,
  onChange,
}: {
  label: string
  value: boolean
  onChange: (value: boolean) => void
}) => (
  <label class="check">
    <input
      type="checkbox"
      checked={value}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
    {label}
  </label>
)

/** Share by dropping or choosing, get by entering. */
export const AddDialog = () => {
  const [entered, setEntered] = useState('')
  const [choice, setChoice] = useState(DEFAULT_CHOICE)
  const field = useId()
  const isLocal = status.value?.isLocal ?? false
  const intent = intentOf(entered, isLocal)
  const submit = async (): Promise<void> => {
    if (intent.kind === 'get') announce(await peer.get(intent.what, choice), text.add.fetching(intent.what))
    if (intent.kind === 'share') announce(await peer.share(intent.path), text.add.shared(intent.path))
    if (intent.kind === 'get' || intent.kind === 'share') close()
  }
  const take = (files: FileList): void => {
    close()
    void addDropped(readChosen(files), choice)
  }
  const isInvalid = intent.kind === 'invalid'
  return (
    <Dialog title={text.add.title} onClose={close}>
      <div
        class="dropzone"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          event.stopPropagation()
          const dropped = event.dataTransfer && readDropped(event.dataTransfer)
          close()
          void dropped?.then((all) => addDropped(all, choice))
        }}
      >
        <Icon name="add" />
        <p>{text.add.drop}</p>
        <div class="buttons">
          <Chooser isFolder={false} onFiles={take} />
          <Chooser isFolder={true} onFiles={take} />
        </div>
      </div>
      <form onSubmit={(event) => event.preventDefault()}>
        <label for={field}>{isLocal ? text.add.fieldLocal : text.add.field}</label>
        <input
          id={field}
          value={entered}
          placeholder={text.add.placeholder}
          autocomplete="off"
          spellcheck={false}
          aria-invalid={isInvalid}
          aria-describedby={`${field}-hint`}
          onInput={({ currentTarget }) => setEntered(currentTarget.value)}
        />
        <p id={`${field}-hint`} class="hint bad" role="status">
          {isInvalid ? (isLocal ? text.add.invalidLocal : text.add.invalid) : ''}
        </p>
        <Check
          label={text.add.seed}
          value={choice.seed}
          onChange={(seed) => setChoice({ ...choice, seed })}
        />
        <Check
          label={text.add.sequential}
          value={choice.isSequential}
          onChange={(isSequential) => setChoice({ ...choice, isSequential })}
        />
        <footer>
          <Button onClick={close}>{text.action.cancel}</Button>
          <Button
            kind="primary"
            type="submit"
            icon={intent.kind === 'share' ? 'up' : 'get'}
            isDisabled={intent.kind === 'none' || isInvalid}
            onClick={submit}
          >
            {intent.kind === 'share' ? text.add.share : text.add.get}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
