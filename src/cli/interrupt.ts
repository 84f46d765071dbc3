import { ShoalError } from '../protocol/errors.js'

/** How long a clean stop may take before the process ends anyway, in milliseconds. */
const STOP_TIME = 5000

/** The exit code of a process that its user broke off. */
const BROKEN_OFF = 130

/** What Ctrl-C and its like do: the first stops cleanly, the second ends the process at once. */
export class Interrupt {
  readonly #controller = new AbortController()
  readonly #exit: (code: number) => void
  #code = BROKEN_OFF
  #stopTime = STOP_TIME

  constructor(exit: (code: number) => void = (code) => process.exit(code)) {
    this.#exit = exit
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** From now on there is nothing left to lose: to end the process is no failure. */
  settle(): void {
    this.#code = 0
  }

  /** Asks for the end, as Ctrl-C does. */
  raise(): void {
    if (this.signal.aborted) this.#exit(BROKEN_OFF)
    this.#controller.abort(new ShoalError('INTERRUPTED', 'Interrupted before it was done.'))
    setTimeout(() => this.#exit(this.#code), this.#stopTime).unref()
  }

  /** Resolves once the end is asked for. */
  async raised(): Promise<void> {
    if (this.signal.aborted) return
    await new Promise<void>((resolve) =>
      this.signal.addEventListener('abort', () => resolve(), { once: true }),
    )
  }

  /** `work`, or the rejection with INTERRUPTED that comes first. */
  async race<T>(work: Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    const end = new AbortController()
    const interrupted = new Promise<never>((_, reject) => {
      const fail = (): void => reject(this.signal.reason as Error)
      this.signal.addEventListener('abort', fail, { signal: end.signal })
    })
    try {
      return await Promise.race([work, interrupted])
    } finally {
      end.abort()
    }
  }

  /** The clean stop may take so many milliseconds more. */
  allow(milliseconds: number): void {
    this.#stopTime = STOP_TIME + milliseconds
  }

  /** Has SIGHUP do `work`, where it does not say that the terminal is gone. */
  onHangup(work: () => void): void {
    if (!process.stdout.isTTY) process.on('SIGHUP', work)
  }

  /** Takes the process's signals, and the end of a parent that speaks over a channel. */
  listen(): void {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.raise())
    // Under nohup, which has no terminal, the end of a session must not end what it started.
    if (process.stdout.isTTY) process.on('SIGHUP', () => this.raise())
    if (process.connected) process.once('disconnect', () => this.signal.aborted || this.raise())
    process.channel?.unref()
  }
}
