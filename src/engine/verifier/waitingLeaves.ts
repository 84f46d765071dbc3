import { HASH_SIZE } from '../../protocol/merkle/tree.js'
import type { VerifiedRun } from './verifier.js'

/** Pieces of so many chunks have room for all leaves: 64 MiB, the longest that a .torrent may have. */
const MOST_DENSE = 4096

const NOTHING = new Uint8Array(0)

/**
 * The leaves of chunks of one piece that nothing proves yet: in one run of bytes, as objects for each would be most of the
 * heap. Where a whole file is one piece they are kept one by one, so that it grows by what came.
 */
export class WaitingLeaves {
  readonly #first: number
  readonly #count: number
  /** Of no length until something waits: nothing ever does where senders prove their chunks. */
  #isThere = NOTHING
  #leaves = NOTHING
  #size = 0
  readonly #sparse = new Map<number, Uint8Array>()

  /** Of the `count` chunks from `first` on. */
  constructor(first: number, count: number) {
    this.#first = first
    this.#count = count
  }

  /** How many there are. */
  get size(): number {
    return this.#size + this.#sparse.size
  }

  /** The leaves of all chunks, strung together; undefined while one does not wait, or where they are kept one by one. */
  get whole(): Uint8Array | undefined {
    return this.#size === this.#count ? this.#leaves : undefined
  }

  /** `index` counts from the first chunk of the piece. */
  get(index: number): Uint8Array | undefined {
    if (this.#isThere[index] !== 1) return this.#sparse.get(index)
    return this.#leaves.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE)
  }

  set(index: number, leaf: Uint8Array): void {
    if (this.#count > MOST_DENSE) return void this.#sparse.set(index, leaf)
    if (this.#isThere.length === 0) this.#reserve()
    this.#leaves.set(leaf, index * HASH_SIZE)
    if (this.#isThere[index] === 0) this.#size++
    this.#isThere[index] = 1
  }

  delete(index: number): void {
    this.#sparse.delete(index)
    if (this.#isThere[index] === 1) this.#size--
    this.#isThere[index] = 0
  }

  clear(): void {
    this.#isThere = NOTHING
    this.#leaves = NOTHING
    this.#size = 0
    this.#sparse.clear()
  }

  /** Those that there are, as runs of chunks. */
  runs(): VerifiedRun[] {
    const runs = [...this.#sparse].map(([index, leaves]): VerifiedRun => this.#run(index, 1, leaves))
    for (let index = 0; index < this.#isThere.length; index++) {
      if (this.#isThere[index] === 0) continue
      const start = index
      while (this.#isThere[index + 1] === 1) index++
      const leaves = this.#leaves.subarray(start * HASH_SIZE, (index + 1) * HASH_SIZE)
      runs.push(this.#run(start, index + 1 - start, leaves))
    }
    return runs
  }

  #run(index: number, count: number, leaves: Uint8Array): VerifiedRun {
    return { first: this.#first + index, count, leaves }
  }

  #reserve(): void {
    this.#isThere = new Uint8Array(this.#count)
    this.#leaves = new Uint8Array(this.#count * HASH_SIZE)
  }
}
