import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { udpCodec } from '../protocol/announce/codec.js'
import type { Family } from '../protocol/announce/compactPeers.js'
import type { UdpRequest } from '../protocol/announce/udpRequest.js'
import type { UdpResponse } from '../protocol/announce/udpResponse.js'

/** How long a connection id is good (BEP 15). Milliseconds. */
const CONNECTION_TIME = 60_000

/**
 * Times that a request is sent: BEP 15 waits 15 x 2^n s after the n-th, up to n = 8. Here a tracker that does not
 * answer costs two datagrams and 15 + 30 s; the next announce tries it again.
 */
const ATTEMPTS = 2

export interface UdpChannelOptions {
  readonly address: string
  readonly family: Family
  readonly port: number
  /** Milliseconds after which a request is sent again for the first time. */
  readonly retryTime: number
  /** It has closed, unused for so long that its connection id is stale. */
  readonly onClosed: () => void
}

/** A request but for its transaction id. */
type Make = (transaction: number) => UdpRequest

interface Waiting {
  readonly resolve: (response: UdpResponse) => void
  readonly reject: (error: Error) => void
}

/**
 * Requests to one address of a tracker and the answers from it. The socket is connected, so that the system lets
 * datagrams of that address and port through alone, and tells when nobody listens there.
 *
 * Invariant: a transaction id is in `#waiting` from its first sending until it is answered or given up.
 */
export class UdpChannel {
  readonly #options: UdpChannelOptions
  readonly #socket: Socket
  readonly #ready: Promise<void>
  readonly #waiting = new Map<number, Waiting>()
  #connection: { readonly id: Promise<Uint8Array>; readonly since: number } | undefined
  #idle: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: UdpChannelOptions) {
    this.#options = options
    this.#socket = createSocket(options.family === 'IPv4' ? 'udp4' : 'udp6')
    this.#socket.on('message', (data) => this.#receive(data))
    this.#socket.on('error', (error) => this.#failAll(error))
    this.#socket.unref()
    this.#ready = this.#open()
    this.#ready.catch(() => this.close())
  }

  /** Sends a request that needs a connection id, and resolves with its answer. Rejects when there is none. */
  async ask(
    make: (connection: Uint8Array, transaction: number) => UdpRequest,
    signal: AbortSignal,
  ): Promise<UdpResponse> {
    clearTimeout(this.#idle)
    try {
      const connection = await unlessAborted(this.#connect(), signal)
      return await this.#exchange((transaction) => make(connection, transaction), signal)
    } finally {
      if (!this.#isClosed && this.#waiting.size === 0) this.#rest()
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#idle)
    this.#failAll(new Error('closed'))
    this.#socket.close()
    this.#options.onClosed()
  }

  #open(): Promise<void> {
    const { address, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve)
      this.#socket.once('error', reject)
      this.#socket.connect(port, address)
    })
  }

  #rest(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.close(), CONNECTION_TIME).unref()
  }

  /** The connection id, which all who ask at once wait for together. */
  #connect(): Promise<Uint8Array> {
    const now = performance.now()
    if (this.#connection !== undefined && now - this.#connection.since < CONNECTION_TIME)
      return this.#connection.id
    const id = this.#requestConnection()
    const connection = { id, since: now }
    this.#connection = connection
    id.catch(() => {
      if (this.#connection === connection) this.#connection = undefined
    })
    return id
  }

  async #requestConnection(): Promise<Uint8Array> {
    await this.#ready
    const response = await this.#exchange((transaction) => ({ action: 'connect', transaction }))
    if (response.action === 'connect') return response.connection
    throw new Error(response.action === 'error' ? response.reason : 'it answered what was not asked')
  }

  async #exchange(make: Make, signal?: AbortSignal): Promise<UdpResponse> {
    signal?.throwIfAborted()
    const transaction = randomInt(2 ** 32)
    const request = udpCodec.encodeRequest(make(transaction))
    const giveUp = (): void => this.#waiting.get(transaction)?.reject(new Error('broken off'))
    let timer: NodeJS.Timeout | undefined
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      return await new Promise<UdpResponse>((resolve, reject) => {
        this.#waiting.set(transaction, { resolve, reject })
        const send = (attempt: number): void => {
          if (attempt === ATTEMPTS) return reject(new Error('no answer'))
          this.#send(request)
          timer = setTimeout(() => send(attempt + 1), this.#options.retryTime * 2 ** attempt)
        }
        send(0)
      })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      this.#waiting.delete(transaction)
    }
  }

  #send(request: Uint8Array): void {
    if (this.#isClosed) return this.#failAll(new Error('closed'))
    this.#socket.send(request, (error) => {
      if (error) this.#failAll(error)
    })
  }

  #receive(data: Uint8Array): void {
    const response = udpCodec.decodeResponse(data, this.#options.family)
    if (response !== undefined) this.#waiting.get(response.transaction)?.resolve(response)
  }

  /** Nobody listens there, or there is no way to it. */
  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
  }
}

/** What `promise` gives, unless `signal` aborts before. */
const unlessAborted = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('broken off'))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
