import type { TokenBucket } from './tokenBucket.js'

/** One that waits and has not asked again for this long wants nothing any more: swarms ask ten times a second. Milliseconds. */
const PATIENCE = 150

/** What limits how much a swarm asks for. */
export interface RequestBudget {
  /** How many of `units` of `bytes` each may be asked for now; these count as asked for. */
  grant(units: number, bytes: number, now: number): number
  /** Gives back what was granted and will not come. */
  refund(bytes: number): void
}

/**
 * A limit that many share in turns: who was given some goes behind those that wait, so that one with many peers, which
 * asks far more often, leaves the others their share.
 *
 * Invariant: while somebody waits, only who waits longest is given anything.
 */
export class SharedLimit {
  readonly bucket: TokenBucket
  /** Who waits, the longest first, and when each asked last. */
  readonly #waiting = new Map<object, number>()

  constructor(bucket: TokenBucket) {
    this.bucket = bucket
  }

  /** As of a bucket, for `who`. */
  grant(who: object, units: number, bytes: number, now: number): number {
    if (!this.bucket.isLimited) return units
    for (const [one, askedAt] of this.#waiting) if (now - askedAt > PATIENCE) this.#waiting.delete(one)
    const [first = who] = this.#waiting.keys()
    const granted = first === who ? this.bucket.grant(units, bytes, now) : 0
    if (granted > 0) this.#waiting.delete(who)
    if (granted < units) this.#waiting.set(who, now)
    return granted
  }
}

/** What one swarm may ask for: by its own limit, and by the one that it shares with others. */
export class SwarmBudget implements RequestBudget {
  readonly #own: TokenBucket
  readonly #shared: SharedLimit

  constructor(own: TokenBucket, shared: SharedLimit) {
    this.#own = own
    this.#shared = shared
  }

  grant(units: number, bytes: number, now: number): number {
    const allowed = this.#own.grant(units, bytes, now)
    const granted = allowed === 0 ? 0 : this.#shared.grant(this, allowed, bytes, now)
    this.#own.refund((allowed - granted) * bytes)
    return granted
  }

  refund(bytes: number): void {
    this.#own.refund(bytes)
    this.#shared.bucket.refund(bytes)
  }
}
