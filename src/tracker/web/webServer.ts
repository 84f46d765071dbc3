import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { callerOf } from '../../transport/caller.js'
import type { Session } from '../../transport/jsonService.js'
import type { HttpAnnounces } from '../announce/http.js'
import type { Strain } from '../strain.js'
import { AnnounceSession } from './announceSession.js'
import { announceRoutes } from './routes/announce.js'
import { problem, type Route, type WebAnswer, type WebRequest } from './route.js'
import {
  ANSWER_TIME,
  FIRST_REQUEST_TIME,
  NEXT_REQUEST_TIME,
  WebSession,
  type WebTimes,
} from './webSession.js'

/** Bytes of a request's head: a scrape of 74 torrents has 5,300. */
const MAX_HEAD = 8 * 1024

export interface WebServerOptions {
  readonly announces: HttpAnnounces
  /** What else there is; the first that matches answers. */
  readonly routes: readonly Route[]
  /** Takes over a connection that is to speak WebSocket; returns what finishes it. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => Session | undefined
  readonly onDefect: (error: unknown) => void
  /** While it is overloaded requests are refused. */
  readonly strain: Strain
  /** Shorter, for tests. Milliseconds. */
  readonly times?: WebTimes
}

const TIMES: WebTimes = {
  firstRequest: FIRST_REQUEST_TIME,
  nextRequest: NEXT_REQUEST_TIME,
  answer: ANSWER_TIME,
}

/** Answered while there is too much to do: those who watch must see it. */
const ALWAYS: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics'])

const BUSY: WebAnswer = {
  ...problem(503, 'Busy', 'The tracker has too much to do: try again in a moment.'),
  headers: { 'Retry-After': '5' },
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

const requestOf = (message: IncomingMessage): WebRequest => {
  const { url = '', headers, socket } = message
  const mark = url.indexOf('?')
  return {
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    host: callerOf(socket),
    isSecure: socket instanceof TLSSocket,
    headers,
  }
}

/** Speaks HTTP on connections that others have accepted. */
export class WebServer {
  readonly #options: WebServerOptions
  readonly #server: Server
  readonly #routes: readonly Route[]
  readonly #times: WebTimes
  readonly #sessions = new WeakMap<object, WebSession>()
  readonly #upgraded = new WeakMap<object, Session>()

  constructor(options: WebServerOptions) {
    this.#options = options
    this.#routes = [...announceRoutes(options.announces), ...options.routes]
    this.#times = options.times ?? TIMES
    this.#server = createServer({ maxHeaderSize: MAX_HEAD, keepAliveTimeout: 0, noDelay: true })
    this.#server.on('request', (message, response) => this.#receive(message, response))
    this.#server.on('upgrade', (message, socket, head) => this.#upgrade(message, socket, head))
    this.#server.on('clientError', (error, socket) => this.#refuse(error, socket))
  }

  /** Serves a connection until it ends. */
  readonly serve = (socket: Socket): Session => {
    const { announces, onDefect, strain } = this.#options
    const handOver = (other: Socket): Session => this.#serveAll(other)
    return new AnnounceSession(socket, { announces, times: this.#times, handOver, onDefect, strain })
  }

  #serveAll(socket: Socket): Session {
    const session = new WebSession(socket, this.#times)
    this.#sessions.set(socket, session)
    this.#server.emit('connection', socket)
    return { finish: () => (this.#upgraded.get(socket) ?? session).finish() }
  }

  #receive(message: IncomingMessage, response: ServerResponse): void {
    const session = this.#sessions.get(message.socket)
    if (session === undefined || message.socket.destroyed) return void message.socket.destroy()
    session.begin()
    if (message.socket.destroyed) return
    response.on('close', () => session.answered())
    const answer = this.#answer(message)
    if (answer instanceof Promise) void answer.then((late) => this.#send(message, response, late))
    else this.#send(message, response, answer)
  }

  /** Never throws or rejects. */
  #answer(message: IncomingMessage): WebAnswer | Promise<WebAnswer> {
    if (hasBody(message)) return { ...problem(413, 'No body is taken'), headers: { Connection: 'close' } }
    const request = requestOf(message)
    if (this.#options.strain.isOverloaded && !ALWAYS.has(request.path)) return BUSY
    try {
      const answer = this.#route(message.method === 'HEAD' ? 'GET' : message.method, request)
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#fail(error)) : answer
    } catch (error) {
      return this.#fail(error)
    }
  }

  #route(method: string | undefined, request: WebRequest): WebAnswer | Promise<WebAnswer> {
    let isKnown = false
    for (const route of this.#routes) {
      const match = route.path.exec(request.path)
      if (match === null) continue
      if (route.method === method) return route.answer(request, ...match.slice(1))
      isKnown = true
    }
    return isKnown ? problem(405, 'No such method here') : problem(404, 'There is nothing here')
  }

  #fail(error: unknown): WebAnswer {
    this.#options.onDefect(error)
    return problem(500, 'The request failed')
  }

  #send(message: IncomingMessage, response: ServerResponse, answer: WebAnswer): void {
    const { status, type, body, headers } = answer
    const isLast = this.#sessions.get(message.socket)?.isFinishing === true
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
      ...(isLast && { Connection: 'close' }),
      ...headers,
    })
    if (message.method === 'HEAD') response.end()
    else response.end(body)
  }

  #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    this.#sessions.get(socket)?.handOver()
    const session = this.#options.upgrade(message, socket, head)
    if (session !== undefined) this.#upgraded.set(socket, session)
  }

  /** What is no HTTP, or has too large a head, is told so where it can still be told. */
  #refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, () => socket.destroy())
  }
}
