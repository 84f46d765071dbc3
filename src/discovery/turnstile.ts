/**
 * Lets so many pieces of work be under way at once, the others in the order in which they came.
 *
 * Invariant: `#inside` is at most `#room`, and nobody waits while it is less.
 */
export class Turnstile {
  readonly #room: number
  readonly #waiting = new Set<() => void>()
  #inside = 0

  constructor(room: number) {
    this.#room = room
  }

  /** Does `work` when its turn comes. Rejects with the reason of `signal` when that aborts before. */
  async pass<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    await this.#enter(signal)
    try {
      return await work()
    } finally {
      this.#inside--
      for (const next of [...this.#waiting].slice(0, 1)) next()
    }
  }

  #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#inside < this.#room) {
      this.#inside++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.#waiting.delete(enter)
        signal.removeEventListener('abort', abort)
        end()
      }
      const enter = (): void => {
        this.#inside++
        settle(resolve)
      }
      const abort = (): void => settle(() => reject(signal.reason as Error))
      this.#waiting.add(enter)
      signal.addEventListener('abort', abort, { once: true })
    })
  }
}
