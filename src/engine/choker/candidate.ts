/** Share of what counted for a peer that still counts after the next review: 10 s later half, a minute later 2 %. */
const MEMORY = 0.5
/** How much more another has to give or pass on to take a slot: each change of hands costs pieces that are half done. */
const STEADINESS = 1.5

/** One peer that may be served, and what speaks for it. */
export class Candidate {
  readonly key: string
  isInterested = false
  isServed = false
  wasServed = false
  /** Whether it is heard of only when it asks for something. */
  isPolling = false
  servedSince = 0
  waitsSince = 0
  /** When it last asked for something. */
  usedAt = 0
  /** Requests of it that wait to be answered. */
  pending = 0
  /** Whether it lost a slot that it did not use, since the last review. */
  wasIdle = false
  /** Bytes that came from it, and went to it, since the last review; older ones count less. */
  received = 0
  sent = 0
  /** Pieces that others have from it, the same. */
  passedOn = 0

  constructor(key: string) {
    this.key = key
  }

  /** Below 0 where this one deserves a slot more: it gives more, or passes on more, or waits for longer. */
  compare(other: Candidate): number {
    if (this.wasIdle !== other.wasIdle) return this.wasIdle ? 1 : -1
    const received = other.#steady(other.received) - this.#steady(this.received)
    const passedOn = other.#steady(other.passedOn) - this.#steady(this.passedOn)
    return received || passedOn || this.waitsSince - other.waitsSince
  }

  #steady(amount: number): number {
    return this.isServed ? amount * STEADINESS : amount
  }

  /** A review has passed. */
  rest(): void {
    this.received = Math.floor(this.received * MEMORY)
    this.sent = 0
    this.wasIdle = false
    this.passedOn = Math.floor(this.passedOn * MEMORY)
  }
}
