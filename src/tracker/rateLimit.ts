import { addressGroup } from '../support/addressGroup.js'

/** Addresses remembered: at about 200 bytes each, 4 MB; the one not heard from for the longest is forgotten first. */
const MAX_ADDRESSES = 20_000

/** Seconds of requests that may come at once. */
const BURST = 2

interface Bucket {
  tokens: number
  filled: number
}

/**
 * A token bucket per address (IPv6: per /64): `perSecond` requests a second, and twice as many at once.
 *
 * Invariant: `#buckets` is in order of the last use and has at most MAX_ADDRESSES entries.
 */
export class RateLimit {
  readonly #perSecond: () => number
  readonly #buckets = new Map<string, Bucket>()

  /** `perSecond` is asked each time, so it may change. */
  constructor(perSecond: () => number) {
    this.#perSecond = perSecond
  }

  get addresses(): number {
    return this.#buckets.size
  }

  /** Takes a request of `host` at `now` (milliseconds), or answers false. */
  take(host: string, now: number): boolean {
    const bucket = this.#bucketOf(host, now)
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  /** Takes `tokens` more for a request that was costly; the address waits until they are paid. */
  charge(host: string, tokens: number, now: number): void {
    this.#bucketOf(host, now).tokens -= tokens
  }

  #bucketOf(host: string, now: number): Bucket {
    const key = addressGroup(host)
    const perSecond = this.#perSecond()
    const full = perSecond * BURST
    const bucket = this.#buckets.get(key) ?? { tokens: full, filled: now }
    const elapsed = Math.max(0, now - bucket.filled)
    bucket.tokens = Math.min(full, bucket.tokens + (elapsed / 1000) * perSecond)
    bucket.filled = now
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > MAX_ADDRESSES) this.#forgetOldest()
    return bucket
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) return void this.#buckets.delete(key)
  }
}
