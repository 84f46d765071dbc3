import type { Candidate } from '../../engine/choker/candidate.js'
import type { Choker, ChokeChange } from '../../engine/choker/choker.js'

/** How often it is looked who deserves a slot. Milliseconds. */
const REVIEW_TIME = 1_000

/** A peer that is told by itself when it is served from now on, and when no longer. */
export interface SlotHolder {
  serve(): void
  choke(): void
}

/**
 * Who is served, over all torrents and dialects: tells the choker what happens, and the peers what it decides.
 *
 * Invariant: each holder was told the last that was decided of it.
 */
export class Slots {
  readonly #choker: Choker
  readonly #now: () => number
  readonly #holders = new Map<string, SlotHolder>()
  #timer: NodeJS.Timeout | undefined

  constructor(choker: Choker, now: () => number) {
    this.#choker = choker
    this.#now = now
  }

  /** From now on slots change hands as time passes. */
  start(): void {
    this.#timer = setInterval(() => this.#tell(this.#choker.review(this.#now())), REVIEW_TIME)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** From now on `holder` is told what is decided of `key`, which is no other's. */
  enter(key: string, holder: SlotHolder): void {
    this.#holders.set(key, holder)
  }

  /** The peer is gone. */
  leave(key: string): void {
    this.#holders.delete(key)
    this.#tell(this.#choker.remove(key, this.#now()))
  }

  /** Whether the peer that entered as `key` wants to be served. */
  setInterest(key: string, isInterested: boolean): void {
    this.#tell(this.#choker.interested(key, isInterested, this.#now()))
  }

  /** A peer that only asks, and is told nothing by itself, asks for something: whether it is served. */
  request(key: string): boolean {
    const isServed = this.#choker.request(key, this.#now())
    this.#tell(this.#choker.review(this.#now()))
    return isServed
  }

  /** The same peer says that it wants nothing more. */
  release(key: string): void {
    this.#choker.release(key)
  }

  /** So many requests of the peer wait to be answered. */
  waits(key: string, pending: number): void {
    const candidate = this.#used(key)
    if (candidate !== undefined) candidate.pending = pending
  }

  /** So many bytes went to the peer. */
  sent(key: string, bytes: number): void {
    const candidate = this.#used(key)
    if (candidate !== undefined) candidate.sent += bytes
  }

  /** So many bytes that were asked for came from the peer. */
  received(key: string, bytes: number): void {
    const candidate = this.#choker.candidate(key)
    if (candidate !== undefined) candidate.received += bytes
  }

  /** Another peer has a piece from it. */
  passedOn(key: string): void {
    const candidate = this.#choker.candidate(key)
    if (candidate !== undefined) candidate.passedOn++
  }

  #used(key: string): Candidate | undefined {
    const candidate = this.#choker.candidate(key)
    if (candidate !== undefined) candidate.usedAt = this.#now()
    return candidate
  }

  #tell(changes: readonly ChokeChange[]): void {
    for (const { peer, isServed } of changes) {
      const holder = this.#holders.get(peer)
      if (isServed) holder?.serve()
      else holder?.choke()
    }
  }
}
