import { constants, open, rename, rm } from 'node:fs/promises'
import { concatBytes, equalBytes } from '../protocol/bytes.js'
import { JournalRecords, RECORD_SIZE } from './journalRecords.js'
import { readFully, writeFully } from './transfer.js'
import type { Bitfield } from '../protocol/bitfield.js'
import type { FileHandle } from 'node:fs/promises'

/** A chunk that was verified and written. */
export interface JournalRecord {
  readonly chunk: number
  /** Its SHA-256; of v1 alone zeros. */
  readonly leaf: Uint8Array
}

const MAGIC = Buffer.from('shoal journal 1\n', 'latin1')
const KEY_SIZE = 32
const HEADER_SIZE = MAGIC.length + KEY_SIZE

/** The index of the record that ends a journal closed clean; no chunk has it, as there are at most 2^31 - 1. */
const STAMP_INDEX = 0xffffffff

/** Records read at once: 144 KiB. */
const BATCH = 4096

/**
 * What a download has, on disk: a header, then a record of 36 bytes for each chunk, big-endian index and SHA-256,
 * and as the last one of a journal closed clean a stamp. The last record of a chunk counts. A torn or foreign record
 * does no harm, since each is compared with the data.
 */
export class Journal {
  readonly #path: string
  readonly #key: Uint8Array
  #handle: FileHandle
  #count: number
  #stamp: Uint8Array | undefined

  private constructor(path: string, key: Uint8Array, handle: FileHandle) {
    this.#path = path
    this.#key = key
    this.#handle = handle
    this.#count = 0
  }

  /**
   * Opens or makes the journal. One whose `key` (32 bytes) is another's, or that is no journal, is begun afresh.
   * Rejects with errors of the system.
   */
  static async open(path: string, key: Uint8Array): Promise<Journal> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    const journal = new Journal(path, key, handle)
    try {
      await journal.#begin()
      return journal
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Records in the file, those overtaken by a later one included. */
  get count(): number {
    return this.#count
  }

  /** 32 bytes that `close` was given, where nothing happened since. */
  get stamp(): Uint8Array | undefined {
    return this.#stamp
  }

  /** The records, the last first, some thousand at a time. */
  async *batches(): AsyncGenerator<readonly JournalRecord[]> {
    for (let end = this.#count; end > 0; end -= BATCH) {
      const start = Math.max(0, end - BATCH)
      const buffer = Buffer.allocUnsafe((end - start) * RECORD_SIZE)
      await readFully(this.#handle, [buffer], placeOf(start))
      yield recordsOf(buffer).reverse()
    }
  }

  /** Adds records at the end, over a stamp and a torn record if any. Repeated after a failure, it adds them once. */
  async append(records: JournalRecords): Promise<void> {
    const { count } = records
    await writeFully(this.#handle, [records.bytes], placeOf(this.#count))
    this.#count += count
  }

  /** Cuts off a stamp and a torn record. */
  async trim(): Promise<void> {
    await this.#handle.truncate(placeOf(this.#count))
    this.#stamp = undefined
  }

  /** Replaces the file by one with the last record of each chunk in `kept`. */
  async compact(kept: Bitfield): Promise<void> {
    const path = `${this.#path}.new`
    const handle = await open(path, 'w', 0o600)
    let count: number
    try {
      count = await this.#copyTo(handle, kept)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await this.#replaceBy(path)
    this.#count = count
    this.#stamp = undefined
  }

  /** Marks the journal clean and makes it survive a power loss. Nothing may be added afterwards. */
  async seal(stamp: Uint8Array): Promise<void> {
    const record = new JournalRecords()
    record.add(STAMP_INDEX, stamp)
    await writeFully(this.#handle, [record.bytes], placeOf(this.#count))
    await this.#handle.truncate(placeOf(this.#count + 1))
    await this.#handle.sync()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  /** Closes and deletes it. */
  async remove(): Promise<void> {
    await this.#handle.close()
    await rm(this.#path, { force: true })
  }

  async #begin(): Promise<void> {
    const header = Buffer.alloc(HEADER_SIZE)
    await readFully(this.#handle, [header], 0)
    if (!equalBytes(header, this.#header())) return this.#beginAfresh()
    const { size } = await this.#handle.stat()
    this.#count = Math.floor((size - HEADER_SIZE) / RECORD_SIZE)
    if (this.#count === 0) return
    const last = Buffer.alloc(RECORD_SIZE)
    await readFully(this.#handle, [last], placeOf(this.#count - 1))
    if (last.readUInt32BE(0) !== STAMP_INDEX) return
    this.#stamp = last.subarray(4)
    this.#count--
  }

  async #beginAfresh(): Promise<void> {
    await this.#handle.truncate(0)
    await writeFully(this.#handle, [this.#header()], 0)
    await this.#handle.sync()
  }

  async #copyTo(handle: FileHandle, kept: Bitfield): Promise<number> {
    await writeFully(handle, [this.#header()], 0)
    const rest = kept.copy()
    let count = 0
    for await (const batch of this.batches()) {
      const records = new JournalRecords()
      for (const { chunk, leaf } of batch) if (rest.delete(chunk)) records.add(chunk, leaf)
      await writeFully(handle, [records.bytes], placeOf(count))
      count += records.count
    }
    return count
  }

  /** Windows renames nothing that is open; whichever file has the name afterwards is opened again. */
  async #replaceBy(path: string): Promise<void> {
    await this.#handle.close()
    try {
      await rename(path, this.#path)
    } finally {
      this.#handle = await open(this.#path, constants.O_RDWR)
    }
  }

  #header(): Uint8Array {
    return concatBytes([MAGIC, this.#key])
  }
}

const placeOf = (index: number): number => HEADER_SIZE + index * RECORD_SIZE

const recordsOf = (buffer: Buffer): JournalRecord[] =>
  Array.from({ length: buffer.length / RECORD_SIZE }, (_, index) => {
    const start = index * RECORD_SIZE
    return { chunk: buffer.readUInt32BE(start), leaf: buffer.subarray(start + 4, start + RECORD_SIZE) }
  })
