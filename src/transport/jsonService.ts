import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import { badRequest } from '../protocol/json/answer.js'
import { asObject, FieldFault, type JsonObject } from '../protocol/json/fields.js'
import { JsonFraming, type FramingFault } from '../protocol/json/framing.js'
import { Op, opName, type OpCode } from '../protocol/json/op.js'
import {
  MAX_JSON_DEPTH,
  MAX_MESSAGE,
  MESSAGE_TIME,
  SILENCE_AFTER_ANSWER,
  SILENCE_BEFORE_REQUEST,
} from '../protocol/limits.js'
import type { MessageRoom } from './messageRoom.js'

/** What a handler knows of the connection that a request came by. */
export interface Caller {
  /** The address the connection came from, IPv4-mapped addresses written as IPv4. */
  readonly host: string
  readonly port: number
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal
}

/** A connection being served. */
export interface Session {
  /** Takes no further request; closes once the answer under way has left. */
  finish(): void
}

/** An answer as an object, as text that is JSON already, or as pieces of such text in ASCII; without the newline. */
export type Answer = JsonObject | string | readonly string[]

/** Bytes of answers that leave together while more requests wait: a quarter of what one connection has under way at most. */
const MAX_BATCH = 256 * 1024

export interface JsonServiceOptions {
  /** Bytes of the largest request taken. */
  readonly maxRequest: number
  /** Bytes that this request may have, where most may have fewer than `maxRequest`. */
  readonly limitOf?: (request: JsonObject) => number
  /** Shared by connections, so that large requests in the making are bounded in all. */
  readonly room?: MessageRoom
  /** Throws FieldFault for a request that is malformed; other errors are defects and answered FAIL. */
  readonly handle: (request: JsonObject, caller: Caller) => Answer | Promise<Answer>
  readonly onDefect: (error: unknown) => void
  readonly onMessage?: (direction: 'received' | 'sent', message: Answer, caller: Caller) => void
  /** Shorter silences, for tests. Milliseconds. */
  readonly silenceBeforeRequest?: number
  readonly silenceAfterAnswer?: number
}

/** Requests of one connection that wait for their turn before its socket is no longer read, and their bytes. */
const MAX_QUEUED = 64
const MAX_QUEUED_BYTES = 1024 * 1024

/** Why no more is read of a connection. */
type Reason = FramingFault | 'no-room'

const REASON_TEXT: Record<Reason, string> = {
  'too-large': 'the message is too large',
  'too-deep': `the message nests deeper than ${MAX_JSON_DEPTH}`,
  'not-an-object': 'the message is not a JSON object',
  'no-room': 'too many large messages are under way: try again in a moment',
}

const NEWLINE = 0x0a

/** Sockets that listen on :: see IPv4 callers as ::ffff:a.b.c.d. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=[0-9.]+$)/, '')

/**
 * Serves the JSON protocol on an accepted socket: answers in the order of the requests, each in one write.
 * A connection is closed after a malformed request, after a silence, and when a message takes too long.
 *
 * Invariants: no more is read while MAX_QUEUED requests or MAX_QUEUED_BYTES wait; while the socket cannot take answers no further one is made.
 */
export const serveJson = (socket: Socket, options: JsonServiceOptions): Session => {
  const session = new JsonSession(socket, options)
  session.start()
  return session
}

class JsonSession implements Session {
  readonly #socket: Socket
  readonly #options: JsonServiceOptions
  readonly #framing: JsonFraming
  readonly #gone = new AbortController()
  readonly #caller: Caller
  #queue: (Uint8Array | Reason)[] = []
  #queuedBytes = 0
  #reserved = 0
  #isWorking = false
  #hasAnswered = false
  #otherSideEnded = false
  #isFinishing = false
  #isRefused = false
  /** Bytes of answers that wait for one write. */
  #batched = 0
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: JsonServiceOptions) {
    this.#socket = socket
    this.#options = options
    this.#framing = new JsonFraming(options.maxRequest)
    const host = plainAddress(socket.remoteAddress)
    this.#caller = { host, port: socket.remotePort ?? 0, gone: this.#gone.signal }
  }

  start(): void {
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (data) => this.#receive(data))
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => {
      clearTimeout(this.#timer)
      this.#dropQueue()
      this.#reserve(0)
      this.#gone.abort()
    })
    this.#awaitRequest()
  }

  finish(): void {
    this.#isFinishing = true
    this.#dropQueue()
    if (!this.#isWorking) this.#socket.destroySoon()
  }

  #awaitRequest(): void {
    const { silenceAfterAnswer = SILENCE_AFTER_ANSWER, silenceBeforeRequest = SILENCE_BEFORE_REQUEST } =
      this.#options
    this.#closeAfter(this.#hasAnswered ? silenceAfterAnswer : silenceBeforeRequest)
  }

  #closeAfter(milliseconds: number): void {
    clearTimeout(this.#timer)
    if (this.#socket.destroyed) return
    this.#timer = setTimeout(() => this.#socket.destroy(), milliseconds)
  }

  #receive(data: Uint8Array): void {
    if (this.#isFinishing || this.#isRefused) return
    const wasMidMessage = this.#framing.isMidMessage
    const { messages, fault } = this.#framing.push(data)
    for (const message of messages) this.#enqueue(message)
    const reason = fault ?? (this.#reserve(this.#framing.held) ? undefined : 'no-room')
    if (reason !== undefined) {
      this.#isRefused = true
      this.#queue.push(reason)
    }
    if (messages.length > 0 || reason !== undefined) void this.#work()
    else if (!wasMidMessage && this.#framing.isMidMessage && !this.#isWorking) this.#closeAfter(MESSAGE_TIME)
    if (this.#isFull) this.#socket.pause()
  }

  get #isFull(): boolean {
    return this.#queue.length > MAX_QUEUED || this.#queuedBytes > MAX_QUEUED_BYTES
  }

  #enqueue(message: Uint8Array): void {
    this.#queue.push(message)
    this.#queuedBytes += message.length
  }

  #dequeue(): Uint8Array | Reason | undefined {
    const next = this.#queue.shift()
    if (next instanceof Uint8Array) this.#queuedBytes -= next.length
    return next
  }

  #dropQueue(): void {
    this.#queue = []
    this.#queuedBytes = 0
  }

  /** Reserves room for a message of which `held` bytes have come; ordinary ones need none. */
  #reserve(held: number): boolean {
    const wanted = held > MAX_MESSAGE ? held : 0
    const { room } = this.#options
    if (room === undefined || wanted === this.#reserved) return true
    if (!room.take(wanted - this.#reserved)) return false
    this.#reserved = wanted
    return true
  }

  #ended(): void {
    this.#otherSideEnded = true
    if (!this.#isWorking) this.#socket.end()
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    clearTimeout(this.#timer)
    for (let next = this.#dequeue(); next !== undefined; next = this.#dequeue()) {
      const isLast =
        typeof next === 'string' ? await this.#refuse(REASON_TEXT[next]) : await this.#answer(next)
      if (isLast || this.#isFinishing || this.#socket.destroyed) break
      if (this.#socket.isPaused() && !this.#isFull) this.#socket.resume()
    }
    this.#isWorking = false
    if (this.#isFinishing) this.#socket.destroySoon()
    else if (this.#otherSideEnded) this.#socket.end()
    else if (this.#framing.isMidMessage) this.#closeAfter(MESSAGE_TIME)
    else this.#awaitRequest()
  }

  /** Returns whether the connection ends with this answer. */
  async #answer(message: Uint8Array): Promise<boolean> {
    const request = parse(message)
    if (typeof request === 'string') return this.#refuse(request)
    const limit = this.#options.limitOf?.(request) ?? message.length
    if (message.length > limit) return this.#refuse(REASON_TEXT['too-large'], opCodeOf(request))
    this.#options.onMessage?.('received', request, this.#caller)
    try {
      const made = this.#options.handle(request, this.#caller)
      if (made instanceof Promise && this.#batched > 0) await this.#flush()
      await this.#send(made instanceof Promise ? await made : made)
      return false
    } catch (error) {
      const op = opCodeOf(request)
      if (error instanceof FieldFault) return this.#refuse(error.message, op)
      this.#options.onDefect(error)
      await this.#send({ OP_CODE: op, RET_CODE: 450, ERROR: 'the request failed' })
      return false
    }
  }

  async #refuse(why: string, op?: OpCode): Promise<true> {
    this.#isRefused = true
    this.#dropQueue()
    await this.#send(badRequest(op, why))
    this.#socket.end()
    return true
  }

  /** Answers to requests that came together leave together; the last of them waits until the socket takes more. */
  async #send(answer: Answer): Promise<void> {
    if (this.#socket.destroyed) return
    this.#hasAnswered = true
    this.#options.onMessage?.('sent', answer, this.#caller)
    if (this.#batched === 0) this.#socket.cork()
    const bytes = encodeAnswer(answer)
    this.#socket.write(bytes)
    this.#batched += bytes.length
    if (this.#queue.length === 0 || this.#batched >= MAX_BATCH) await this.#flush()
  }

  /** Waits while the socket's buffer is full, so that a caller that does not read costs one batch. */
  async #flush(): Promise<void> {
    this.#batched = 0
    this.#socket.uncork()
    if (!this.#socket.writableNeedDrain || this.#socket.destroyed) return
    this.#closeAfter(MESSAGE_TIME)
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
    clearTimeout(this.#timer)
  }
}

const encodeAnswer = (answer: Answer): Buffer => {
  if (Array.isArray(answer)) return encodeAscii(answer as readonly string[])
  return Buffer.from((typeof answer === 'string' ? answer : JSON.stringify(answer)) + '\n')
}

/** Each piece is copied once; to join them as text first costs many times more. */
const encodeAscii = (pieces: readonly string[]): Buffer => {
  const bytes = Buffer.allocUnsafe(pieces.reduce((length, piece) => length + piece.length, 1))
  let offset = 0
  for (const piece of pieces) offset += bytes.write(piece, offset, 'latin1')
  bytes[offset] = NEWLINE
  return bytes
}

const opCodeOf = (request: JsonObject): OpCode | undefined => {
  const name = opName(request.OP_CODE)
  return name === undefined ? undefined : Op[name]
}

/** The object in `message`, or why there is none. */
const parse = (message: Uint8Array): JsonObject | string => {
  const view = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (!isUtf8(view)) return 'the message is not UTF-8'
  try {
    return asObject(JSON.parse(view.toString())) ?? 'the message is not a JSON object'
  } catch {
    return 'the message is not JSON'
  }
}
