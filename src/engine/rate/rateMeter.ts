/** Milliseconds of one slot of the ring. */
const SLOT = 200
/** Slots that a rate is taken over: 2 s, long enough to bridge a scheduling gap, short enough to follow a change. */
const SLOTS = 10
/** The shortest time that counts as elapsed, so that a first block does not look like an infinite rate. */
const LEAST_ELAPSED = 50

/** Bytes a second over the last two seconds. */
export class RateMeter {
  readonly #slots = new Float64Array(SLOTS)
  #slot = 0
  /** The sum of the slots. */
  #recent = 0
  #since: number | undefined
  #total = 0

  /** All bytes ever added. */
  get total(): number {
    return this.#total
  }

  add(bytes: number, now: number): void {
    this.#since ??= now
    this.#advance(now)
    this.#slots[this.#slot % SLOTS] = (this.#slots[this.#slot % SLOTS] ?? 0) + bytes
    this.#recent += bytes
    this.#total += bytes
  }

  /** Bytes a second at `now`. */
  rate(now: number): number {
    if (this.#since === undefined) return 0
    this.#advance(now)
    const elapsed = Math.min(Math.max(now - this.#since, LEAST_ELAPSED), SLOT * SLOTS)
    return (this.#recent / elapsed) * 1000
  }

  #advance(now: number): void {
    const slot = Math.floor(now / SLOT)
    const steps = Math.min(slot - this.#slot, SLOTS)
    if (steps <= 0) return
    for (let step = 1; step <= steps; step++) this.#slots[(this.#slot + step) % SLOTS] = 0
    this.#slot = slot
    this.#recent = this.#slots.reduce((sum, bytes) => sum + bytes, 0)
  }
}
