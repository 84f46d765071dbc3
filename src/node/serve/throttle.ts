import type { TokenBucket } from '../../engine/rate/tokenBucket.js'

/** How much may leave in one write under a limit. Seconds of its rate: short enough that others' turns come soon. */
const BATCH_SECONDS = 0.05

/** What waits of one connection, in order. */
type Flow = { readonly bytes: number; readonly go: (mayGo: boolean) => void }[]

/**
 * Holds back what is sent until a rate limit allows it, one connection after another in turns, so that who asks for
 * little does not wait behind who asks for much.
 *
 * Invariant: each connection in `#flows` has something waiting, and while there is one a timer runs.
 */
export class Throttle {
  readonly #bucket: TokenBucket
  readonly #now: () => number
  /** By the signal that ends the connection; whose turn is next first. */
  readonly #flows = new Map<AbortSignal, Flow>()
  #timer: NodeJS.Timeout | undefined

  /** `now` in milliseconds. */
  constructor(bucket: TokenBucket, now: () => number) {
    this.#bucket = bucket
    this.#now = now
  }

  /** Bytes a second; undefined for no limit. */
  get rate(): number | undefined {
    return this.#bucket.rate
  }

  /** Another rate from now on, also for what waits. */
  setRate(rate: number | undefined): void {
    this.#bucket.setRate(rate)
    this.#run()
  }

  /** How many units of `bytes` may leave in one write; at least one. */
  batchOf(bytes: number): number {
    const rate = this.#bucket.rate ?? Infinity
    return Math.max(1, Math.floor((rate * BATCH_SECONDS) / bytes))
  }

  /** About how long the connection that ends with `signal` would wait if it asked now. Milliseconds. */
  delayOf(signal: AbortSignal): number {
    const { rate } = this.#bucket
    if (rate === undefined) return 0
    const own = (this.#flows.get(signal) ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
    return (1000 * (own * this.#flows.size + this.#bucket.owed(this.#now()))) / rate
  }

  /**
   * Asks that `bytes` may be sent. Undefined: they may at once. Else resolves when they may, or to false once `signal`
   * aborts; never rejects.
   */
  pass(bytes: number, signal: AbortSignal): Promise<boolean> | undefined {
    if (this.#flows.size === 0 && this.#bucket.take(bytes, this.#now()) === 0) return undefined
    if (signal.aborted) return Promise.resolve(false)
    return new Promise((go) => {
      this.#flowOf(signal).push({ bytes, go })
      if (this.#timer === undefined) this.#run()
    })
  }

  /** Gives back what passed and was not sent. */
  refund(bytes: number): void {
    this.#bucket.refund(bytes)
  }

  #flowOf(signal: AbortSignal): Flow {
    const known = this.#flows.get(signal)
    if (known !== undefined) return known
    const flow: Flow = []
    this.#flows.set(signal, flow)
    signal.addEventListener('abort', this.#leave, { once: true })
    return flow
  }

  readonly #leave = (event: Event): void => {
    const signal = event.target as AbortSignal
    const flow = this.#flows.get(signal) ?? []
    this.#flows.delete(signal)
    for (const { go } of flow) go(false)
  }

  /** Lets through what may go, and comes back for the rest. */
  #run(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const [signal, flow] of this.#flows) {
      const wait = this.#bucket.take(flow[0]?.bytes ?? 0, this.#now())
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#run(), wait)
        return
      }
      this.#advance(signal, flow)
    }
  }

  /** The first of `flow` goes; the rest waits for another turn. */
  #advance(signal: AbortSignal, flow: Flow): void {
    flow.shift()?.go(true)
    this.#flows.delete(signal)
    if (flow.length > 0) this.#flows.set(signal, flow)
    else signal.removeEventListener('abort', this.#leave)
  }
}
