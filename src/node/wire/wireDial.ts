import type { Socket } from 'node:net'
import type { Endpoint } from '../../protocol/ids.js'
import type { MseHandshake } from '../../protocol/mse/handshake.js'
import { encodeHandshake, type Handshake } from '../../protocol/wire/handshake.js'
import { ByteConnection, type ByteEvents } from '../../transport/byteConnection.js'
import { initiateMse } from '../../transport/mse/initiateMse.js'
import { WrongKey } from '../../transport/secure/dialSecure.js'
import type { SeekEvents, Seeking } from '../reach/seeking.js'
import type { DialPlan } from '../security/peerSecurity.js'
import { Opening } from './opening.js'
import type { Way, Ways } from './ways.js'

/** Milliseconds for a connection to stand, and then for the handshake to be answered. */
const CONNECT_TIME = 10_000
const HANDSHAKE_TIME = 10_000

/** Why a peer is not even dialled. */
const REFUSED = 'it showed another key than is meant'

export interface WireDialEvents {
  /** The peer answered with its handshake: comes once. */
  opened(connection: ByteConnection, handshake: Handshake): void
  /** What came after the handshake. The bytes are used again after the call. */
  data(bytes: Uint8Array): void
  /** It holds another key than is meant; `closed` follows. */
  stranger(detail: string): void
  /** What came is no handshake; `closed` follows. */
  garbage(detail: string): void
  /** It is gone or was never made: comes once, also when this side ended it. */
  closed(cause: Error | undefined): void
}

export interface WireDialOptions {
  readonly endpoint: Endpoint
  /** What is said first. */
  readonly greeting: Handshake
  readonly ways: Ways
  /** Whether it is dialled inside TLS, and whom it must prove to be. */
  readonly plan: DialPlan
  /** Whether a peer that answers so is dialled once more inside TLS. */
  readonly isToRedial?: (handshake: Handshake) => boolean
  /** How long the other side has to answer, where not the usual time. Milliseconds. */
  readonly handshakeTime?: number | undefined
  readonly events: WireDialEvents
  /** Looks for another way to the peer while it is dialled; undefined where there is none. */
  readonly seek?: Seek | undefined
}

/** Begins a search. */
export type Seek = (events: SeekEvents) => Seeking

/**
 * Connects to a BitTorrent peer and exchanges handshakes. One that closes a plain connection without an answer may want
 * it obfuscated (MSE), and is dialled once more that way; what follows stays plain where it allows that. One that says in
 * its handshake that it speaks TLS is dialled once more inside that.
 *
 * Invariants: each way is tried at most once; where the plan is TLS no other is.
 */
export class WireDial {
  readonly #options: WireDialOptions
  readonly #untried: Way[]
  #way: Way = 'plain'
  #connection: ByteConnection
  #opening = new Opening()
  #mse: MseHandshake | undefined
  #timer: NodeJS.Timeout | undefined
  /** Whether the connection stands and no handshake came. */
  #isWaiting = false
  #isOpen = false
  #isOver = false
  /** Which of the connections that were made is heard. */
  #turn = 0
  #seeking: Seeking | undefined
  /** Why the dialled connection failed, where another way is still looked for. */
  #failure: Error | undefined
  #isClosed = false

  constructor(options: WireDialOptions) {
    this.#options = options
    this.#untried = waysOf(options)
    this.#connection = this.#dial(this.#untried.shift())
    this.#seeking = options.seek?.({
      found: (socket) => this.#take(socket),
      exhausted: () => this.#exhaust(),
    })
  }

  /** Whether no connection stands, and several ways to one are tried. */
  get isSearching(): boolean {
    return this.#seeking?.isOn === true
  }

  /** Ends it at once. */
  destroy(): void {
    this.#isOver = true
    this.#seeking?.end()
    this.#connection.destroy()
    if (this.#failure !== undefined) this.#end(this.#turn, undefined)
  }

  /** Goes on by a connection that another way brought, instead of the one that does not stand yet. */
  #take(socket: Socket): void {
    const dialled = this.#connection
    this.#turn++
    this.#untried.length = 0
    this.#way = 'plain'
    this.#opening = new Opening()
    this.#connection = ByteConnection.accept(socket, this.#events(this.#turn))
    dialled.destroy()
    this.#greet()
  }

  /** Nothing else came of it; the dial may go on alone. */
  #exhaust(): void {
    if (this.#failure !== undefined) this.#end(this.#turn, this.#failure)
  }

  #dial(way: Way = 'plain'): ByteConnection {
    this.#way = way
    this.#opening = new Opening()
    const { endpoint, plan } = this.#options
    const events = this.#events(++this.#turn)
    if (plan.kind === 'refused') return ByteConnection.none(new WrongKey(undefined, REFUSED), events)
    const secure = way === 'secure' && 'secure' in plan ? plan.secure : undefined
    return ByteConnection.dial(endpoint, CONNECT_TIME, events, secure)
  }

  /** Those of a connection, as long as it is the one in use. */
  #events(turn: number): ByteEvents {
    return {
      opened: () => this.#greet(),
      data: (bytes) => this.#receive(bytes),
      closed: (cause) => this.#end(turn, cause),
    }
  }

  #greet(): void {
    this.#seeking?.end()
    const { greeting, handshakeTime = HANDSHAKE_TIME } = this.#options
    const handshake = encodeHandshake(greeting)
    this.#isWaiting = true
    this.#timer = setTimeout(() => this.destroy(), handshakeTime)
    this.#mse =
      this.#way === 'obfuscated'
        ? initiateMse({ infoHash: greeting.infoHash, initial: handshake })
        : undefined
    this.#connection.send(this.#mse?.begin().send ?? handshake)
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isOver) return
    if (this.#isOpen) this.#options.events.data(bytes)
    else if (this.#mse === undefined) this.#open(bytes)
    else this.#agree(this.#mse, bytes)
  }

  #agree(mse: MseHandshake, bytes: Uint8Array): void {
    const { send, done, fault } = mse.receive(bytes)
    if (send.length > 0) this.#connection.send(send)
    if (fault !== undefined) return this.#leave(`its obfuscated handshake is wrong: ${fault}`)
    if (done === undefined) return
    this.#mse = undefined
    this.#connection.obfuscate(done)
    this.#open(done.received)
  }

  #open(bytes: Uint8Array): void {
    const opened = this.#opening.push(bytes)
    if (opened === undefined) return
    if (opened === 'malformed') return this.#leave('it does not speak the BitTorrent wire')
    const { endpoint, ways, events, isToRedial } = this.#options
    clearTimeout(this.#timer)
    this.#isWaiting = false
    if (this.#mayRedial && isToRedial?.(opened.handshake) === true) return this.#redial()
    this.#isOpen = true
    if (this.#connection.detour === undefined) ways.succeed(endpoint, this.#way)
    events.opened(this.#connection, opened.handshake)
    if (opened.rest.length > 0) this.#receive(opened.rest)
  }

  /** Whether this connection is without TLS, and one inside it may be made instead. */
  get #mayRedial(): boolean {
    const { plan } = this.#options
    return (
      plan.kind === 'learn' && this.#connection.encryption !== 'tls' && this.#connection.detour === undefined
    )
  }

  /** Nothing was said yet but which torrent is meant. */
  #redial(): void {
    const plain = this.#connection
    this.#untried.length = 0
    this.#connection = this.#dial('secure')
    plain.destroy()
  }

  #leave(detail: string): void {
    this.#options.events.garbage(detail)
    this.destroy()
  }

  #end(turn: number, cause: Error | undefined): void {
    if (turn !== this.#turn || this.#isClosed) return
    clearTimeout(this.#timer)
    if (this.#seeking?.isOn === true) {
      this.#failure = cause ?? new Error('it closed the connection')
      return this.#seeking.failDirect()
    }
    if (cause instanceof WrongKey) this.#options.events.stranger(cause.message)
    const next = this.#isWaiting && !this.#isOver ? this.#untried.shift() : undefined
    this.#isWaiting = false
    if (next !== undefined) {
      this.#connection = this.#dial(next)
      return
    }
    this.#isClosed = true
    if (!this.#isOpen) this.#options.ways.fail(this.#options.endpoint)
    this.#options.events.closed(cause)
  }
}

/** The ways to try, one after the other. */
const waysOf = ({ plan, ways, endpoint }: WireDialOptions): Way[] => {
  if (plan.kind === 'secure') return ['secure']
  const known = ways.of(endpoint)
  return plan.kind === 'learn' ? [...known] : known.filter((way) => way !== 'secure')
}
