import { createHash } from 'node:crypto'
import { BlockCache } from './blockCache.js'
import { diskError } from './diskError.js'
import { DownloadWriter } from './downloadWriter.js'
import { filesOf, stampOf } from './resume.js'
import { openDownload } from './openDownload.js'
import { ReadAhead } from './readAhead.js'
import { ShoalError } from '../protocol/errors.js'
import type { Bitfield } from '../protocol/bitfield.js'
import type { ChunkReader } from './store.js'
import type { DownloadOptions } from './downloadOptions.js'
import type { OpenDownload } from './openDownload.js'

export type { DownloadOptions } from './downloadOptions.js'

/**
 * The disk side of one download: chunks gather in memory, go to a part file in pieces, are noted in a journal once
 * verified and written, and get their final name when all are there.
 */
export class DownloadFiles implements ChunkReader {
  readonly #options: DownloadOptions
  readonly #disk: OpenDownload
  readonly #writer: DownloadWriter
  readonly #reader: ReadAhead
  #isFinished = false
  #isClosed = false
  #finishing: Promise<string> | undefined
  #closing: Promise<void> | undefined

  private constructor(options: DownloadOptions, disk: OpenDownload) {
    const writer = new DownloadWriter(options, disk)
    this.#options = options
    this.#disk = disk
    this.#writer = writer
    this.#reader = new ReadAhead(
      options.layout,
      options.cache ?? new BlockCache(),
      (stream, buffers, offset) => disk.parts.read(stream, buffers, offset),
      (chunk) => this.#isOnDisk(chunk),
    )
  }

  /**
   * Makes the part file or folder, or resumes: `has` are the chunks found whole, wanted or not.
   * @throws ShoalError FILE_EXISTS (the final name is taken, or NAME.part is not ours), STATE_LOCKED, DISK_FULL, DISK_FAILED
   */
  static async open(options: DownloadOptions): Promise<{ files: DownloadFiles; has: Bitfield }> {
    const disk = await openDownload(options)
    return { files: new DownloadFiles(options, disk), has: disk.verified }
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.#writer.waiting
  }

  /** More waits in memory than the disk takes at once, or the disk fails: ask peers for no more until `onReady`. */
  get isBehind(): boolean {
    return this.#writer.isBehind
  }

  /**
   * Takes a chunk, verified or not; `data` is copied. A chunk that is confirmed already is left as it is. Of one that is
   * `isUnproven` `onLeaves` tells the hash once it is written; of v1 alone `hashPiece` has that of its piece.
   * Returns whether the chunk is kept: not so when it is not wanted, when nobody heeded `isBehind` until memory was
   * full, and after finish, close or remove. @throws RangeError when the length is not the chunk's
   */
  write(chunk: number, data: Uint8Array, isUnproven = false): boolean {
    if (this.#writer.confirmed.has(chunk)) return true
    if (this.#closing || !this.#options.wanted.has(chunk)) return false
    if (data.length !== this.#options.layout.lengthOf(chunk))
      throw new RangeError(`chunk ${chunk} has not ${data.length} bytes`)
    if (this.#writer.has(chunk)) this.#reader.forget(chunk)
    return this.#writer.write(chunk, data, isUnproven)
  }

  /**
   * `count` chunks from `first` on, written before, were verified; with `leaves`, their SHA-256 strung together, they are
   * found again after a crash. Of v1 alone there are none: whole pieces are found again.
   */
  confirm(first: number, count: number, leaves: Uint8Array | undefined): void {
    this.#writer.confirm(first, count, leaves)
  }

  /** The chunk turned out wrong: it is forgotten and may be written again. */
  discard(chunk: number): void {
    if (!this.#writer.has(chunk)) return
    this.#writer.discard(chunk)
    this.#reader.forget(chunk)
  }

  read(chunk: number): Uint8Array | Promise<Uint8Array> {
    const isThere = !this.#isClosed && this.#writer.has(chunk)
    if (!isThere) return Promise.reject(new ShoalError('DISK_FAILED', `chunk ${chunk} is not there`))
    const inMemory = this.#writer.get(chunk)
    if (inMemory !== undefined) return inMemory
    const leaving = this.#writer.leavingWith(chunk)
    return leaving === undefined ? this.#reader.read(chunk) : this.#readOnceWritten(chunk, leaving)
  }

  async readRun(first: number, buffers: readonly Uint8Array[]): Promise<void> {
    const isAllOnDisk = buffers.every((_, index) => this.#isOnDiskAlone(first + index))
    if (isAllOnDisk && !this.#isClosed) return this.#reader.readRun(first, buffers)
    for (const [index, buffer] of buffers.entries()) {
      const data = this.read(first + index)
      buffer.set(data instanceof Promise ? await data : data)
    }
  }

  /** The SHA-1 of `piece`, whose chunks are all there, verified or not. @throws ShoalError DISK_FAILED, FILE_CHANGED */
  async hashPiece(piece: number): Promise<Uint8Array> {
    const taken = await this.#writer.takeDigest(piece)
    if (taken !== undefined) return taken
    const { first, count } = this.#options.layout.chunksOf(piece)
    const hash = createHash('sha1')
    for (let chunk = first; chunk < first + count; chunk++) {
      const data = this.read(chunk)
      hash.update(data instanceof Promise ? await data : data)
    }
    return hash.digest()
  }

  /** Whether every file gets its final name, so that afterwards all chunks can be read. */
  get keepsAll(): boolean {
    const { selected, layout } = this.#options
    return selected === undefined || selected.size === layout.fileCount
  }

  /** Writes all that is in memory, and the journal. @throws ShoalError DISK_FULL, DISK_FAILED */
  flush(): Promise<void> {
    return this.#writer.flush()
  }

  /**
   * Writes and syncs everything, gives it its final name, drops the journal; returns the final path. Afterwards
   * chunks are still read. After an error it can be called again.
   * @throws ShoalError FILE_EXISTS, DISK_FULL, DISK_FAILED, VERIFICATION_FAILED (not every wanted chunk is confirmed)
   */
  finish(): Promise<string> {
    this.#finishing ??= this.#finish().finally(() => {
      if (!this.#isFinished) this.#finishing = undefined
    })
    return this.#finishing
  }

  /** Writes what can be written and marks the journal clean, so that nothing need be verified again. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= this.#close(() => this.#seal())
    return this.#closing
  }

  /** Gives up: deletes the part file or folder and the journal. What is finished or closed stays. @throws ShoalError DISK_FAILED */
  remove(): Promise<void> {
    this.#closing ??= this.#close(() => this.#delete())
    return this.#closing
  }

  /** The disk thread has it: it is read when it is back, or written. */
  async #readOnceWritten(chunk: number, leaving: number): Promise<Uint8Array> {
    await this.#writer.whenWritten(leaving)
    return this.read(chunk)
  }

  /** Whether it is on disk, and nowhere in memory. */
  #isOnDiskAlone(chunk: number): boolean {
    return this.#isOnDisk(chunk) && this.#writer.get(chunk) === undefined
  }

  #isOnDisk(chunk: number): boolean {
    return this.#writer.has(chunk) && !this.#writer.isInMemory(chunk)
  }

  async #finish(): Promise<string> {
    if (this.#closing) throw new ShoalError('DISK_FAILED', `${this.#options.content.name} is closed`)
    await this.#writer.flush()
    this.#requireComplete()
    const path = await this.#disk.parts.finish(...this.#filesToFinish())
    this.#isFinished = true
    await this.#writer.halt()
    // The file is there under its name: a journal that cannot be deleted takes nothing from that.
    await this.#disk.journal.remove().catch(() => undefined)
    await this.#disk.lock.release().catch(() => undefined)
    return path
  }

  #requireComplete(): void {
    const { wanted, content } = this.#options
    if (this.#writer.confirmed.isFull) return
    for (const chunk of wanted)
      if (!this.#writer.confirmed.has(chunk))
        throw new ShoalError('VERIFICATION_FAILED', `chunk ${chunk} of ${content.name} is not there`)
  }

  /** The files to keep, empty ones too, and those of which an earlier selection left a part. */
  #filesToFinish(): [kept: number[], dropped: number[]] {
    const kept: number[] = []
    const dropped: number[] = []
    for (let file = 0; file < this.#options.content.files.length; file++)
      (this.#isKept(file) ? kept : dropped).push(file)
    return [kept, dropped]
  }

  /** Whether the file is selected, or whole all the same; what is wanted is confirmed already. */
  #isKept(file: number): boolean {
    const { selected, layout } = this.#options
    if (selected !== undefined) return selected.has(file)
    const { first, count } = layout.chunksOfFile(file)
    let isWhole = true
    for (let chunk = first; chunk < first + count; chunk++) {
      if (this.#options.wanted.has(chunk)) return true
      isWhole &&= this.#writer.confirmed.has(chunk)
    }
    return isWhole
  }

  async #close(last: () => Promise<void>): Promise<void> {
    await this.#finishing?.catch(() => undefined)
    try {
      if (!this.#isFinished) await last()
    } finally {
      await this.#writer.halt()
      this.#isClosed = true
      this.#reader.close()
      await this.#disk.parts.close()
      await this.#disk.journal.close().catch(() => undefined)
      await this.#disk.lock.release().catch(() => undefined)
    }
  }

  /** Files are closed before their times are taken: Windows sets them at the close. */
  async #seal(): Promise<void> {
    const { parts } = this.#disk
    const { layout, sha256 } = this.#options
    try {
      await this.#writer.flush()
      await parts.sync(filesOf(layout, this.#writer.confirmed))
      await parts.close()
      await this.#writer.seal(await stampOf({ parts, layout, sha256 }, this.#writer.confirmed))
    } catch {
      // What fails was told by onFailure. Without a seal the next start verifies.
    }
  }

  async #delete(): Promise<void> {
    await this.#writer.halt()
    try {
      await this.#disk.parts.remove()
      await this.#disk.journal.remove()
    } catch (error) {
      throw diskError(error, this.#options.journal)
    }
  }
}
