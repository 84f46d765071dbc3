import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../../protocol/json/reachAnswer.js'
import type { Logger } from '../../support/log.js'
import type { JsonConnection } from '../../transport/jsonConnection.js'
import { NotThere, type Rendezvous } from './rendezvous.js'

/** First pause after the connection was lost, doubled with each further loss, and the longest. Milliseconds. */
const PAUSE_LEAST = 1_000
const PAUSE_MOST = 60_000
/** Pause where the tracker is one that knows nothing of this. Milliseconds. */
const PAUSE_UNKNOWN = 10 * 60_000

export interface TrackerLineOptions {
  readonly rendezvous: Rendezvous
  readonly offersRelay: boolean
  readonly onCall: (call: Call) => void
  /** The tracker can call from now on; comes for each connection. */
  readonly onUp: () => void
  readonly logger: Logger
}

/**
 * Keeps a connection to a tracker on which that can say that somebody wants to reach this peer.
 *
 * Invariant: one connection at a time; after `stop` there is none.
 */
export class TrackerLine {
  readonly #options: TrackerLineOptions
  readonly #stopping = new AbortController()
  #connection: JsonConnection | undefined
  #failures = 0
  /** Whether the tracker can call this peer now. */
  isUp = false

  constructor(options: TrackerLineOptions) {
    this.#options = options
    void this.#run()
  }

  stop(): void {
    this.#stopping.abort()
    this.#connection?.close()
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { rendezvous, logger } = this.#options
    while (!this.#isStopped) {
      const pause = await this.#listen().catch((error: unknown) => {
        logger.debug(() => `Tracker ${rendezvous.link.key} cannot call us: ${(error as Error).message}`)
        return error instanceof NotThere
          ? PAUSE_UNKNOWN
          : Math.min(PAUSE_MOST, PAUSE_LEAST * 2 ** this.#failures++)
      })
      this.isUp = false
      this.#connection?.close()
      await sleep(pause, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  /** @throws Error once the connection is lost */
  async #listen(): Promise<never> {
    const { rendezvous, offersRelay, onCall, onUp } = this.#options
    const line = await rendezvous.openLine()
    this.#connection = line
    for (;;) {
      if (this.#isStopped) throw new Error('it is over')
      const { calls } = await rendezvous.hear(line, offersRelay)
      if (!this.isUp) onUp()
      this.isUp = true
      this.#failures = 0
      calls.forEach(onCall)
    }
  }
}
