import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WaySearch, type Way } from '../../engine/ways/waySearch.js'
import type { InfoHash, PeerId } from '../../protocol/ids.js'
import type { Logger } from '../../support/log.js'
import { secureDialled, type SecureDialling } from '../../transport/secure/dialSecure.js'
import { NotThere, type Introducer } from './rendezvous.js'

/** Milliseconds that a peer has to connect to us that was asked to. */
const CALL_BACK_TIME = 5_000

/** What is heard of a search for a way to a peer. */
export interface SeekEvents {
  /** A connection stands that nobody has used yet; it is the listener's from now on. */
  found(socket: Socket): void
  /** There is none. Comes once, unless the search was ended before. */
  exhausted(): void
}

export interface SeekOptions {
  readonly target: PeerId
  readonly infoHash: InfoHash | undefined
  /** Trackers that may know how to tell it. */
  readonly rendezvous: readonly Introducer[]
  /** Whether the target can connect to this peer instead. */
  readonly isReachable: () => boolean
  /** How the target proves to be itself; undefined: it speaks no TLS, or is not to. */
  readonly secure?: SecureDialling | undefined
  readonly logger: Logger
  readonly now: () => number
  readonly events: SeekEvents
  /** A connection that was found before. */
  readonly known?: () => Socket | undefined
}

/**
 * Looks for another way to a peer while it is dialled.
 *
 * Invariants: `found` comes at most once; after it, `exhausted` or `end` nothing goes on.
 */
export class Seeking {
  readonly #options: SeekOptions
  readonly #search: WaySearch
  readonly #over = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(options: SeekOptions) {
    this.#options = options
    this.#search = new WaySearch(options.rendezvous.length > 0, options.now())
    const known = options.known?.()
    if (known === undefined) this.#advance()
    // Who began this search does not have it yet.
    else setImmediate(() => void this.#use(known))
  }

  /** Whether something may still be found. */
  get isOn(): boolean {
    return !this.#over.signal.aborted
  }

  /** It could not be dialled. */
  failDirect(): void {
    this.#fail('direct')
  }

  /** Nothing is looked for any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#over.abort()
  }

  #fail(way: Way): void {
    this.#search.fail(way)
    this.#advance()
  }

  #advance(): void {
    clearTimeout(this.#timer)
    if (!this.isOn) return
    const { now, events } = this.#options
    for (const way of this.#search.next(now())) void this.#try(way)
    if (this.#search.isOver) {
      this.end()
      return events.exhausted()
    }
    const due = this.#search.dueAt
    if (due !== undefined) this.#timer = setTimeout(() => this.#advance(), Math.max(1, due - now()))
  }

  /** Never rejects. */
  async #try(way: Way): Promise<void> {
    const { target, logger } = this.#options
    try {
      this.#find(await this.#secured(await (way === 'relayed' ? this.#relay() : this.#introduce())))
    } catch (error) {
      logger.debug(() => `No ${way} connection to ${target}: ${(error as Error).message}`)
      if (error instanceof NotThere) this.#search.failIntroduction()
      this.#fail(way)
    }
  }

  /** Uses what was found before; where it is of no use, the search begins. Never rejects. */
  async #use(known: Socket): Promise<void> {
    try {
      this.#find(await this.#secured(known))
    } catch (error) {
      this.#options.logger.debug(() => `A connection is of no use: ${(error as Error).message}`)
      this.#advance()
    }
  }

  /** Whoever carries the bytes, or stands between, sees none of them. @throws WrongKey, Error */
  async #secured(socket: Socket): Promise<Socket> {
    const { secure } = this.#options
    return secure === undefined ? socket : secureDialled(socket, secure)
  }

  #find(socket: Socket): void {
    if (!this.isOn) return void socket.destroy()
    this.end()
    this.#options.events.found(socket)
  }

  /** Where the other side connects by itself, whoever notices ends this search. */
  async #introduce(): Promise<Socket> {
    const { target, infoHash, isReachable } = this.#options
    if (!isReachable() || infoHash === undefined)
      return this.#first((rendezvous) => rendezvous.punch(target, this.#over.signal))
    await this.#first((rendezvous) => rendezvous.callBack(target, infoHash))
    await sleep(CALL_BACK_TIME, undefined, { signal: this.#over.signal })
    throw new Error('it did not connect to us')
  }

  #relay(): Promise<Socket> {
    return this.#first((rendezvous) => rendezvous.relay(this.#options.target, this.#over.signal))
  }

  /** The first tracker that knows the peer counts. @throws NotThere where none does */
  async #first<Outcome>(ask: (rendezvous: Introducer) => Promise<Outcome>): Promise<Outcome> {
    let failure: unknown = new NotThere('no tracker')
    for (const rendezvous of this.#options.rendezvous) {
      try {
        return await ask(rendezvous)
      } catch (error) {
        if (!(error instanceof NotThere)) failure = error
      }
    }
    throw failure
  }
}
