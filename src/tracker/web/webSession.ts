import type { Socket } from 'node:net'
import type { Session } from '../../transport/jsonService.js'

/** Milliseconds for the whole head of a connection's first request. */
export const FIRST_REQUEST_TIME = 10_000

/** Milliseconds after an answer for the whole head of the next request: clients keep connections for as long. */
export const NEXT_REQUEST_TIME = 60_000

/** Milliseconds for an answer to be made and taken. */
export const ANSWER_TIME = 30_000

/** Requests of one connection that may be sent before the first is answered; with more it is destroyed. */
const MAX_UNDER_WAY = 64

/** Shorter times, for tests. */
export interface WebTimes {
  readonly firstRequest: number
  readonly nextRequest: number
  readonly answer: number
}

/**
 * A connection over which HTTP is spoken. However slowly a request comes in, it must be whole in time, or the
 * connection is destroyed; so it must be while an answer waits to be taken.
 */
export class WebSession implements Session {
  readonly #socket: Socket
  readonly #times: WebTimes
  #timer: NodeJS.Timeout | undefined
  #underWay = 0
  #isFinishing = false
  #isHandedOver = false

  constructor(socket: Socket, times: WebTimes) {
    this.#socket = socket
    this.#times = times
    socket.on('close', () => clearTimeout(this.#timer))
    this.#destroyAfter(times.firstRequest)
  }

  get isFinishing(): boolean {
    return this.#isFinishing
  }

  /** To be called when the head of a request has come. */
  begin(): void {
    if (++this.#underWay === 1) this.#destroyAfter(this.#times.answer)
    if (this.#underWay > MAX_UNDER_WAY) this.#socket.destroy()
  }

  /** To be called when an answer has left. */
  answered(): void {
    this.#underWay--
    if (this.#isHandedOver || this.#underWay > 0) return
    this.#destroyAfter(this.#times.nextRequest)
    if (this.#isFinishing) this.#socket.destroySoon()
  }

  /** From now on another protocol is spoken, and another session sees to its times. */
  handOver(): void {
    this.#isHandedOver = true
    clearTimeout(this.#timer)
  }

  finish(): void {
    this.#isFinishing = true
    if (this.#underWay === 0) this.#socket.destroySoon()
  }

  #destroyAfter(milliseconds: number): void {
    clearTimeout(this.#timer)
    if (this.#socket.destroyed) return
    this.#timer = setTimeout(() => this.#socket.destroy(), milliseconds)
  }
}
