/** Seconds of the rate that may be spent at once after a pause: enough for a timer that wakes late. */
const BURST_SECONDS = 0.25

/**
 * A rate limit. Spending may go below zero by one grant; the debt is paid before the next.
 *
 * Invariant: over any time t the bytes granted are at most rate * (t + BURST_SECONDS) plus one grant.
 */
export class TokenBucket {
  readonly #rate: number | undefined
  #tokens: number
  #filledAt = 0

  /** `rate` in bytes a second; undefined for no limit. */
  constructor(rate: number | undefined) {
    this.#rate = rate
    this.#tokens = rate === undefined ? 0 : rate * BURST_SECONDS
  }

  get isLimited(): boolean {
    return this.#rate !== undefined
  }

  /** Takes `bytes` and answers how long to wait before they may move, in milliseconds. */
  reserve(bytes: number, now: number): number {
    if (this.#rate === undefined) return 0
    this.#fill(now)
    this.#tokens -= bytes
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#rate) * 1000
  }

  /** How many of `units` of `bytes` each may move now; these are taken. One is granted whenever nothing is owed. */
  grant(units: number, bytes: number, now: number): number {
    if (this.#rate === undefined) return units
    this.#fill(now)
    if (this.#tokens <= 0) return 0
    const granted = Math.min(units, Math.max(1, Math.floor(this.#tokens / bytes)))
    this.#tokens -= granted * bytes
    return granted
  }

  /** Gives back what was granted and did not move. */
  refund(bytes: number): void {
    if (this.#rate !== undefined) this.#tokens += bytes
  }

  #fill(now: number): void {
    const rate = this.#rate ?? 0
    const elapsed = Math.max(0, now - this.#filledAt)
    this.#filledAt = now
    this.#tokens = Math.min(rate * BURST_SECONDS, this.#tokens + (rate * elapsed) / 1000)
  }
}
