/** How often more peers are looked for while there are too few: first, and at most. Milliseconds. */
const DELAY_LEAST = 2_000
const DELAY_MOST = 30_000

/** When to look for more peers: less and less often while nothing is found. */
export class Search {
  /** Undefined until something asks: who starts a swarm has just looked for peers. */
  #dueAt: number | undefined
  #delay = DELAY_LEAST

  /** Whether to look now; if so the next time is planned. */
  isDue(now: number): boolean {
    const isDue = this.#dueAt !== undefined && now >= this.#dueAt
    if (this.#dueAt !== undefined && !isDue) return false
    this.#dueAt = now + this.#delay
    if (isDue) this.#delay = Math.min(2 * this.#delay, DELAY_MOST)
    return isDue
  }

  /** New peers were found: looking pays. */
  succeed(): void {
    this.#delay = DELAY_LEAST
  }

  /** A peer was lost: others are needed soon. */
  hasten(now: number): void {
    this.#dueAt = Math.min(this.#dueAt ?? Infinity, now + DELAY_LEAST)
  }
}
