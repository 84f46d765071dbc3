import { peerKey } from '../../engine/swarm/peerBook.js'
import type { Endpoint } from '../../protocol/ids.js'
import { MAX_PEERS_IN_LIST } from '../../protocol/limits.js'

/** How this peer came to know of another: 'given' by the user, or in a magnet link. */
export type Origin = 'tracker' | 'pex' | 'lan' | 'given'

/**
 * How each peer of a torrent came to be known.
 *
 * Invariant: MAX_PEERS_IN_LIST at most, as many as are ever connected to; who named a peer first counts.
 */
export class Origins {
  readonly #known = new Map<string, Origin>()

  note(endpoints: readonly Endpoint[], origin: Origin): void {
    for (const endpoint of endpoints) {
      if (this.#known.size >= MAX_PEERS_IN_LIST) return
      const key = peerKey(endpoint)
      if (!this.#known.has(key)) this.#known.set(key, origin)
    }
  }

  of(endpoint: Endpoint): Origin | undefined {
    return this.#known.get(peerKey(endpoint))
  }
}
