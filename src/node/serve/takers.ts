import { RateMeter } from '../../engine/rate/rateMeter.js'
import type { PeerId } from '../../protocol/ids.js'

/** Who has asked for nothing this long has gone. Milliseconds. */
const GONE_TIME = 30_000
/** Kept at about 300 bytes each: 300 KB of a torrent. */
const MAX_TAKERS = 1_000

/** A peer of the JSON protocol that takes from this one. Such a peer has no connection of its own that would tell. */
export interface Taker {
  readonly host: string
  /** Of its end of the last connection. */
  port: number
  readonly peerId: PeerId | undefined
  readonly isSecure: boolean
  readonly given: RateMeter
  heardAt: number
}

type Who = Pick<Taker, 'host' | 'port' | 'peerId' | 'isSecure'>

/** Who takes from a torrent by the JSON protocol. Invariant: MAX_TAKERS at most. */
export class Takers {
  readonly #takers = new Map<string, Taker>()

  /** `bytes` go to who holds the slot `key`. */
  give(key: string, who: Who, bytes: number, now: number): void {
    const taker = this.#takers.get(key) ?? this.#admit(key, who, now)
    if (taker === undefined) return
    taker.given.add(bytes, now)
    taker.heardAt = now
    taker.port = who.port
  }

  /** Those that are there at `now`. */
  present(now: number): ReadonlyMap<string, Taker> {
    for (const [key, taker] of this.#takers) if (now - taker.heardAt > GONE_TIME) this.#takers.delete(key)
    return this.#takers
  }

  #admit(key: string, who: Who, now: number): Taker | undefined {
    if (this.#takers.size >= MAX_TAKERS && this.present(now).size >= MAX_TAKERS) return undefined
    const taker = { ...who, given: new RateMeter(), heardAt: now }
    this.#takers.set(key, taker)
    return taker
  }
}
