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
    const around = this.#around(run, chunk, chunk)
    if (around === undefined) return this.#readAlone(run.asked)
    return around instanceof Promise ? around.then((bytes) => sliceOf(bytes, run)) : sliceOf(around, run)
  }

  /** Fills `buffers` with chunks from `first` on, of one stream; of many nothing is kept. @throws what `readInto` throws */
  async readRun(first: number, buffers: readonly Uint8Array[]): Promise<void> {
    const run = this.#runOf(first)
    const last = first + buffers.length - 1
    const isShort = buffers.length < LONG_RUN && last < run.first + run.count
    const around = isShort ? await this.#around(run, first, last) : undefined
    if (around === undefined) return this.#readInto(run.stream, buffers, run.asked.offset)
    let start = run.asked.offset - run.offset
    for (const buffer of buffers) {
      buffer.set(around.subarray(start, start + buffer.length))
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

  /** The bytes of `run`, of which chunks `first` to `last` are asked for, where they are kept or likely to be asked for again. */
  #around(run: Run, first: number, last: number): Uint8Array | Promise<Uint8Array> | undefined {
    const isNext = this.#isNext(first, run)
    this.#recent[this.#next++ % RECENT] = last
    const key = keyOf(this.#owner, run.first)
    return this.#cache.get(key) ?? (isNext && this.#isWhole(run) ? this.#load(key, run) : undefined)
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
