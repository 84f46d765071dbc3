import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { CertifiedKey } from '../../support/tls/selfSigned.js'
import { callerOf, inheritCaller } from '../caller.js'
import { greet, type GreetingOptions, type Handler } from '../greeting.js'
import type { Session } from '../jsonService.js'
import { inheritDetour } from '../route.js'
import { openParameters, secureParameters } from './parameters.js'
import { noteProven, shownKeyOf } from './shownKey.js'

/** Milliseconds for a whole handshake: two ways of a slow line, and a caller that is busy. */
const HANDSHAKE_TIME = 10_000

export interface SecurePortOptions extends Pick<
  GreetingOptions,
  'handlers' | 'onRefused' | 'silenceBeforeFirstByte' | 'timeToTellDialect'
> {
  readonly identity: CertifiedKey
  /** Whether callers need no key, as browsers have none; who shows one has proven its id all the same. */
  readonly isOpen?: boolean
  /** Shorter, for tests. Milliseconds. */
  readonly handshakeTime?: number
}

/**
 * Makes the handler of connections that begin with TLS: what is inside is greeted like any other, by its own first bytes,
 * and `provenIdOf` says who it is. A caller that shows no Ed25519 key is left, unless the port `isOpen`.
 */
export const secureHandler = (options: SecurePortOptions): Handler => {
  const port = new SecurePort(options)
  return (socket) => port.take(socket)
}

/** Both ends of a connection, which are the same for what is inside: no two that are open have the same. */
const pathOf = (socket: Socket): string =>
  `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`

/**
 * Invariant: `#handshakes` holds connections whose handshake is under way; each is counted by the port that accepted it,
 * and gone after HANDSHAKE_TIME.
 */
class SecurePort {
  readonly #options: SecurePortOptions
  readonly #server: Server
  readonly #handshakes = new Map<string, Reception>()

  constructor(options: SecurePortOptions) {
    this.#options = options
    this.#server = createServer({
      ...(options.isOpen === true ? openParameters : secureParameters)(options.identity),
      // A connection is made once and kept: a ticket for another would not be used.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: options.handshakeTime ?? HANDSHAKE_TIME,
      requestCert: true,
      // Who signed it does not matter: its key is looked at.
      rejectUnauthorized: false,
    })
    this.#server.on('secureConnection', (secured) => this.#handshakes.get(pathOf(secured))?.begin(secured))
    this.#server.on('tlsClientError', (error, secured) =>
      this.#handshakes.get(pathOf(secured))?.fail(error.message),
    )
  }

  take(socket: Socket): Session {
    const path = pathOf(socket)
    const reception = new Reception(socket, this.#options)
    this.#handshakes.set(path, reception)
    const forget = (): void => {
      if (this.#handshakes.get(path) === reception) this.#handshakes.delete(path)
    }
    reception.onBegun = forget
    socket.on('close', forget)
    this.#server.emit('connection', socket)
    return reception
  }
}

/** One connection, from the first byte of its handshake on. */
class Reception implements Session {
  onBegun: () => void = () => undefined
  readonly #socket: Socket
  readonly #options: SecurePortOptions
  #session: Session | undefined
  #isFinishing = false
  /** Whether anything came inside TLS. */
  #isHeard = false
  #isSaid = false

  constructor(socket: Socket, options: SecurePortOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('error', () => socket.destroy())
    // In TLS 1.3 who does not like a certificate may be gone before this side knows that the handshake is done.
    socket.on('close', () => this.#gone())
  }

  finish(): void {
    this.#isFinishing = true
    if (this.#session === undefined) this.#socket.destroy()
    else this.#session.finish()
  }

  begin(secured: TLSSocket): void {
    this.onBegun()
    const shown = shownKeyOf(secured)
    if (shown !== undefined) noteProven(secured, shown)
    else if (this.#options.isOpen !== true) return this.fail('it shows no Ed25519 key')
    inheritCaller(this.#socket, secured)
    inheritDetour(this.#socket, secured)
    secured.once('readable', () => (this.#isHeard = secured.readableLength > 0))
    greet(secured, this.#options, (session) => (this.#session = session))
  }

  fail(why: string): void {
    this.#say(why)
    this.#socket.destroy()
  }

  #gone(): void {
    if (!this.#isHeard && !this.#isFinishing)
      this.#say('it ended the connection before it said anything: it may not take this certificate')
  }

  /** Once. */
  #say(why: string): void {
    if (this.#isSaid) return
    this.#isSaid = true
    this.#options.onRefused?.(callerOf(this.#socket), `TLS: ${why}`)
  }
}
