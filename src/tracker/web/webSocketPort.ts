import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { callerOf } from '../../transport/caller.js'
import type { Session } from '../../transport/jsonService.js'
import type { WebSocketClient, WebSocketService } from '../announce/webSocket.js'

/** Bytes of a message: ten offers of 2 KB each, three times. */
const MAX_MESSAGE = 64 * 1024

/** Bytes that wait for a client to take them; what more is passed on to it is dropped. */
const MAX_UNSENT = 256 * 1024

/** Messages of one client that wait to be worked on; a client that sends more is closed. */
const MAX_WAITING = 64

/** Milliseconds between two pings; who has not answered one when the next is due is gone. */
const PING_EVERY = 30_000

/** RFC 6455, 7.4.1. */
const GOING_AWAY = 1001
const POLICY = 1008

const textOf = (data: RawData): string =>
  Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as Buffer).toString()

export interface WebSocketPortOptions {
  readonly service: WebSocketService
  readonly onDefect: (error: unknown) => void
  /** Shorter, for tests. Milliseconds. */
  readonly pingEvery?: number
}

/** Speaks WebSocket (RFC 6455) on connections that asked for it over HTTP. */
export class WebSocketPort {
  readonly #options: WebSocketPortOptions
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE,
    // Compression holds 300 KB a connection, and what is sent is small.
    perMessageDeflate: false,
  })

  constructor(options: WebSocketPortOptions) {
    this.#options = options
    this.#server.on('wsClientError', (_error, socket) => socket.destroy())
  }

  /** Takes over a connection. What is no proper upgrade is refused and closed. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): Session => {
    let connection: WebSocket | undefined
    const host = callerOf(request.socket)
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      connection = webSocket
      this.#serve(webSocket, host)
    })
    return {
      finish: () => {
        if (connection === undefined) socket.destroy()
        else connection.close(GOING_AWAY)
      },
    }
  }

  #serve(webSocket: WebSocket, host: string): void {
    const { service, onDefect } = this.#options
    const client: WebSocketClient = {
      host,
      send: (message) => {
        if (webSocket.readyState !== webSocket.OPEN || webSocket.bufferedAmount > MAX_UNSENT) return
        webSocket.send(JSON.stringify(message))
      },
    }
    this.#watch(webSocket)
    let waiting = 0
    let work = Promise.resolve()
    webSocket.on('message', (data) => {
      if (waiting >= MAX_WAITING) return webSocket.close(POLICY)
      waiting++
      work = work
        .then(() => service.receive(client, textOf(data)))
        .catch(onDefect)
        .finally(() => waiting--)
    })
    webSocket.on('error', () => webSocket.terminate())
    webSocket.on('close', () => void work.then(() => service.leave(client)))
  }

  /** Ends a connection whose other side is gone. */
  #watch(webSocket: WebSocket): void {
    let isAlive = true
    webSocket.on('pong', () => (isAlive = true))
    const timer = setInterval(() => {
      if (!isAlive) return webSocket.terminate()
      isAlive = false
      webSocket.ping()
    }, this.#options.pingEvery ?? PING_EVERY)
    webSocket.on('close', () => clearInterval(timer))
  }
}
