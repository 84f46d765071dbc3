import { signal } from '@preact/signals'
import type { TransferDocument } from '../../../../src/api/contract.js'
import { peer, type GetChoice } from '../../api/peer.js'
import { ApiError } from '../../api/request.js'
import { notify, notifyError } from '../../part/toast.js'
import { linkTo } from '../../route.js'
import { text } from '../../strings.js'
import type { Dropped, SentFile } from './dropped.js'

/** Something on its way from the browser to the peer. */
export interface Upload {
  readonly id: number
  readonly name: string
  readonly sent: number
  readonly size: number
  readonly cancel: () => void
}

export const uploads = signal<readonly Upload[]>([])
let count = 0

const change = (id: number, sent: number): void => {
  uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, sent } : upload))
}

/** Sends one file; fetch says nothing of how far it is. @throws ApiError */
const put = (url: string, file: File, onSent: (bytes: number) => void, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const refuse = (): void => reject(new ApiError(request.status, problemIn(request.responseText)))
    request.upload.onprogress = ({ loaded }) => onSent(loaded)
    request.onload = () => (request.status < 300 ? resolve() : refuse())
    request.onerror = () =>
      reject(new ApiError(0, { detail: text.error.gone, remedy: text.error.goneRemedy }))
    request.onabort = () => reject(new DOMException('', 'AbortError'))
    signal.addEventListener('abort', () => request.abort())
    request.open('PUT', url)
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.send(file)
  })

const problemIn = (answer: string): { detail?: string; remedy?: string } => {
  try {
    return JSON.parse(answer) as { detail?: string; remedy?: string }
  } catch {
    return {}
  }
}

const sendAll = async (
  id: string,
  files: readonly SentFile[],
  onSent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> => {
  let before = 0
  for (const { path, file } of files) {
    const url = `api/uploads/${id}/content?${new URLSearchParams({ path }).toString()}`
    await put(url, file, (bytes) => onSent(before + bytes), signal)
    before += file.size
  }
}

const send = async ({ name, isFolder, files }: Dropped): Promise<void> => {
  const abort = new AbortController()
  const own = ++count
  const size = files.reduce((sum, { file }) => sum + file.size, 0)
  uploads.value = [...uploads.value, { id: own, name, sent: 0, size, cancel: () => abort.abort() }]
  let id: string | undefined
  try {
    id = (await peer.openUpload(name, isFolder)).id
    await sendAll(id, files, (bytes) => change(own, bytes), abort.signal)
    announce(await peer.shareUpload(id), text.add.shared(name))
  } catch (error) {
    if (id !== undefined) await peer.dropUpload(id).catch(() => undefined)
    if (!abort.signal.aborted) throw error
  } finally {
    uploads.value = uploads.value.filter((upload) => upload.id !== own)
  }
}

/** Says that something was begun, with the way to it. */
export const announce = ({ key, infoHash }: TransferDocument, message: string): void =>
  notify({ tone: 'good', message, href: linkTo('torrents', infoHash ?? key) })

const isTorrent = ({ name, isFolder }: Dropped): boolean => !isFolder && /\.torrent$/i.test(name)

const addOne = async (dropped: Dropped, choice: GetChoice): Promise<void> => {
  const [first] = dropped.files
  if (first === undefined) throw new Error(text.add.empty)
  if (!isTorrent(dropped)) return send(dropped)
  const transfer = await peer.getMetainfo(first.file, choice)
  announce(transfer, text.add.fetching(dropped.name))
}

export const DEFAULT_CHOICE: GetChoice = { seed: true, isSequential: false }

/** Shares what was dropped, or fetches what a .torrent names, one after another. What fails is said. */
export const addDropped = async (all: readonly Dropped[], choice = DEFAULT_CHOICE): Promise<void> => {
  for (const dropped of all) await addOne(dropped, choice).catch(notifyError)
}
