import { chooseFrom, type Random } from '../random.js'
import { Candidate } from './candidate.js'
import { slotsFor } from './slotCount.js'

/** How often it is decided anew who deserves a slot (BEP 3). Milliseconds. */
const REVIEW_TIME = 10_000
/** How long the optimistic slot stays with one peer (BEP 3). Milliseconds. */
const OPTIMISTIC_TIME = 30_000
/** How long one that gives nothing back keeps a slot while others wait: long enough for a connection to reach its speed. */
const TURN_TIME = 20_000
/** A slot whose holder has asked for nothing this long goes to one who waits. Milliseconds. */
const IDLE_TIME = 2_000
/** One that only asks, and never says that it leaves, is forgotten after this long without a request. Milliseconds. */
const FORGET_TIME = 10_000
/** Times more likely than others to be tried: one that was never served (BEP 3). */
const NEW_SHARE = 3
/** Candidates kept: as many as one port has connections, at about 200 bytes each 2 MB. */
const MAX_CANDIDATES = 10_000

/** Who is served from now on, or no longer is. */
export interface ChokeChange {
  readonly peer: string
  readonly isServed: boolean
}

export interface ChokerOptions {
  readonly random: Random
  /** Bytes a second that may be sent, where that is limited. */
  readonly limit?: number | undefined
  /** How many to serve when so many want it, at a rate in bytes a second. */
  readonly slots?: (interested: number, rate: number) => number
}

/**
 * Whom to serve, over all torrents, since they share one uplink: those that give most in return; where nothing comes
 * back, those that pass on what they get, and everyone in turn; and one by chance, to find better ones.
 * Methods that return changes name who is to be unchoked and choked, each since the last that did.
 *
 * Invariants: at most MAX_CANDIDATES; `#interested` and `#served` count those that are; no slot is empty while somebody waits.
 */
export class Choker {
  readonly #random: Random
  /** Bytes a second that may be sent, where that is limited; may change at any time. */
  limit: number | undefined
  readonly #slots: (interested: number, rate: number) => number
  readonly #candidates = new Map<string, Candidate>()
  #interested = 0
  #served = 0
  /** Bytes a second sent between the last two reviews. */
  #rate = 0
  #reviewedAt: number | undefined
  #idleSeenAt = 0
  #optimistic: Candidate | undefined
  #optimisticSince = -Infinity
  #changes = new Map<string, boolean>()

  constructor({ random, limit, slots = slotsFor }: ChokerOptions) {
    this.#random = random
    this.limit = limit
    this.#slots = slots
  }

  /** Peers served now. */
  get used(): number {
    return this.#served
  }

  /** What is counted of `peer`, where it is known. */
  candidate(peer: string): Candidate | undefined {
    return this.#candidates.get(peer)
  }

  /** `peer` wants to be served, or no longer does. */
  interested(peer: string, isInterested: boolean, now: number): readonly ChokeChange[] {
    this.#setInterest(this.#admit(peer), isInterested, now)
    this.#fill(now)
    return this.#conclude()
  }

  /** `peer` is gone. */
  remove(peer: string, now: number): readonly ChokeChange[] {
    this.#forget(peer)
    this.#fill(now)
    return this.#conclude()
  }

  /** A peer that only asks, and is told nothing by itself, asks for something: whether it is served. */
  request(peer: string, now: number): boolean {
    const candidate = this.#admit(peer)
    candidate.isPolling = true
    candidate.usedAt = now
    this.#setInterest(candidate, true, now)
    this.#review(now)
    return candidate.isServed
  }

  /** The same peer says that it wants nothing more: its slot is free for the next that asks. */
  release(peer: string): void {
    this.#forget(peer)
  }

  /** Time has passed: call at least once a second. */
  review(now: number): readonly ChokeChange[] {
    this.#review(now)
    return this.#conclude()
  }

  #review(now: number): void {
    this.#reviewedAt ??= now
    if (now - this.#idleSeenAt >= IDLE_TIME / 2) this.#dropIdle(now)
    if (now - this.#reviewedAt >= REVIEW_TIME) this.#rank(now)
    this.#fill(now)
  }

  /** A full table drops one that waits, and that was heard of first. */
  #admit(peer: string): Candidate {
    const known = this.#candidates.get(peer)
    if (known !== undefined) return known
    if (this.#candidates.size >= MAX_CANDIDATES) {
      for (const [key, { isServed }] of this.#candidates)
        if (!isServed) {
          this.#forget(key)
          break
        }
    }
    const candidate = new Candidate(peer)
    this.#candidates.set(peer, candidate)
    return candidate
  }

  #setInterest(candidate: Candidate, isInterested: boolean, now: number): void {
    if (isInterested === candidate.isInterested) return
    candidate.isInterested = isInterested
    candidate.waitsSince = now
    this.#interested += isInterested ? 1 : -1
    if (!isInterested) this.#choke(candidate, now)
  }

  #forget(peer: string): void {
    const candidate = this.#candidates.get(peer)
    if (candidate === undefined) return
    this.#setInterest(candidate, false, candidate.waitsSince)
    this.#candidates.delete(peer)
    this.#changes.delete(peer)
  }

  get #count(): number {
    return this.#slots(this.#interested, this.limit ?? this.#rate)
  }

  /** Gives the slots to those that deserve them most. */
  #rank(now: number): void {
    const all = [...this.#candidates.values()]
    this.#measure(all, now)
    for (const candidate of all) this.#endTurn(candidate, now)
    if (now - this.#optimisticSince >= OPTIMISTIC_TIME) this.#optimistic = undefined
    const regular = this.#count - 1
    const ranked = all.filter((candidate) => candidate.isInterested && candidate !== this.#optimistic)
    ranked.sort((left, right) => left.compare(right))
    const kept = new Set(ranked.slice(0, regular))
    const optimistic = this.#optimistic ?? this.#chooseOptimistic(ranked.slice(regular), now)
    if (optimistic !== undefined) kept.add(optimistic)
    for (const candidate of all) if (!kept.has(candidate)) this.#choke(candidate, now)
    for (const candidate of kept) this.#unchoke(candidate, now)
    for (const candidate of all) candidate.rest()
  }

  #measure(all: readonly Candidate[], now: number): void {
    const elapsed = now - (this.#reviewedAt ?? now)
    this.#rate = (all.reduce((sum, { sent }) => sum + sent, 0) * 1000) / elapsed
    this.#reviewedAt = now
  }

  /** Where others wait, one that gives nothing back goes to the end of the queue when its turn is over. */
  #endTurn(candidate: Candidate, now: number): void {
    const gives = candidate.received + candidate.passedOn > 0
    if (candidate.isServed && !gives && now - candidate.servedSince >= TURN_TIME) candidate.waitsSince = now
  }

  #chooseOptimistic(waiting: readonly Candidate[], now: number): Candidate | undefined {
    const tickets = waiting.flatMap((candidate) =>
      candidate.wasServed ? [candidate] : Array.from({ length: NEW_SHARE }, () => candidate),
    )
    this.#optimistic = chooseFrom(tickets, this.#random)
    this.#optimisticSince = now
    return this.#optimistic
  }

  #dropIdle(now: number): void {
    this.#idleSeenAt = now
    let isAnyWaiting = false
    for (const candidate of this.#candidates.values()) {
      if (candidate.isPolling && now - candidate.usedAt > FORGET_TIME) this.#forget(candidate.key)
      else if (candidate.isInterested && !candidate.isServed && !candidate.wasIdle) isAnyWaiting = true
    }
    if (!isAnyWaiting || this.#served < this.#count) return
    for (const candidate of this.#candidates.values()) {
      if (!candidate.isServed || candidate.pending > 0 || now - candidate.usedAt <= IDLE_TIME) continue
      this.#choke(candidate, now)
      candidate.wasIdle = true
    }
  }

  /** Free slots go to those that deserve them most, at once. */
  #fill(now: number): void {
    const most = Math.min(this.#count, this.#interested)
    while (this.#served < most) {
      let best: Candidate | undefined
      for (const candidate of this.#candidates.values()) {
        if (!candidate.isInterested || candidate.isServed) continue
        if (best === undefined || candidate.compare(best) < 0) best = candidate
      }
      if (best === undefined) return
      this.#unchoke(best, now)
    }
  }

  #choke(candidate: Candidate, now: number): void {
    if (candidate === this.#optimistic) this.#optimistic = undefined
    if (!candidate.isServed) return
    candidate.isServed = false
    candidate.waitsSince = now
    this.#served--
    this.#note(candidate)
  }

  #unchoke(candidate: Candidate, now: number): void {
    if (candidate.isServed) return
    candidate.isServed = true
    candidate.wasServed = true
    candidate.servedSince = now
    candidate.usedAt = now
    this.#served++
    this.#note(candidate)
  }

  /** Two changes since the last answer undo each other. */
  #note({ key, isServed }: Candidate): void {
    if (!this.#changes.delete(key)) this.#changes.set(key, isServed)
  }

  #conclude(): readonly ChokeChange[] {
    if (this.#changes.size === 0) return NONE
    const changes = [...this.#changes].map(([peer, isServed]) => ({ peer, isServed }))
    this.#changes.clear()
    return changes
  }
}

const NONE: readonly ChokeChange[] = []
