import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { TransferDocument, TransferState } from '../../../src/api/contract.js'
import { peer } from '../api/peer.js'
import { text } from '../strings.js'
import { visibleText } from '../visible.js'
import { Button } from './Button.js'
import { Dialog } from './Dialog.js'
import { Name } from './Name.js'
import { notify } from './toast.js'

/** What can go on again. */
const RESTING: ReadonlySet<TransferState> = new Set(['paused', 'stopped', 'failed', 'finished'])

/** What cannot be paused yet. */
const BEGINNING: ReadonlySet<TransferState> = new Set(['finding', 'hashing'])

/** The transfer that the user is asked about before it is removed. */
const removing = signal<Pick<TransferDocument, 'key' | 'name'> | undefined>(undefined)

export const PauseButton = ({ transfer, isWide }: { transfer: TransferDocument; isWide?: boolean }) => {
  const { key, name, state } = transfer
  const action = RESTING.has(state) ? 'resume' : 'pause'
  return (
    <Button
      kind={isWide ? 'plain' : 'quiet'}
      icon={action}
      label={isWide ? undefined : text.action.of(text.action[action], visibleText(name))}
      isDisabled={BEGINNING.has(state)}
      onClick={() => peer.act(key, action)}
    >
      {isWide ? text.action[action] : undefined}
    </Button>
  )
}

export const RemoveButton = ({ transfer, isWide }: { transfer: TransferDocument; isWide?: boolean }) => (
  <Button
    kind={isWide ? 'danger' : 'quiet'}
    icon="remove"
    label={isWide ? undefined : text.action.of(text.action.remove, visibleText(transfer.name))}
    onClick={() => {
      removing.value = transfer
    }}
  >
    {isWide ? text.action.remove : undefined}
  </Button>
)

/** Asks before something is removed. */
export const RemoveDialog = ({ onRemoved }: { onRemoved: () => void }) => {
  const [withData, setWithData] = useState(false)
  const transfer = removing.value
  if (transfer === undefined) return null
  const close = (): void => {
    removing.value = undefined
    setWithData(false)
  }
  const remove = async (): Promise<void> => {
    await peer.remove(transfer.key, withData)
    close()
    notify({ tone: 'good', message: text.remove.done(transfer.name) })
    onRemoved()
  }
  return (
    <Dialog title={text.remove.title} onClose={close}>
      <p class="subject">
        <Name>{transfer.name}</Name>
      </p>
      <p>{text.remove.keep}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={withData}
          onChange={({ currentTarget }) => setWithData(currentTarget.checked)}
        />
        {text.remove.data}
      </label>
      <footer>
        <Button onClick={close}>{text.action.cancel}</Button>
        <Button kind="danger" icon="remove" onClick={remove}>
          {text.action.remove}
        </Button>
      </footer>
    </Dialog>
  )
}
