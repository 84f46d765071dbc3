import { once } from 'node:events'
import { Shoal } from '../../cli/shoal.js'

export type Event = Record<string, unknown>

/** Milliseconds that anything may take unless a test says otherwise: failures cost time, never for ever. */
const PATIENCE = 25_000

/** Characters of what a program said last that a failed expectation repeats. */
const TAIL = 3000

/** A process of Shoal whose events, log lines and end can be awaited, none of them for ever. */
export class Program extends Shoal {
  readonly port = async (): Promise<number> => Number((await this.event('listening')).port)

  /** The first event, past or to come, that is as wanted. */
  async eventWhere(isWanted: (event: Event) => boolean, patience = PATIENCE): Promise<Event> {
    return this.#wait('the event', patience, () => this.events.find(isWanted))
  }

  /** Resolves once at least `bytes` of every torrent together are there and verified. */
  async hasDone(bytes: number, patience = PATIENCE): Promise<Event> {
    return this.eventWhere(({ event, done }) => event === 'progress' && Number(done) >= bytes, patience)
  }

  /** Resolves once a line on stderr matches. */
  async logs(pattern: RegExp, patience = PATIENCE): Promise<string> {
    return this.#wait(`a log line like ${pattern}`, patience, () =>
      this.stderr.split('\n').find((line) => pattern.test(line)),
    )
  }

  /** Ends with `code` within `patience`, or throws with what it said last. */
  async exits(code: number, patience = PATIENCE): Promise<void> {
    const timer = setTimeout(() => this.process.kill('SIGKILL'), patience)
    const start = performance.now()
    const exit = await this.exit()
    clearTimeout(timer)
    if (exit === code) return
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    throw new Error(
      `expected exit ${code}, got ${exit ?? this.process.signalCode} after ${seconds} s\n${this.tail}`,
    )
  }

  /** Ends it as a crash does. */
  async crash(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exit()
  }

  get tail(): string {
    const events = this.events.slice(-6).map((event) => JSON.stringify(event))
    return `${events.join('\n')}\n${this.stderr.slice(-TAIL)}`
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  async #wait<T>(what: string, patience: number, find: () => T | undefined): Promise<T> {
    const { stdout, stderr } = this.process
    const timeout = AbortSignal.timeout(patience)
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (this.hasEnded) throw new Error(`ended without ${what}\n${this.tail}`)
      if (timeout.aborted) throw new Error(`${what} did not come within ${patience / 1000} s\n${this.tail}`)
      const end = new AbortController()
      const signal = AbortSignal.any([timeout, end.signal])
      const stirs = [once(this.process, 'close', { signal })]
      for (const stream of [stdout, stderr]) if (stream) stirs.push(once(stream, 'data', { signal }))
      for (const stir of stirs) stir.catch(() => undefined)
      await Promise.race(stirs).catch(() => undefined)
      end.abort()
    }
  }
}
