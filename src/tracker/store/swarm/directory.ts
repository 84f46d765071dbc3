import { toHex } from '../../../protocol/hex.js'
import { Names } from './names.js'
import { Swarm } from './swarm.js'

/** Info-hashes of removed torrents that are remembered, for open mode: 100 bytes each. The oldest is forgotten first. */
const MAX_DENIED = 100_000

/**
 * The swarms there are, by info-hash and by number.
 *
 * Invariant: a number below `#swarms.length` is of a swarm, or it is in `#free`.
 */
export class SwarmDirectory {
  readonly names = new Names()
  readonly #isOpen: boolean
  readonly #swarms: (Swarm | undefined)[] = []
  readonly #free: number[] = []
  readonly #denied = new Set<string>()

  /** `isOpen`: whether any info-hash may become a swarm. */
  constructor(isOpen: boolean) {
    this.#isOpen = isOpen
  }

  get size(): number {
    return this.#swarms.length - this.#free.length
  }

  at(index: number): Swarm | undefined {
    return this.#swarms[index]
  }

  create(): Swarm {
    const swarm = new Swarm(this.#free.pop() ?? this.#swarms.length)
    this.#swarms[swarm.index] = swarm
    return swarm
  }

  /** Forgets a swarm that nothing was shared in and nobody is in. */
  dropIfUnused(swarm: Swarm): void {
    if (swarm.members.length > 0 || swarm.torrent !== undefined || this.#swarms[swarm.index] !== swarm) return
    this.names.deleteAll(swarm)
    this.#swarms[swarm.index] = undefined
    this.#free.push(swarm.index)
  }

  /** Whether an info-hash that leads to no swarm may become one. */
  isOpenTo(infoHash: Uint8Array): boolean {
    return this.#isOpen && (this.#denied.size === 0 || !this.#denied.has(toHex(infoHash)))
  }

  deny(infoHash: Uint8Array): void {
    if (!this.#isOpen) return
    for (const oldest of this.#denied) {
      if (this.#denied.size < MAX_DENIED) break
      this.#denied.delete(oldest)
    }
    this.#denied.add(toHex(infoHash))
  }

  allow(infoHash: Uint8Array): void {
    this.#denied.delete(toHex(infoHash))
  }
}
