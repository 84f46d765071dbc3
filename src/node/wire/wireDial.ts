import type { Endpoint } from '../../protocol/ids.js'
import type { MseHandshake } from '../../protocol/mse/handshake.js'
import { encodeHandshake, type Handshake } from '../../protocol/wire/handshake.js'
import { ByteConnection } from '../../transport/byteConnection.js'
import { initiateMse } from '../../transport/mse/initiateMse.js'
import { Opening } from './opening.js'
import type { Way, Ways } from './ways.js'

/** Milliseconds for a connection to stand, and then for the handshake to be answered. */
const CONNECT_TIME = 10_000
const HANDSHAKE_TIME = 10_000

export interface WireDialEvents {
  /** The peer answered with its handshake: comes once. */
  opened(connection: ByteConnection, handshake: Handshake): void
  /** What came after the handshake. The bytes are used again after the call. */
  data(bytes: Uint8Array): void
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
  /** How long the other side has to answer, where not the usual time. Milliseconds. */
  readonly handshakeTime?: number | undefined
  readonly events: WireDialEvents
}

/**
 * Connects to a BitTorrent peer and exchanges handshakes. One that closes a plain connection without an answer may want
 * it obfuscated (MSE), and is dialled once more that way; what follows stays plain where it allows that.
 *
 * Invariant: each way is tried at most once.
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

  constructor(options: WireDialOptions) {
    this.#options = options
    this.#untried = [...options.ways.of(options.endpoint)]
    this.#connection = this.#dial(this.#untried.shift())
  }

  /** Ends it at once. */
  destroy(): void {
    this.#isOver = true
    this.#connection.destroy()
  }

  #dial(way: Way = 'plain'): ByteConnection {
    this.#way = way
    this.#opening = new Opening()
    return ByteConnection.dial(this.#options.endpoint, CONNECT_TIME, {
      opened: () => this.#greet(),
      data: (bytes) => this.#receive(bytes),
      closed: (cause) => this.#end(cause),
    })
  }

  #greet(): void {
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
    const { endpoint, ways, events } = this.#options
    clearTimeout(this.#timer)
    this.#isWaiting = false
    this.#isOpen = true
    ways.succeed(endpoint, this.#way)
    events.opened(this.#connection, opened.handshake)
    if (opened.rest.length > 0) this.#receive(opened.rest)
  }

  #leave(detail: string): void {
    this.#options.events.garbage(detail)
    this.destroy()
  }

  #end(cause: Error | undefined): void {
    clearTimeout(this.#timer)
    const next = this.#isWaiting && !this.#isOver ? this.#untried.shift() : undefined
    this.#isWaiting = false
    if (next !== undefined) {
      this.#connection = this.#dial(next)
      return
    }
    if (!this.#isOpen) this.#options.ways.fail(this.#options.endpoint)
    this.#options.events.closed(cause)
  }
}
