import type { Socket } from 'node:net'
import { badRequest } from '../protocol/json/answer.js'
import { MESSAGE_TIME, SILENCE_AFTER_ANSWER, SILENCE_BEFORE_REQUEST } from '../protocol/limits.js'
import { readProxyHeader } from '../protocol/proxyHeader.js'
import { beginsWithKey, dialectOf, isTextLike, type Dialect } from './firstBytes.js'
import { callerOf, notePassedOn, plainAddress } from './caller.js'
import type { Session } from './jsonService.js'

/** Takes over a connection; without a session to finish it is destroyed when the port closes. */
export type Handler = (socket: Socket) => Session | undefined

export interface GreetingOptions {
  /** Who serves which dialect; `unknown` gets what begins like none of them, `mse` those of it that may be a key. */
  readonly handlers: Partial<Record<Dialect | 'mse', Handler>>
  /**
   * Whether connections from `host` are those of a proxy, which begins each with a line that says for whom it is (PROXY
   * protocol, version 1). Who connects by it is not counted by address.
   */
  readonly isProxy?: (host: string) => boolean
  /** Told of a connection that was closed before a handler had it. */
  readonly onRefused?: (host: string, why: string) => void
  /** Shorter, for tests. Milliseconds. */
  readonly silenceBeforeFirstByte?: number
  readonly timeToTellDialect?: number
  readonly timeForKey?: number
}

/** Milliseconds for the rest of what may be a key: clients send it in one packet, and who sends a line of text waits so long to learn that it is wrong. */
const TIME_FOR_KEY = 1_000

const NAMES: Record<Exclude<Dialect, 'unknown'>, string> = {
  json: 'the JSON protocol (one JSON object a message)',
  bittorrent: 'the BitTorrent protocol',
  tls: 'TLS',
  http: 'HTTP',
}

/** What a port with `handlers` speaks, for people. */
const spokenBy = (handlers: GreetingOptions['handlers']): string =>
  Object.entries(NAMES)
    .filter(([dialect]) => handlers[dialect as Dialect] !== undefined)
    .map(([, name]) => name)
    .join(', ') || 'nothing yet'

/**
 * Reads a connection until its dialect is told and hands it over, its bytes put back.
 * Nothing is read beyond that, and what takes too long is closed.
 */
export const greet = (
  socket: Socket,
  options: GreetingOptions,
  onServed: (session: Session | undefined) => void,
): void => {
  new Greeting(socket, options, onServed).start()
}

class Greeting {
  readonly #socket: Socket
  readonly #options: GreetingOptions
  readonly #onServed: (session: Session | undefined) => void
  #seen: Buffer = Buffer.alloc(0)
  #isProxied: boolean
  #timer: NodeJS.Timeout | undefined
  #keyTimer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: GreetingOptions, onServed: (session: Session | undefined) => void) {
    this.#socket = socket
    this.#options = options
    this.#onServed = onServed
    this.#isProxied = options.isProxy?.(plainAddress(socket.remoteAddress)) ?? false
  }

  start(): void {
    this.#closeAfter(this.#options.silenceBeforeFirstByte ?? SILENCE_BEFORE_REQUEST)
    this.#socket.on('readable', this.#read)
    this.#socket.on('end', this.#ended)
    this.#socket.on('error', this.#destroy)
    this.#socket.on('close', this.#closed)
  }

  readonly #read = (): void => {
    const part = this.#socket.read() as Buffer | null
    if (part === null) return
    if (this.#seen.length === 0) this.#closeAfter(this.#options.timeToTellDialect ?? MESSAGE_TIME)
    this.#seen = this.#seen.length === 0 ? part : Buffer.concat([this.#seen, part])
    if (this.#isProxied && !this.#takeProxyHeader()) return
    const dialect = dialectOf(this.#seen)
    if (dialect === 'unknown' && this.#options.handlers.mse !== undefined)
      this.#tellKey(this.#options.handlers.mse)
    else if (dialect !== undefined) this.#tell(dialect)
  }

  /** Takes the line of the proxy off what was read; false where it is not there, or not yet. */
  #takeProxyHeader(): boolean {
    const header = readProxyHeader(this.#seen)
    if (header === 'more') return false
    if (header === undefined) {
      this.#options.onRefused?.(callerOf(this.#socket), 'the proxy does not say for whom it connects')
      this.#socket.destroy()
      return false
    }
    this.#isProxied = false
    if (header.host !== undefined) notePassedOn(this.#socket, plainAddress(header.host), header.port)
    this.#seen = this.#seen.subarray(header.length)
    return this.#seen.length > 0
  }

  #tellKey(handler: Handler): void {
    const match = beginsWithKey(this.#seen)
    if (match === 'yes') this.#handOver(handler)
    else if (match === 'no') this.#tell('unknown')
    else this.#keyTimer ??= setTimeout(() => this.#tell('unknown'), this.#options.timeForKey ?? TIME_FOR_KEY)
  }

  /** The other side sends no more, so what began stays unknown. */
  readonly #ended = (): void => {
    if (this.#seen.length === 0) this.#socket.end()
    else this.#refuse('unknown')
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #closed = (): void => this.#stopTimers()

  #stopTimers(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#keyTimer)
  }

  #tell(dialect: Dialect): void {
    const handler = this.#options.handlers[dialect]
    if (handler === undefined) return this.#refuse(dialect)
    this.#handOver(handler)
  }

  #handOver(handler: Handler): void {
    this.#stopTimers()
    this.#socket.off('readable', this.#read)
    this.#socket.off('end', this.#ended)
    this.#socket.unshift(this.#seen)
    const session = handler(this.#socket)
    this.#socket.off('error', this.#destroy)
    this.#socket.off('close', this.#closed)
    this.#onServed(session)
  }

  #refuse(dialect: Dialect): void {
    this.#stopTimers()
    const spoken = spokenBy(this.#options.handlers)
    const why = `this port speaks ${spoken}, and this is ${dialect === 'unknown' ? 'none of it' : NAMES[dialect]}`
    this.#options.onRefused?.(callerOf(this.#socket), why)
    if (!isTextLike(this.#seen)) return void this.#socket.destroy()
    this.#socket.off('readable', this.#read)
    this.#socket.off('end', this.#ended)
    this.#socket.end(JSON.stringify(badRequest(undefined, why)) + '\n')
    // Reading on keeps the close from becoming a reset, which could overtake the answer.
    this.#socket.resume()
    this.#closeAfter(SILENCE_AFTER_ANSWER)
  }

  #closeAfter(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#destroy, milliseconds)
  }
}
