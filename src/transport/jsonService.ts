import { setMaxListeners } from 'node:events'
import type { Socket } from 'node:net'
import { answerHead, badRequest } from '../protocol/json/answer.js'
import { ShoalError } from '../protocol/errors.js'
import type { PeerId } from '../protocol/ids.js'
import { FieldFault, type JsonObject } from '../protocol/json/fields.js'
import { JsonFraming, type FramingFault } from '../protocol/json/framing.js'
import { Ret, type OpCode } from '../protocol/json/op.js'
import {
  MAX_JSON_DEPTH,
  MAX_MESSAGE,
  MAX_REQUESTS_SERVED,
  MESSAGE_TIME,
  SILENCE_AFTER_ANSWER,
  SILENCE_BEFORE_REQUEST,
} from '../protocol/limits.js'
import { AnswerBatch, whenDrained, type Answer } from './answerBatch.js'
import { opCodeOf, parseRequest } from './jsonRequest.js'
import { callerOf, callerPort } from './caller.js'
import { Handover } from './handover.js'
import type { MessageRoom } from './messageRoom.js'
import { provenIdOf } from './secure/shownKey.js'

/** What a handler knows of the connection that a request came by. */
export interface Caller {
  /** The address the connection came from, IPv4-mapped addresses written as IPv4. */
  readonly host: string
  readonly port: number
  /** The PEER_ID whose key it holds, as TLS proved; undefined without TLS. */
  readonly provenId?: PeerId | undefined
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal
  /** Aborts when the other side will send no more, or is gone. */
  readonly ended: AbortSignal
}

/** A connection being served. */
export interface Session {
  /** Takes no further request; closes once the answer under way has left. */
  finish(): void
}

export type { Answer } from './answerBatch.js'

/** What a handler makes of a request. */
type Made = Answer | Handover

export interface JsonServiceOptions {
  /** Bytes of the largest request taken. */
  readonly maxRequest: number
  /** Bytes that this request may have, where most may have fewer than `maxRequest`. */
  readonly limitOf?: (request: JsonObject) => number
  /** Shared by connections, so that large requests in the making are bounded in all. */
  readonly room?: MessageRoom
  /** Throws FieldFault for a request that is malformed; other errors are defects and answered FAIL. */
  readonly handle: (request: JsonObject, caller: Caller) => Made | Promise<Made>
  /** Requests of one connection that are worked on at once; their answers keep the order. Default: 1. */
  readonly concurrency?: number
  readonly onDefect: (error: unknown) => void
  readonly onMessage?: (direction: 'received' | 'sent', message: Answer, caller: Caller) => void
  /** Shorter silences, for tests. Milliseconds. */
  readonly silenceBeforeRequest?: number
  readonly silenceAfterAnswer?: number
}

/** Requests of one connection that wait for their turn before its socket is no longer read, and their bytes. */
const MAX_QUEUED = MAX_REQUESTS_SERVED
const MAX_QUEUED_BYTES = 1024 * 1024

/** Those of the connection itself that listen to its end, beside the requests that wait. */
const OTHER_LISTENERS = 8

/** Why no more is read of a connection. */
type Reason = FramingFault | 'no-room'

const REASON_TEXT: Record<Reason, string> = {
  'too-large': 'the message is too large',
  'too-deep': `the message nests deeper than ${MAX_JSON_DEPTH}`,
  'not-an-object': 'the message is not a JSON object',
  'no-room': 'too many large messages are under way: try again in a moment',
}

/** An answer, and whether the connection ends with it. */
interface Outcome {
  readonly answer: Answer
  readonly isLast: boolean
  /** Who takes the connection over after the answer. */
  readonly heir?: Handover
}

const refusal = (why: string, op?: OpCode): Outcome => ({ answer: badRequest(op, why), isLast: true })

const outcomeOf = (made: Made): Outcome =>
  made instanceof Handover
    ? { answer: made.answer, isLast: true, heir: made }
    : { answer: made, isLast: false }

/** What is said of a request that failed: of the catalogue's errors what happened, of a defect nothing. */
const reasonOf = (error: unknown): string =>
  error instanceof ShoalError ? error.message : 'the request failed'

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
  readonly #over = new AbortController()
  readonly #caller: Caller
  #queue: (Uint8Array | Reason)[] = []
  #queuedBytes = 0
  #reserved = 0
  #isWorking = false
  #hasAnswered = false
  #otherSideEnded = false
  #isFinishing = false
  #isRefused = false
  /** Whether the connection is no longer of this protocol. */
  #isGiven = false
  /** Answers in the making, in the order of their requests. */
  readonly #begun: (Outcome | Promise<Outcome>)[] = []
  readonly #batch: AnswerBatch
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: JsonServiceOptions) {
    this.#socket = socket
    this.#options = options
    this.#framing = new JsonFraming(options.maxRequest)
    this.#batch = new AnswerBatch(socket)
    // Each request that waits listens to it, and as many wait as are worked on at once.
    setMaxListeners((options.concurrency ?? 1) + OTHER_LISTENERS, this.#gone.signal)
    const host = callerOf(socket)
    const signals = { gone: this.#gone.signal, ended: this.#over.signal }
    this.#caller = { host, port: callerPort(socket), provenId: provenIdOf(socket), ...signals }
  }

  start(): void {
    this.#socket.setNoDelay(true)
    this.#socket.on('data', this.#receive)
    this.#socket.on('end', this.#ended)
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => {
      this.#end()
      this.#over.abort()
      this.#gone.abort()
    })
    this.#awaitRequest()
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#dropQueue()
    this.#reserve(0)
  }

  finish(): void {
    this.#isFinishing = true
    this.#dropQueue()
    if (this.#isGiven) this.#socket.destroy()
    else if (!this.#isWorking) this.#socket.destroySoon()
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

  readonly #receive = (data: Uint8Array): void => {
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

  readonly #ended = (): void => {
    this.#otherSideEnded = true
    this.#over.abort()
    if (!this.#isWorking) this.#socket.end()
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return
    this.#isWorking = true
    clearTimeout(this.#timer)
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next instanceof Promise && !this.#batch.isEmpty) await this.#flush()
      const { answer, isLast, heir } = next instanceof Promise ? await next : next
      await this.#send(answer)
      if (heir !== undefined) return this.#giveTo(heir)
      if (isLast) this.#refuseMore()
      if (isLast || this.#isFinishing || this.#socket.destroyed) break
      if (this.#socket.isPaused() && !this.#isFull) this.#socket.resume()
    }
    this.#isWorking = false
    if (this.#isFinishing) this.#socket.destroySoon()
    else if (this.#otherSideEnded) this.#socket.end()
    else if (this.#framing.isMidMessage) this.#closeAfter(MESSAGE_TIME)
    else this.#awaitRequest()
  }

  /** The next answer in order, after work on as many as may be under way has begun. */
  #next(): Outcome | Promise<Outcome> | undefined {
    const { concurrency = 1 } = this.#options
    while (this.#begun.length < concurrency) {
      const message = this.#dequeue()
      if (message === undefined) break
      this.#begun.push(typeof message === 'string' ? refusal(REASON_TEXT[message]) : this.#begin(message))
    }
    return this.#begun.shift()
  }

  /** Never throws or rejects. */
  #begin(message: Uint8Array): Outcome | Promise<Outcome> {
    const request = parseRequest(message)
    if (typeof request === 'string') return refusal(request)
    const limit = this.#options.limitOf?.(request) ?? message.length
    if (message.length > limit) return refusal(REASON_TEXT['too-large'], opCodeOf(request))
    this.#options.onMessage?.('received', request, this.#caller)
    try {
      const made = this.#options.handle(request, this.#caller)
      if (!(made instanceof Promise)) return outcomeOf(made)
      return made.then(
        (answer) => outcomeOf(answer),
        (error: unknown) => this.#failure(request, error),
      )
    } catch (error) {
      return this.#failure(request, error)
    }
  }

  #failure(request: JsonObject, error: unknown): Outcome {
    const op = opCodeOf(request)
    if (error instanceof FieldFault) return refusal(error.message, op)
    this.#options.onDefect(error)
    return { answer: { ...answerHead(op, Ret.FAIL), ERROR: reasonOf(error) }, isLast: false }
  }

  /** Who asks for a handover waits for its answer before it sends more; what came before is of no protocol. */
  async #giveTo(heir: Handover): Promise<void> {
    if (!this.#batch.isEmpty) await this.#flush()
    const hasMore = this.#framing.isMidMessage || this.#queue.length > 0 || this.#begun.length > 0
    this.#isGiven = true
    this.#end()
    this.#socket.pause()
    this.#socket.off('data', this.#receive)
    this.#socket.off('end', this.#ended)
    if (hasMore || this.#isFinishing || this.#otherSideEnded) this.#socket.destroy()
    heir.take(this.#socket)
  }

  #refuseMore(): void {
    this.#isRefused = true
    this.#dropQueue()
    this.#socket.end()
  }

  /** Answers to requests that came together leave together; the last of them waits until the socket takes more. */
  async #send(answer: Answer): Promise<void> {
    if (this.#socket.destroyed) return
    this.#hasAnswered = true
    this.#options.onMessage?.('sent', answer, this.#caller)
    this.#batch.add(answer)
    const isLastNow = this.#queue.length === 0 && this.#begun.length === 0
    if (isLastNow || this.#batch.isFull) await this.#flush()
  }

  /** Waits while the socket's buffer is full, so that a caller that does not read costs one batch. */
  async #flush(): Promise<void> {
    if (!this.#batch.send()) return
    this.#closeAfter(MESSAGE_TIME)
    await whenDrained(this.#socket)
    clearTimeout(this.#timer)
  }
}
