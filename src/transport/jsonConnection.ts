import type { Socket } from 'node:net'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import type { JsonObject } from '../protocol/json/fields.js'
import { JsonFraming } from '../protocol/json/framing.js'
import { MAX_METAINFO_MESSAGE, MAX_REQUESTS_IN_FLIGHT } from '../protocol/limits.js'
import { parseAnswer } from './parseAnswer.js'
import { WrongKey } from './secure/dialSecure.js'
import { UntrustedServer } from './secure/dialServer.js'
import { dialSocket, type Dialling } from './secure/dialSocket.js'

export interface JsonConnectionOptions {
  /** Milliseconds for the connection to stand, and for each answer after the one before it. */
  readonly timeout: number
  /** Bytes of the largest answer taken. */
  readonly maxAnswer?: number
  /**
   * An unspecified address of the family of the other side's: the connection is made from a port of which others can be
   * made too, which is what a punch needs. The other side's host must be an address then.
   */
  readonly localAddress?: string
  /** Speaks inside TLS, to the holder of a certain key or to a server. */
  readonly secure?: Dialling | undefined
  /** Told of each message that leaves or arrives. */
  readonly onMessage?: (direction: 'sent' | 'received', message: JsonObject | string) => void
}

interface Waiting {
  readonly resolve: (answer: JsonObject) => void
  readonly reject: (error: Error) => void
}

/** Bytes of the buffer that each connection reads into, again and again: several answers with a chunk. */
const READ_SIZE = 128 * 1024

/** It could not be made; it ended; no answer came in time; what came is not of the protocol; or who answered holds another key than is meant. */
export type Loss = 'unreachable' | 'closed' | 'stalled' | 'garbage' | 'stranger'

const isStranger = (error: Error): boolean => error instanceof WrongKey || error instanceof UntrustedServer

/** Why a connection can no longer be used. */
export class ConnectionLost extends Error {
  readonly kind: Loss

  constructor(kind: Loss, message: string) {
    super(message)
    this.kind = kind
  }
}

/**
 * A connection that asks. Answers come in the order of the requests, several of which may be under way.
 *
 * Invariants: every request settles; after the first failure all others fail with it and none is sent.
 */
export class JsonConnection {
  readonly #socket: Socket
  readonly #options: JsonConnectionOptions
  readonly #framing: JsonFraming
  readonly #waiting: Waiting[] = []
  #outgoing = ''
  #timer: NodeJS.Timeout | undefined
  #lost: ConnectionLost | undefined

  private constructor(socket: Socket, options: JsonConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#framing = new JsonFraming(options.maxAnswer ?? MAX_METAINFO_MESSAGE)
    socket.setNoDelay(true)
    socket.on('error', (error) => this.#fail('closed', error.message))
    socket.on('close', () => this.#fail('closed', 'closed by the other side'))
    socket.on('end', () => this.#fail('closed', 'closed by the other side'))
    // What is read goes to onread; without this the end would never be told.
    socket.resume()
  }

  /** @throws ConnectionLost when no connection stands within the timeout */
  static open(endpoint: Endpoint, options: JsonConnectionOptions): Promise<JsonConnection> {
    return new Promise((resolve, reject) => {
      let connection: JsonConnection | undefined
      const onread = {
        buffer: Buffer.allocUnsafeSlow(READ_SIZE),
        callback: (length: number, buffer: Uint8Array): boolean => {
          if (connection !== undefined) connection.#receive(buffer.subarray(0, length))
          return true
        },
      }
      const { localAddress, secure } = options
      const socket = dialSocket(endpoint, { onread, localAddress, secure, onReady: () => ready() })
      const refuse = (why: string, kind: Loss = 'unreachable'): void => {
        socket.destroy()
        reject(new ConnectionLost(kind, why))
      }
      const timer = setTimeout(
        () => refuse(`no connection within ${options.timeout / 1000} s`),
        options.timeout,
      )
      const onError = (error: Error): void => {
        clearTimeout(timer)
        refuse(error.message, isStranger(error) ? 'stranger' : 'unreachable')
      }
      socket.once('error', onError)
      const ready = (): void => {
        clearTimeout(timer)
        socket.off('error', onError)
        connection = new JsonConnection(socket, options)
        resolve(connection)
      }
    })
  }

  get isOpen(): boolean {
    return this.#lost === undefined
  }

  /** Requests sent and not answered. */
  get underWay(): number {
    return this.#waiting.length
  }

  /** The address of this side, as the other sees it where nothing translates. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress
  }

  /** The port of this side. */
  get localPort(): number | undefined {
    return this.#socket.localPort
  }

  /**
   * Sends `request`, an object or JSON text, and resolves with its answer.
   *
   * @throws ConnectionLost when the connection fails, stalls or answers what is no message
   */
  request(request: JsonObject | string): Promise<JsonObject> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost)
    if (this.#waiting.length >= MAX_REQUESTS_IN_FLIGHT) {
      return Promise.reject(new ShoalError('INTERNAL', 'too many requests on one connection'))
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#waiting.length === 1) this.#restartTimer()
      this.#options.onMessage?.('sent', request)
      this.#send((typeof request === 'string' ? request : JSON.stringify(request)) + '\n')
    })
  }

  /** Requests of one turn of the event loop leave in one write. */
  #send(line: string): void {
    if (this.#outgoing === '') process.nextTick(() => this.#flush())
    this.#outgoing += line
  }

  #flush(): void {
    const lines = this.#outgoing
    this.#outgoing = ''
    if (this.#lost === undefined) this.#socket.write(lines)
  }

  close(): void {
    this.#fail('closed', 'closed')
  }

  #receive(data: Uint8Array): void {
    const { messages, fault } = this.#framing.push(data)
    for (const message of messages) {
      const answer = parseAnswer(message)
      const waiting = this.#waiting.shift()
      if (answer === undefined || waiting === undefined) {
        waiting?.reject(new ConnectionLost('garbage', 'an answer is not JSON'))
        return this.#fail(
          'garbage',
          answer === undefined ? 'an answer is not JSON' : 'an answer that nobody asked for',
        )
      }
      this.#options.onMessage?.('received', answer)
      waiting.resolve(answer)
    }
    if (fault !== undefined) return this.#fail('garbage', `an answer is no message (${fault})`)
    if (messages.length > 0) this.#restartTimer()
  }

  #restartTimer(): void {
    if (this.#timer !== undefined && this.#waiting.length > 0 && this.#lost === undefined) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#waiting.length === 0 || this.#lost !== undefined) return
    this.#timer = setTimeout(
      () => this.#fail('stalled', `no answer within ${this.#options.timeout / 1000} s`),
      this.#options.timeout,
    )
  }

  #fail(kind: Loss, why: string): void {
    if (this.#lost !== undefined) return
    this.#lost = new ConnectionLost(kind, why)
    clearTimeout(this.#timer)
    this.#socket.destroy()
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#lost)
  }
}

/** One request on a connection of its own. @throws ConnectionLost */
export const requestOnce = async (
  endpoint: Endpoint,
  request: JsonObject,
  options: JsonConnectionOptions,
): Promise<JsonObject> => {
  const connection = await JsonConnection.open(endpoint, options)
  try {
    return await connection.request(request)
  } finally {
    connection.close()
  }
}
