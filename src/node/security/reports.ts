/** Milliseconds in which the same is said once, and how many lines may be said in that time. */
const PAUSE = 10 * 60_000
const MAX_LINES = 64

/**
 * Says what others do wrong, and never so often that they could fill a log with it.
 *
 * Invariant: MAX_LINES different lines in PAUSE, each once.
 */
export class Reports {
  readonly #write: (line: string) => void
  readonly #now: () => number
  readonly #said = new Map<string, number>()

  /** @param now milliseconds */
  constructor(write: (line: string) => void, now: () => number) {
    this.#write = write
    this.#now = now
  }

  say(line: string): void {
    const now = this.#now()
    for (const [earlier, at] of this.#said) if (now - at > PAUSE) this.#said.delete(earlier)
    if (this.#said.has(line) || this.#said.size >= MAX_LINES) return
    this.#said.set(line, now)
    this.#write(line)
  }
}
