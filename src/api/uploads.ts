import { randomBytes } from 'node:crypto'
import type { ShoalPeer, Transfer, Upload } from '../node/api.js'
import { ShoalError } from '../protocol/errors.js'
import type { UploadDocument } from './contract.js'

/** Uploads at once. */
const MAX_UPLOADS = 16

/** Milliseconds after which one to which nothing is sent is given up, and its files deleted. */
const IDLE_TIME = 10 * 60_000

interface Entry {
  readonly upload: Upload
  readonly name: string
  files: number
  writing: number
  timer: NodeJS.Timeout | undefined
}

const documentOf = (id: string, { name, files, upload }: Entry): UploadDocument => ({
  id,
  name,
  files,
  received: upload.size,
})

/**
 * What browsers send to be shared.
 *
 * Invariant: each is in `#entries` until it is shared or abandoned, and abandoned once nothing was sent for IDLE_TIME.
 */
export class Uploads {
  readonly #peer: ShoalPeer
  readonly #entries = new Map<string, Entry>()

  constructor(peer: ShoalPeer) {
    this.#peer = peer
  }

  /** Opens a place for a file or folder. @throws ShoalError TOO_MANY_REQUESTS, and as ShoalPeer.openUpload */
  async open(name: string, isFolder: boolean): Promise<UploadDocument> {
    if (this.#entries.size >= MAX_UPLOADS)
      throw new ShoalError('TOO_MANY_REQUESTS', `${MAX_UPLOADS} uploads are under way already`)
    const entry: Entry = { upload: NONE, name, files: 0, writing: 0, timer: undefined }
    const id = randomBytes(12).toString('hex')
    // It has its place among the others while it is opened.
    this.#entries.set(id, entry)
    try {
      const opened = { ...entry, upload: await this.#peer.openUpload(name, { isFolder }) }
      this.#entries.set(id, opened)
      this.#await(id, opened)
      return documentOf(id, opened)
    } catch (error) {
      this.#entries.delete(id)
      throw error
    }
  }

  /** Writes one file of it. @throws ShoalError UPLOAD_NOT_FOUND, and as Upload.write */
  async write(
    id: string,
    path: string,
    data: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<UploadDocument> {
    const entry = this.#find(id)
    clearTimeout(entry.timer)
    entry.writing++
    try {
      await entry.upload.write(path, data, signal)
      entry.files++
      return documentOf(id, entry)
    } finally {
      entry.writing--
      this.#await(id, entry)
    }
  }

  /** Shares it: it is listed at once, and hashed. @throws ShoalError UPLOAD_NOT_FOUND, USAGE, FILE_EXISTS, ALREADY_SEEDING */
  async share(id: string): Promise<Transfer> {
    const entry = this.#find(id)
    if (entry.writing > 0) throw new ShoalError('USAGE', `"${entry.name}" is still being sent`)
    this.#forget(id, entry)
    try {
      return this.#peer.addShare(await entry.upload.finish())
    } catch (error) {
      await entry.upload.abandon()
      throw error
    }
  }

  /** Gives it up and deletes its files. @throws ShoalError UPLOAD_NOT_FOUND */
  async abandon(id: string): Promise<UploadDocument> {
    const entry = this.#find(id)
    this.#forget(id, entry)
    await entry.upload.abandon()
    return documentOf(id, entry)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((id) => this.abandon(id)))
  }

  #await(id: string, entry: Entry): void {
    clearTimeout(entry.timer)
    if (entry.writing > 0 || this.#entries.get(id) !== entry) return
    entry.timer = setTimeout(() => {
      this.#forget(id, entry)
      void entry.upload.abandon().catch(() => undefined)
    }, IDLE_TIME)
    entry.timer.unref()
  }

  #forget(id: string, entry: Entry): void {
    clearTimeout(entry.timer)
    this.#entries.delete(id)
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.upload === NONE)
      throw new ShoalError('UPLOAD_NOT_FOUND', `There is no upload ${JSON.stringify(id.slice(0, 32))}`)
    return entry
  }
}

/** Of one that is being opened. */
const NONE: Upload = {
  size: 0,
  write: async () => undefined,
  finish: async () => '',
  abandon: async () => undefined,
}
