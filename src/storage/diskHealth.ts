import type { ShoalError } from '../protocol/errors.js'

/** How long after a failure writing is tried again. Milliseconds. */
const RETRY_AFTER = 2000

/** What can fail apart from the rest: a stream, by its index, or the journal. */
export type Source = number | 'journal'

/** Which writes fail now: says it once, tries again every two seconds, says when all work again. */
export class DiskHealth {
  readonly #failures = new Map<Source, ShoalError>()
  readonly #onFailure: (error: ShoalError) => void
  readonly #onMended: () => void
  readonly #onRetry: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(onFailure: (error: ShoalError) => void, onMended: () => void, onRetry: () => void) {
    this.#onFailure = onFailure
    this.#onMended = onMended
    this.#onRetry = onRetry
  }

  /** The failure that lasts longest. */
  get failure(): ShoalError | undefined {
    for (const error of this.#failures.values()) return error
    return undefined
  }

  /** Whether writing makes sense now: nothing failed in the last two seconds. */
  get mayTry(): boolean {
    return this.#timer === undefined
  }

  fail(source: Source, error: ShoalError): void {
    const isFirst = this.#failures.size === 0
    if (!this.#failures.has(source)) this.#failures.set(source, error)
    this.#timer ??= setTimeout(() => this.#retry(), RETRY_AFTER).unref()
    if (isFirst) this.#onFailure(error)
  }

  works(source: Source): void {
    if (!this.#failures.delete(source) || this.#failures.size > 0) return
    this.tryNow()
    this.#onMended()
  }

  /** Nothing waits for any stream: the next write tells whether one still fails. */
  forgiveStreams(): void {
    for (const source of [...this.#failures.keys()]) if (source !== 'journal') this.works(source)
  }

  /** Ends the wait for the next try. */
  tryNow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #retry(): void {
    this.#timer = undefined
    this.#onRetry()
  }
}
