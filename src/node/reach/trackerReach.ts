import type { Call } from '../../protocol/json/reachAnswer.js'
import type { Logger } from '../../support/log.js'
import { NotThere, type Rendezvous } from './rendezvous.js'
import { TrackerLine } from './trackerLine.js'

/** Milliseconds between two checks: routers are started anew, and networks changed. And after one that failed. */
const CHECK_EVERY = 10 * 60_000
const CHECK_RETRY = 10_000

export interface TrackerReachOptions {
  readonly rendezvous: Rendezvous
  readonly offersRelay: boolean
  readonly onCall: (call: Call) => void
  readonly logger: Logger
}

/**
 * Whether others reach this peer, as one tracker sees it, and the line by which that tracker calls it if they do not.
 *
 * Invariant: a peer that is reached keeps no line, unless it offers to carry for others.
 */
export class TrackerReach {
  readonly rendezvous: Rendezvous
  /** Undefined: it was not tried yet. */
  isReachable: boolean | undefined
  readonly #options: TrackerReachOptions
  #line: TrackerLine | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  #round = 0

  constructor(options: TrackerReachOptions) {
    this.#options = options
    this.rendezvous = options.rendezvous
    // Who is not reached should not have to wait until that is known.
    this.#openLine()
    this.checkAgain()
  }

  /** The port that others see has changed. */
  checkAgain(): void {
    clearTimeout(this.#timer)
    if (!this.#isStopped) void this.#check(++this.#round)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#line?.stop()
  }

  /** Never rejects. */
  async #check(round: number): Promise<void> {
    const { rendezvous, logger } = this.#options
    let pause = CHECK_EVERY
    try {
      const { isReachable, endpoint } = await rendezvous.check()
      if (round !== this.#round) return
      this.#note(isReachable, `${endpoint.host} port ${endpoint.port}`)
    } catch (error) {
      logger.debug(
        () =>
          `Tracker ${rendezvous.link.key} does not say whether we are reached: ${(error as Error).message}`,
      )
      if (!(error instanceof NotThere)) pause = CHECK_RETRY
    }
    if (round === this.#round && !this.#isStopped)
      this.#timer = setTimeout(() => this.checkAgain(), pause).unref()
  }

  #note(isReachable: boolean, where: string): void {
    const { rendezvous, offersRelay, logger } = this.#options
    if (isReachable !== this.isReachable)
      logger.info(
        () =>
          `Others ${isReachable ? 'can' : 'cannot'} connect to ${where}, says tracker ${rendezvous.link.key}`,
      )
    this.isReachable = isReachable
    if (!isReachable || offersRelay) return this.#openLine()
    this.#line?.stop()
    this.#line = undefined
  }

  #openLine(): void {
    if (this.#isStopped) return
    // A tracker sends others to carry for to those alone that it reached while they waited for its calls.
    const onUp = (): void => {
      if (this.#options.offersRelay) this.checkAgain()
    }
    this.#line ??= new TrackerLine({ ...this.#options, onUp })
  }
}
