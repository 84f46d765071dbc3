import type { ListedPeer } from '../../protocol/json/answer.js'
import type { PeerId } from '../../protocol/ids.js'
import { isInReach, type AddressRange } from './addressRange.js'

/** Peers looked at for each that is wanted, at most, so that one that few are in reach of costs little. */
const LOOKED_AT = 8

/** A peer as a store keeps it. `listed` is replaced as a whole, so that it can be a key of what is derived from it. */
export interface PeerRecord {
  readonly peerId: PeerId
  /** The address from which it may be spoken for, where its id was not proven. */
  source: string
  listed: ListedPeer
  /** Of where it listens. */
  range: AddressRange
  lastHeard: number
}

/**
 * A set of peers from which some can be drawn without walking through all.
 *
 * Invariant: `#order` holds each peer once, and `#places` where.
 */
export class PeerSet {
  readonly #order: PeerRecord[] = []
  readonly #places = new Map<PeerRecord, number>()
  #changes = 0

  get size(): number {
    return this.#order.length
  }

  /** Goes up with each change of who is in it or of where one of them listens. */
  get changes(): number {
    return this.#changes
  }

  /** To be called when `listed` of one that is in it was replaced. */
  noteMove(): void {
    this.#changes++
  }

  has(peer: PeerRecord): boolean {
    return this.#places.has(peer)
  }

  add(peer: PeerRecord): void {
    if (this.#places.has(peer)) return
    this.#changes++
    this.#places.set(peer, this.#order.length)
    this.#order.push(peer)
  }

  /** Returns whether it was in. The last one takes its place. */
  delete(peer: PeerRecord): boolean {
    const place = this.#places.get(peer)
    if (place === undefined) return false
    this.#changes++
    this.#places.delete(peer)
    const last = this.#order.pop()
    if (last !== undefined && last !== peer) {
      this.#order[place] = last
      this.#places.set(last, place)
    }
    return true
  }

  all(): readonly PeerRecord[] {
    return [...this.#order]
  }

  /** Those that an asker in `range` may be told of: all, or `count` from a random place on. */
  sample(count: number, random: () => number, range: AddressRange): Map<PeerId, ListedPeer> {
    const size = this.#order.length
    const start = size <= count ? 0 : Math.floor(random() * size)
    const chosen = new Map<PeerId, ListedPeer>()
    for (let step = 0; step < Math.min(LOOKED_AT * count, size) && chosen.size < count; step++) {
      const peer = this.#order[(start + step) % size]
      if (peer !== undefined && isInReach(peer.range, range)) chosen.set(peer.peerId, peer.listed)
    }
    return chosen
  }
}
