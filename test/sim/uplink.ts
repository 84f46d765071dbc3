import { CHUNK_SIZE } from '../../src/protocol/limits.js'
import type { Clock } from './clock.js'

/** Blocks of one connection that are on the way at once, as a TCP window allows: 32 x 16 KiB is 512 KiB. */
const WINDOW = 32

/** Blocks from one peer to another: what waits at the sender, and how many are on the way. */
export class Flow {
  waiting: number[] = []
  onTheWay = 0
  isListed = false
  readonly latency: number
  readonly arrive: (chunk: number) => void
  readonly left: (chunk: number) => void
  readonly #downlink: Downlink

  constructor(
    latency: number,
    downlink: Downlink,
    arrive: (chunk: number) => void,
    left: (chunk: number) => void,
  ) {
    this.latency = latency
    this.#downlink = downlink
    this.arrive = arrive
    this.left = left
  }

  get canSend(): boolean {
    return this.waiting.length > 0 && this.onTheWay < WINDOW
  }

  /** Milliseconds until a block that leaves now has arrived whole. */
  delay(now: number): number {
    return this.#downlink.take(now + this.latency) - now
  }
}

/** What a peer receives comes one block after the other. */
export class Downlink {
  readonly #blockTime: number
  #freeAt = 0

  /** `rate` in bytes a second. */
  constructor(rate: number) {
    this.#blockTime = (CHUNK_SIZE * 1000) / rate
  }

  /** A block reaches it at `time`: when it is received whole. */
  take(time: number): number {
    this.#freeAt = Math.max(this.#freeAt, time) + this.#blockTime
    return this.#freeAt
  }
}

/**
 * What a peer sends: one block of each of its flows in turn, so that active flows share the rate fairly.
 *
 * Invariant: a flow is listed exactly while it can send.
 */
export class Uplink {
  sent = 0
  readonly #clock: Clock
  readonly #blockTime: number
  #turns: Flow[] = []
  #isBusy = false

  /** `rate` in bytes a second. */
  constructor(clock: Clock, rate: number) {
    this.#clock = clock
    this.#blockTime = (CHUNK_SIZE * 1000) / rate
  }

  /** `flow` has something to send, or may send again. */
  wake(flow: Flow): void {
    if (flow.isListed || !flow.canSend) return
    flow.isListed = true
    this.#turns.push(flow)
    this.#sendNext()
  }

  #sendNext(): void {
    if (this.#isBusy) return
    for (let flow = this.#turns.shift(); flow !== undefined; flow = this.#turns.shift()) {
      flow.isListed = false
      const chunk = flow.canSend ? flow.waiting.shift() : undefined
      if (chunk === undefined) continue
      return this.#send(flow, chunk)
    }
  }

  #send(flow: Flow, chunk: number): void {
    this.#isBusy = true
    flow.onTheWay++
    this.#clock.after(this.#blockTime, () => {
      this.#isBusy = false
      this.sent++
      flow.left(chunk)
      this.#clock.after(flow.delay(this.#clock.now), () => {
        flow.onTheWay--
        this.wake(flow)
        flow.arrive(chunk)
      })
      this.wake(flow)
      this.#sendNext()
    })
  }
}
