import { BufferPool } from './bufferPool.js'
import { CHUNK_SIZE, MAX_CHUNKS } from '../protocol/limits.js'

/** Chunks of a cached run: 512 KiB, where a read costs little more than its bytes. */
export const RUN_CHUNKS = 32

const RUN_SIZE = RUN_CHUNKS * CHUNK_SIZE

/** Bytes kept by default: 32 runs, as many peers reading each its own piece. */
const CACHE_SIZE = 16 * 1024 * 1024

interface Entry {
  readonly buffer: Uint8Array<ArrayBuffer>
  /** Settles when the buffer is filled; undefined once it is. */
  loading: Promise<Uint8Array> | undefined
}

/** Runs of chunks read ahead, bounded in bytes, shared by all readers of a node. */
export class BlockCache {
  readonly #limit: number
  readonly #pool = new BufferPool(RUN_SIZE)
  /** The least recently used first. */
  readonly #entries = new Map<number, Entry>()
  /** Buffers in use, also by runs that were forgotten while they were read. */
  #used = 0
  #owners = 0
  #waiting: (() => void)[] = []

  constructor(size = CACHE_SIZE) {
    this.#limit = Math.max(1, Math.floor(size / RUN_SIZE))
  }

  /** A number for one reader: with it and the first chunk of a run, `keyOf` makes the run's key. */
  newOwner(): number {
    return this.#owners++
  }

  /** The run's buffer, where it is there and filled. */
  get(key: number): Uint8Array | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || entry.loading !== undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.buffer
  }

  /** The run's buffer, filled by `fill` unless another call is at it already. Rejects with what `fill` throws. */
  async load(key: number, fill: (buffer: Uint8Array) => Promise<void>): Promise<Uint8Array> {
    while (!this.#entries.has(key) && !this.#makeRoom())
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const entry = this.#entries.get(key) ?? this.#begin(key, fill)
    return entry.loading ?? entry.buffer
  }

  /** Drops the run, since its bytes are no longer true. */
  delete(key: number): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    if (entry.loading === undefined) this.#release(entry.buffer)
  }

  /** Drops every run of `owner`. */
  deleteOwner(owner: number): void {
    for (const key of [...this.#entries.keys()])
      if (Math.floor(key / (MAX_CHUNKS + 1)) === owner) this.delete(key)
  }

  #begin(key: number, fill: (buffer: Uint8Array) => Promise<void>): Entry {
    const buffer = this.#pool.take()
    this.#used++
    const entry: Entry = { buffer, loading: undefined }
    entry.loading = this.#fill(key, entry, fill)
    this.#entries.set(key, entry)
    return entry
  }

  async #fill(key: number, entry: Entry, fill: (buffer: Uint8Array) => Promise<void>): Promise<Uint8Array> {
    try {
      await fill(entry.buffer)
      return entry.buffer
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    } finally {
      entry.loading = undefined
      if (this.#entries.get(key) !== entry) this.#release(entry.buffer)
      this.#wake()
    }
  }

  /** Returns whether there is room for one more run. */
  #makeRoom(): boolean {
    if (this.#used < this.#limit) return true
    for (const [key, entry] of this.#entries) {
      if (entry.loading !== undefined) continue
      this.delete(key)
      return true
    }
    return false
  }

  #release(buffer: Uint8Array<ArrayBuffer>): void {
    this.#used--
    this.#pool.give(buffer)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** The key of the run that begins with chunk `first`: owners times 2^31 chunks stay below 2^53. */
export const keyOf = (owner: number, first: number): number => owner * (MAX_CHUNKS + 1) + first
