import { NONE, WORD, type PeerSlab } from './peerSlab.js'

/** Milliseconds that peers in one bucket may differ in. */
const GRAIN = 1024

/**
 * Finds the peers that have not been heard from, without looking at all others and without work for those that are.
 *
 * A peer is filed once, in the bucket of the time it was heard; only when that bucket is due is it seen whether it was
 * heard again, and then it is filed anew. So each is looked at about once in the time that silence may last.
 *
 * Invariants: a peer is in one bucket, and that is not later than the one of the time it was last heard. Peers of a
 * bucket are linked by `next` and `previous`; `previous` of the first says which bucket, as a number below NONE.
 */
export class Silence {
  readonly #slab: PeerSlab
  readonly #first = new Map<number, number>()
  #epoch: number | undefined

  constructor(slab: PeerSlab) {
    this.#slab = slab
  }

  /** Files a peer that is not filed, by the time it was heard. */
  file(slot: number): void {
    const bucket = this.#bucketOf(this.#slab.heard(slot))
    const next = this.#first.get(bucket) ?? NONE
    this.#slab.setWord(slot, WORD.previous, NONE - 1 - bucket)
    this.#slab.setWord(slot, WORD.next, next)
    if (next !== NONE) this.#slab.setWord(next, WORD.previous, slot)
    this.#first.set(bucket, slot)
  }

  unfile(slot: number): void {
    const slab = this.#slab
    const next = slab.word(slot, WORD.next)
    const previous = slab.word(slot, WORD.previous)
    if (next !== NONE) slab.setWord(next, WORD.previous, previous)
    if (previous > NONE) slab.setWord(previous, WORD.next, next)
    else if (next !== NONE) this.#first.set(NONE - 1 - previous, next)
    else this.#first.delete(NONE - 1 - previous)
  }

  /** Unfiles the peers last heard before `time`, and gives each to `drop`. */
  sweep(time: number, drop: (slot: number) => void): void {
    const due = this.#bucketOf(time)
    const buckets = [...this.#first.keys()].filter((bucket) => bucket <= due)
    for (const bucket of buckets) this.#sweepBucket(bucket, time, drop)
  }

  #sweepBucket(bucket: number, time: number, drop: (slot: number) => void): void {
    let slot = this.#first.get(bucket) ?? NONE
    while (slot !== NONE) {
      const next = this.#slab.word(slot, WORD.next)
      const heard = this.#slab.heard(slot)
      if (heard < time) {
        this.unfile(slot)
        drop(slot)
      } else if (this.#bucketOf(heard) !== bucket) {
        this.unfile(slot)
        this.file(slot)
      }
      slot = next
    }
  }

  /** Counted from the first time that came, so that it fits a word; earlier times are in the first. */
  #bucketOf(time: number): number {
    this.#epoch ??= time
    return Math.max(0, Math.floor((time - this.#epoch) / GRAIN))
  }
}
