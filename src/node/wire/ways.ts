import { peerKey } from '../../engine/swarm/peerBook.js'
import type { Endpoint } from '../../protocol/ids.js'

/** How a connection begins: with the handshake of the wire, with an obfuscated one before it (MSE), or with TLS. */
export type Way = 'plain' | 'obfuscated' | 'secure'

/** Endpoints whose way is remembered: at about 150 bytes each 600 KB. The one learned first is forgotten. */
const MAX_KNOWN = 4096

/**
 * By which way peers answered.
 *
 * Invariant: holds endpoints whose last connection was answered, MAX_KNOWN at most.
 */
export class Ways {
  readonly #known = new Map<string, Way>()

  /** The ways to try, one after the other: the one that is known, else plain first, which costs both sides nothing. */
  of(endpoint: Endpoint): readonly Way[] {
    const known = this.#known.get(peerKey(endpoint))
    return known === undefined ? ['plain', 'obfuscated'] : [known]
  }

  /** The peer answered. */
  succeed(endpoint: Endpoint, way: Way): void {
    const key = peerKey(endpoint)
    this.#known.delete(key)
    this.#known.set(key, way)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }

  /** The peer did not answer: next time all ways are tried. */
  fail(endpoint: Endpoint): void {
    this.#known.delete(peerKey(endpoint))
  }
}
