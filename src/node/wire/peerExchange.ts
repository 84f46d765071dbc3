import type { Endpoint } from '../../protocol/ids.js'
import type { PexMessage, PexPeer } from '../../protocol/wire/extension/pex.js'

/** BEP 11: no more than one message a minute. Milliseconds. */
const INTERVAL = 60_000
/** Who tells more often than this is not listened to: honest clocks differ a little. */
const LEAST_INTERVAL = 30_000
/** BEP 11: contacts of either kind in a message. */
const MAX_TOLD = 50

/** A peer that is connected to, as others are told of it. */
export interface ConnectedPeer {
  readonly key: string
  readonly peer: PexPeer
}

/**
 * What one peer was told of the others (BEP 11), and when it told us.
 *
 * Invariant: `#told` holds the peers it was told of and not told to drop, at most as many as were ever connected at once.
 */
export class PeerExchange {
  readonly #told = new Map<string, Endpoint>()
  #tellAt = 0
  #heardAt = -Infinity

  /** Whether it is time to tell of `connected` peers. */
  isDue(now: number): boolean {
    return now >= this.#tellAt
  }

  /** What to tell at `now`, undefined where nothing changed. */
  next(connected: readonly ConnectedPeer[], now: number): PexMessage | undefined {
    const present = new Set(connected.map(({ key }) => key))
    const news = new Map(connected.filter(({ key }) => !this.#told.has(key)).map((one) => [one.key, one]))
    const added = [...news.values()].slice(0, MAX_TOLD)
    const dropped = [...this.#told].filter(([key]) => !present.has(key)).slice(0, MAX_TOLD)
    if (added.length + dropped.length === 0) return undefined
    for (const { key, peer } of added) this.#told.set(key, peer)
    for (const [key] of dropped) this.#told.delete(key)
    this.#tellAt = now + INTERVAL
    return { added: added.map(({ peer }) => peer), dropped: dropped.map(([, endpoint]) => endpoint) }
  }

  /** Whether what it tells at `now` is listened to. */
  mayHear(now: number): boolean {
    if (now - this.#heardAt < LEAST_INTERVAL) return false
    this.#heardAt = now
    return true
  }
}
