import type { BlockCache } from './blockCache.js'
import { keyOf, RUN_CHUNKS } from './blockCache.js'
import type { Layout, Span } from '../protocol/metainfo/layout.js'

/** Requests remembered to see that one follows another. */
const RECENT = 64

/** As many chunks as this and more are read past the cache: one read brings enough. */
const LONG_RUN = 8

interface Run extends Span {
  /** Its first chunk. */
  readonly first: number
  readonly count: number
  /** Where the chunk that is asked for stands. */
  readonly asked: Span
}

/** Fills `buffers`, one after another, from byte `offset` of `stream`, wholly or it throws. */
export type ReadInto = (stream: number, buffers: readonly Uint8Array[], offset: number) => Promise<void>

/**
 * Reads chunks from streams, a run of neighbours at a time where they are likely to be asked for next:
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
    if (kept !== undefined) return sliceOf(kept, run)
    return isNext && this.#isWhole(run) ? this.#readRun(key, run) : this.#readAlone(run.asked)
  }

  /** Fills `buffers` with chunks from `first` on, of one stream; of many nothing is kept. @throws what `readInto` throws */
  async readRun(first: number, buffers: readonly Uint8Array[]): Promise<void> {
    const around = buffers.length < LONG_RUN ? await this.#around(first, buffers.length) : undefined
    const { stream, offset } = this.#layout.spanOf(first)
    if (around === undefined) return this.#readInto(stream, buffers, offset)
    let start = offset - around.offset
    for (const buffer of buffers) {
      buffer.set(around.bytes.subarray(start, start + buffer.length))
      start += buffer.length
    }
  }

  /** Drops what is kept of the run around `chunk`. */
  forget(chunk: number): void {
    this.#cache.delete(keyOf(this.#owner, this.#runOf(chunk).first))
  }

  close(): void {
    this.#cache.deleteOwner(this.#owner)
  }

  /** The bytes of the run in which `count` chunks from `first` on are, where they are kept or likely to be asked for again. */
  async #around(first: number, count: number): Promise<{ bytes: Uint8Array; offset: number } | undefined> {
    const run = this.#runOf(first)
    if (first + count > run.first + run.count) return undefined
    const isNext = this.#isNext(first, run)
    this.#recent[this.#next++ % RECENT] = first + count - 1
    const key = keyOf(this.#owner, run.first)
    const { offset } = run
    const kept = this.#cache.get(key)
    if (kept !== undefined) return { bytes: kept, offset }
    return isNext && this.#isWhole(run) ? { bytes: await this.#load(key, run), offset } : undefined
  }

  async #readRun(key: number, run: Run): Promise<Uint8Array> {
    return sliceOf(await this.#load(key, run), run)
  }

  #load(key: number, run: Run): Promise<Uint8Array> {
    return this.#cache.load(key, (whole) =>
      this.#readInto(run.stream, [whole.subarray(0, run.length)], run.offset),
    )
  }

  async #readAlone({ stream, offset, length }: Span): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(length)
    await this.#readInto(stream, [buffer], offset)
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
    const asked = this.#layout.spanOf(chunk)
    const { stream } = asked
    const { first: firstOfStream, count } = this.#layout.chunksOfStream(stream)
    const first = chunk - ((chunk - firstOfStream) % RUN_CHUNKS)
    const last = Math.min(first + RUN_CHUNKS, firstOfStream + count) - 1
    const { offset } = this.#layout.spanOf(first)
    const end = this.#layout.spanOf(last)
    return { stream, first, count: last - first + 1, offset, length: end.offset + end.length - offset, asked }
  }
}

const sliceOf = (buffer: Uint8Array, { offset, asked }: Run): Uint8Array => {
  const start = asked.offset - offset
  return buffer.subarray(start, start + asked.length)
}
