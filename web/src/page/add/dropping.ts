import { signal } from '@preact/signals'
import { program } from '../../live/program.js'
import { notifyError } from '../../part/toast.js'
import { readDropped } from './dropped.js'
import { addDropped } from './upload.js'

/** Whether files hang over the page. */
export const isOver = signal(false)

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') ?? false

/** Resolves to whether a peer has served this page, as soon as that is known. */
const isOfPeer = (): Promise<boolean> =>
  new Promise((resolve) => {
    const end = program.subscribe((known) => {
      if (known === 'starting') return
      resolve(known === 'peer')
      queueMicrotask(() => end())
    })
  })

const take = async (data: DataTransfer): Promise<void> => {
  // Before anything is waited for: afterwards the browser gives nothing of what was dropped.
  const dropped = readDropped(data)
  if (await isOfPeer()) await addDropped(await dropped)
}

/**
 * Takes files that are dropped anywhere on the page, from its first moment on: what nobody takes the browser opens in place
 * of the page.
 */
export const takeDropped = (): void => {
  addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    isOver.value = true
  })
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (relatedTarget === null) isOver.value = false
  })
  addEventListener('drop', (event) => {
    isOver.value = false
    if (!hasFiles(event) || !event.dataTransfer) return
    event.preventDefault()
    take(event.dataTransfer).catch(notifyError)
  })
}
