import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { readAnnounceHead, type AnnounceHead } from '../../protocol/announce/httpHead.js'
import { callerOf } from '../../transport/caller.js'
import type { Session } from '../../transport/jsonService.js'
import { FAILED, type BencodedAnswer, type HttpAnnounces } from '../announce/http.js'
import type { Awaitable } from '../store/store.js'
import type { Strain } from '../strain.js'
import type { WebTimes } from './webSession.js'

export interface AnnounceSessionOptions {
  readonly announces: HttpAnnounces
  readonly times: WebTimes
  /** Takes over a connection on which something else is asked, its bytes put back. */
  readonly handOver: (socket: Socket) => Session
  readonly onDefect: (error: unknown) => void
  readonly strain: Strain
}

const EMPTY = Buffer.alloc(0)
const NO_BODY = new Uint8Array(0)
const BUSY: BencodedAnswer = { status: 503, body: NO_BODY }

const headOf = (status: number, length: number, isKept: boolean): string =>
  `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n${isKept ? '' : 'Connection: close\r\n'}\r\n`

const bytesOf = ({ status, body }: BencodedAnswer, isKept: boolean): Buffer => {
  const head = headOf(status, body.length, isKept)
  const bytes = Buffer.allocUnsafe(head.length + body.length)
  bytes.write(head, 'latin1')
  bytes.set(body, head.length)
  return bytes
}

/**
 * Answers the announces and scrapes of a connection as long as there is nothing else on it, one after the other; with
 * the first request that is more than that, it is handed over. It takes half the time of a whole HTTP server.
 *
 * Invariant: one request at a time is being answered, and meanwhile nothing is read, so a connection holds one chunk.
 */
export class AnnounceSession implements Session {
  readonly #socket: Socket
  readonly #options: AnnounceSessionOptions
  readonly #host: string
  #held: Buffer = EMPTY
  #isAnswering = false
  #isFinishing = false
  #hasAnswered = false
  #successor: Session | undefined
  #timer: NodeJS.Timeout

  constructor(socket: Socket, options: AnnounceSessionOptions) {
    this.#socket = socket
    this.#options = options
    this.#host = callerOf(socket)
    this.#timer = setTimeout(this.#destroy, options.times.firstRequest)
    socket.setNoDelay(true)
    socket.on('data', this.#receive)
    socket.on('end', this.#ended)
    socket.on('error', this.#destroy)
    socket.on('close', this.#closed)
  }

  finish(): void {
    if (this.#successor !== undefined) return this.#successor.finish()
    this.#isFinishing = true
    if (!this.#isAnswering) this.#socket.destroySoon()
  }

  readonly #destroy = (): void => {
    this.#socket.destroy()
  }

  readonly #closed = (): void => clearTimeout(this.#timer)

  readonly #ended = (): void => {
    if (this.#isAnswering) this.#isFinishing = true
    else this.#socket.end()
  }

  readonly #receive = (data: Buffer): void => {
    if (this.#isFinishing) return
    this.#work(this.#held.length === 0 ? data : Buffer.concat([this.#held, data]))
  }

  /** Answers what stands in `bytes`, as far as answers come at once. */
  #work(bytes: Buffer): void {
    const text = bytes.toString('latin1')
    let offset = 0
    while (offset < bytes.length && !this.#isFinishing) {
      const head = readAnnounceHead(text, offset)
      if (head === 'other') return this.#handOver(bytes.subarray(offset))
      if (head === 'more') break
      offset += head.length
      const answer = this.#answer(head)
      if (answer instanceof Promise) return this.#await(answer, head, bytes.subarray(offset))
      if (!this.#send(answer, head)) return this.#awaitDrain(bytes.subarray(offset))
    }
    this.#held = offset === bytes.length ? EMPTY : bytes.subarray(offset)
  }

  /** Never throws or rejects. */
  #answer({ kind, query }: AnnounceHead): Awaitable<BencodedAnswer> {
    const { announces, strain, onDefect } = this.#options
    const fail = (error: unknown): BencodedAnswer => {
      onDefect(error)
      return FAILED
    }
    if (strain.isOverloaded) return BUSY
    try {
      const answer = announces[kind](query, this.#host)
      return answer instanceof Promise ? answer.catch(fail) : answer
    } catch (error) {
      return fail(error)
    }
  }

  /** Returns whether the socket takes more at once. */
  #send(answer: BencodedAnswer, head: AnnounceHead): boolean {
    const isKept = head.isKept && !this.#isFinishing
    const isTaken = this.#socket.write(bytesOf(answer, isKept))
    if (!isKept) this.#end()
    else this.#awaitNext()
    return isTaken || !isKept
  }

  #end(): void {
    this.#isFinishing = true
    this.#socket.end()
    // Reading on keeps the close from becoming a reset, which could overtake the answer.
    this.#socket.resume()
  }

  /** From now on there is so much time for the next request, or for the other side to take what was sent. */
  #awaitNext(): void {
    if (this.#hasAnswered) return void this.#timer.refresh()
    this.#hasAnswered = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#destroy, this.#options.times.nextRequest)
  }

  #await(answer: Promise<BencodedAnswer>, head: AnnounceHead, rest: Buffer): void {
    this.#pause()
    void answer.then((late) => {
      if (this.#socket.destroyed) return
      if (this.#send(late, head)) this.#goOn(rest)
      else this.#awaitDrain(rest)
    })
  }

  #awaitDrain(rest: Buffer): void {
    this.#pause()
    this.#socket.once('drain', () => this.#goOn(rest))
  }

  #pause(): void {
    this.#isAnswering = true
    this.#socket.pause()
  }

  #goOn(rest: Buffer): void {
    this.#isAnswering = false
    if (this.#isFinishing) return void this.#socket.end()
    this.#held = EMPTY
    this.#work(rest)
    if (!this.#isAnswering && this.#successor === undefined) this.#socket.resume()
  }

  #handOver(bytes: Buffer): void {
    const socket = this.#socket
    clearTimeout(this.#timer)
    socket.off('data', this.#receive)
    socket.off('end', this.#ended)
    socket.off('error', this.#destroy)
    socket.off('close', this.#closed)
    socket.pause()
    socket.unshift(bytes)
    this.#successor = this.#options.handOver(socket)
    socket.resume()
  }
}
