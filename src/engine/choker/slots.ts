/** Peers served at once by default. */
const UPLOAD_SLOTS = 16
/** A slot whose holder asks for nothing this long is free again. Milliseconds. */
const IDLE_TIME = 10_000
/** How long a slot is safe from those who wait: long enough for a connection to reach its speed. */
const TURN_TIME = 20_000

interface Holder {
  readonly since: number
  lastUse: number
}

/**
 * Whom to serve: the first who ask, and when others wait, each for a turn.
 *
 * Invariant: at most `count` hold a slot.
 */
export class Slots {
  readonly #count: number
  readonly #holders = new Map<string, Holder>()

  constructor(count = UPLOAD_SLOTS) {
    this.#count = count
  }

  get used(): number {
    return this.#holders.size
  }

  /** `peer` wants to be served: whether it is (unchoked) or must wait (choked). */
  request(peer: string, now: number): boolean {
    const holder = this.#holders.get(peer)
    if (holder !== undefined) {
      holder.lastUse = now
      return true
    }
    if (this.#holders.size >= this.#count && !this.#makeRoom(now)) return false
    this.#holders.set(peer, { since: now, lastUse: now })
    return true
  }

  release(peer: string): void {
    this.#holders.delete(peer)
  }

  /** Takes the slot of one that is idle, else of the one whose turn is longest over; returns whether there was any. */
  #makeRoom(now: number): boolean {
    let longest: string | undefined
    let since = now - TURN_TIME
    for (const [peer, holder] of this.#holders) {
      if (now - holder.lastUse > IDLE_TIME) return this.#holders.delete(peer)
      if (holder.since > since) continue
      longest = peer
      since = holder.since
    }
    return longest !== undefined && this.#holders.delete(longest)
  }
}
