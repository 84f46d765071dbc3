/** A peer that came by WebSocket, in one swarm. */
export interface WebSocketPeer {
  /** A binary string of 20 characters. */
  readonly peerId: string
  /** The address that it came from. */
  readonly host: string
  isComplete: boolean
  send(message: object): void
}

/**
 * The peers of one torrent that came by WebSocket, in no order.
 *
 * Invariant: `#places` says where in `#peers` each stands, and holds no other.
 */
export class WebSocketSwarm {
  readonly #peers: WebSocketPeer[] = []
  readonly #places = new Map<string, number>()
  completed = 0

  get size(): number {
    return this.#peers.length
  }

  get seeders(): number {
    return this.#peers.reduce((count, { isComplete }) => count + Number(isComplete), 0)
  }

  find(peerId: string): WebSocketPeer | undefined {
    const place = this.#places.get(peerId)
    return place === undefined ? undefined : this.#peers[place]
  }

  /** Puts `peer` in, in place of one with its id. */
  put(peer: WebSocketPeer): void {
    const place = this.#places.get(peer.peerId) ?? this.#peers.length
    this.#places.set(peer.peerId, place)
    this.#peers[place] = peer
  }

  /** The last one takes its place. */
  remove(peer: WebSocketPeer): void {
    const place = this.#places.get(peer.peerId)
    if (place === undefined || this.#peers[place] !== peer) return
    this.#places.delete(peer.peerId)
    const last = this.#peers.pop()
    if (last === undefined || last === peer) return
    this.#peers[place] = last
    this.#places.set(last.peerId, place)
  }

  /** At most `count` peers other than `asker` that stand together from a random place on; for a seeder no seeders. */
  sample(asker: WebSocketPeer, count: number, random: () => number): readonly WebSocketPeer[] {
    const chosen: WebSocketPeer[] = []
    const start = Math.floor(random() * this.size)
    for (let step = 0; step < Math.min(this.size, MAX_STEPS) && chosen.length < count; step++) {
      const peer = this.#peers[(start + step) % this.size]
      if (peer === undefined || peer === asker || (asker.isComplete && peer.isComplete)) continue
      chosen.push(peer)
    }
    return chosen
  }
}

/** Peers looked at for one answer. */
const MAX_STEPS = 200
