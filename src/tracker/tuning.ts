/** Requests a second from one address: a household of 20 peers that each share 1,000 torrents announces 170 a second. */
const DEFAULT_REQUESTS_PER_SECOND = 200

/** Seconds between two announces of a peer. */
const DEFAULT_INTERVAL = 120

/** Intervals without a request after which a peer is dropped: two announces may get lost. */
export const PATIENCE = 2.5

/** What may be changed while a tracker runs. */
export interface TuningOptions {
  /** Seconds between two announces of a peer; one not heard from for 2.5 of them is dropped. */
  readonly interval?: number | undefined
  /** Of one address. Loopback is exempt unless this is set. */
  readonly requestsPerSecond?: number | undefined
  /** Loopback is exempt unless this is set. */
  readonly connectionsPerAddress?: number | undefined
}

/** The settings of a tracker as they are now; who works by them asks each time. */
export class Tuning {
  #options: TuningOptions

  constructor(options: TuningOptions) {
    this.#options = options
  }

  /** Seconds. */
  get interval(): number {
    return this.#options.interval ?? DEFAULT_INTERVAL
  }

  get requestsPerSecond(): number {
    return this.#options.requestsPerSecond ?? DEFAULT_REQUESTS_PER_SECOND
  }

  /** Whether the limit of requests holds for loopback too. */
  get isLoopbackLimited(): boolean {
    return this.#options.requestsPerSecond !== undefined
  }

  /** Undefined: the default, from which loopback is exempt. */
  get connectionsPerAddress(): number | undefined {
    return this.#options.connectionsPerAddress
  }

  change(options: TuningOptions): void {
    this.#options = options
  }
}
