import type { BlockCache } from './blockCache.js'
import { keyOf, RUN_CHUNKS } from './blockCache.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import type { Layout, Span } from '../protocol/metainfo/layout.js'

/** Requests remembered to see that one follows another. */
const RECENT = 64

interface Run extends Span {
  /** Its first chunk. */
  readonly first: number
  readonly count: number
}

/** Fills `buffer` from byte `offset` of `file`, wholly or it throws. */
export type ReadInto = (file: number, buffer: Uint8Array, offset: number) => Promise<void>

/**
 * Reads chunks from files, a run of neighbours at a time where they are likely to be asked for next:
 * at the beginning of a run, and after the chunk before. A chunk asked for out of the blue is read alone.
 */
export class ReadAhead {
  readonly #layout: Layout
  readonly #cache: BlockCache
  readonly #owner: number
  readonly #readInto: ReadInto
  readonly #isOnDisk: (chunk: number) => boolean
  readonly #recent = new Int32Array(RECENT).fill(-2)
  #next = 0

  /** `isOnDisk` tells which chunks may be read, and kept, along with another. */
  constructor(
    layout: Layout,
    cache: BlockCache,
    readInto: ReadInto,
    isOnDisk: (chunk: number) => boolean = () => true,
  ) {
    this.#layout = layout
    this.#cache = cache
    this.#owner = cache.newOwner()
    this.#readInto = readInto
    this.#isOnDisk = isOnDisk
  }

  /** The chunk's bytes, for this turn only. @throws what `readInto` throws */
  read(chunk: number): Uint8Array | Promise<Uint8Array> {
    const run = this.#runOf(chunk)
    const isNext = this.#isNext(chunk, run)
    this.#recent[this.#next++ % RECENT] = chunk
    const key = keyOf(this.#owner, run.first)
    const kept = this.#cache.get(key)
    if (kept !== undefined) return sliceOf(kept, chunk, run)
    return isNext && this.#isWhole(run) ? this.#readRun(key, chunk, run) : this.#readAlone(chunk)
  }

  /** Drops what is kept of the run around `chunk`. */
  forget(chunk: number): void {
    this.#cache.delete(keyOf(this.#owner, this.#runOf(chunk).first))
  }

  close(): void {
    this.#cache.deleteOwner(this.#owner)
  }

  async #readRun(key: number, chunk: number, run: Run): Promise<Uint8Array> {
    const buffer = await this.#cache.load(key, (whole) =>
      this.#readInto(run.file, whole.subarray(0, run.length), run.offset),
    )
    return sliceOf(buffer, chunk, run)
  }

  async #readAlone(chunk: number): Promise<Uint8Array> {
    const { file, offset, length } = this.#layout.spanOf(chunk)
    const buffer = Buffer.allocUnsafeSlow(length)
    await this.#readInto(file, buffer, offset)
    return buffer
  }

  #isNext(chunk: number, run: Run): boolean {
    return chunk === run.first || this.#recent.includes(chunk - 1)
  }

  #isWhole(run: Run): boolean {
    for (let index = 0; index < run.count; index++) if (!this.#isOnDisk(run.first + index)) return false
    return true
  }

  #runOf(chunk: number): Run {
    const { file, offset } = this.#layout.spanOf(chunk)
    const { first: firstOfFile, count } = this.#layout.chunksOfFile(file)
    const index = chunk - firstOfFile
    const first = chunk - (index % RUN_CHUNKS)
    const last = Math.min(first + RUN_CHUNKS, firstOfFile + count) - 1
    const start = offset - (chunk - first) * CHUNK_SIZE
    const end = this.#layout.spanOf(last)
    return { file, first, count: last - first + 1, offset: start, length: end.offset + end.length - start }
  }
}

const sliceOf = (buffer: Uint8Array, chunk: number, run: Run): Uint8Array => {
  const start = (chunk - run.first) * CHUNK_SIZE
  return buffer.subarray(start, Math.min(start + CHUNK_SIZE, run.length))
}
