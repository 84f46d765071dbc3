import { HASH_SIZE } from '../../protocol/merkle/tree.js'
import type { VerifiedRun } from './verifier.js'

const NOTHING = new Uint8Array(0)

/** The leaves of chunks of one piece that nothing proves yet, in one run of bytes: objects for each would be most of the heap. */
export class WaitingLeaves {
  readonly #first: number
  readonly #count: number
  /** Of no length until something waits: nothing ever does where senders prove their chunks. */
  #isThere = NOTHING
  #leaves = NOTHING
  #size = 0

  /** Of the `count` chunks from `first` on. */
  constructor(first: number, count: number) {
    this.#first = first
    this.#count = count
  }

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** The leaves of all chunks of the piece, strung together; zeros where one does not wait. */
  get bytes(): Uint8Array {
    return this.#leaves
  }

  /** `index` counts from the first chunk of the piece. */
  get(index: number): Uint8Array | undefined {
    return this.#isThere[index] === 1
      ? this.#leaves.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE)
      : undefined
  }

  set(index: number, leaf: Uint8Array): void {
    if (this.#isThere.length === 0) this.#reserve()
    this.#leaves.set(leaf, index * HASH_SIZE)
    if (this.#isThere[index] === 0) this.#size++
    this.#isThere[index] = 1
  }

  delete(index: number): void {
    if (this.#isThere[index] === 1) this.#size--
    this.#isThere[index] = 0
  }

  clear(): void {
    this.#isThere = NOTHING
    this.#leaves = NOTHING
    this.#size = 0
  }

  /** Those that there are, as runs of chunks. */
  runs(): VerifiedRun[] {
    const runs: VerifiedRun[] = []
    for (let index = 0; index < this.#isThere.length; index++) {
      if (this.#isThere[index] === 0) continue
      const start = index
      while (this.#isThere[index + 1] === 1) index++
      const leaves = this.#leaves.subarray(start * HASH_SIZE, (index + 1) * HASH_SIZE)
      runs.push({ first: this.#first + start, count: index + 1 - start, leaves })
    }
    return runs
  }

  #reserve(): void {
    this.#isThere = new Uint8Array(this.#count)
    this.#leaves = new Uint8Array(this.#count * HASH_SIZE)
  }
}
