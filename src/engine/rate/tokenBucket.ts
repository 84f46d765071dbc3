/** Seconds of the rate that may be spent at once after a pause: enough for a timer that wakes late. */
const BURST_SECONDS = 0.25

/**
 * A rate limit. Spending may go below zero by one grant; the debt is paid before the next.
 *
 * Invariant: over any time t at one rate the bytes granted are at most rate * (t + BURST_SECONDS) plus one grant.
 */
export class TokenBucket {
  #rate: number | undefined
  #tokens = 0
  #filledAt = 0

  /** `rate` in bytes a second; undefined for no limit. */
  constructor(rate: number | undefined) {
    this.#rate = rate
    this.#tokens = (rate ?? 0) * BURST_SECONDS
  }

  /** Bytes a second; undefined for no limit. */
  get rate(): number | undefined {
    return this.#rate
  }

  get isLimited(): boolean {
    return this.#rate !== undefined
  }

  /** Another rate from now on. What was owed is forgotten: by the old rate it may be more than the new one pays in minutes. */
  setRate(rate: number | undefined): void {
    if (rate !== this.#rate) this.#tokens = 0
    this.#rate = rate
  }

  /** Bytes that were spent ahead. */
  owed(now: number): number {
    if (this.#rate === undefined) return 0
    this.#fill(now)
    return Math.max(0, -this.#tokens)
  }

  /** Takes `bytes` and answers 0 where nothing is owed; else takes nothing and answers how long to wait, in milliseconds. */
  take(bytes: number, now: number): number {
    if (this.#rate === undefined) return 0
    const owed = this.owed(now)
    if (owed > 0) return Math.ceil((owed / this.#rate) * 1000)
    this.#tokens -= bytes
    return 0
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
