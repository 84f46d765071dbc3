import type { PeerId } from '../../protocol/ids.js'
import type { Archive } from './archive.js'

/** Ids looked at to find one that may be forgotten: those of registered peers are passed over, and come last then. */
export const LOOKED_AT = 64

/**
 * The ids that their holders have proven to hold the keys of, see `isProven` of a Registrant.
 *
 * Invariants: in order of when each was heard from or found registered, the longest ago first; no more than `limit`, but
 * for those that are registered, which are never forgotten.
 */
export class ProvenIds {
  readonly #limit: number
  readonly #archive: Archive
  readonly #isRegistered: (peerId: PeerId) => boolean
  readonly #ids: Set<PeerId>

  constructor(limit: number, archive: Archive, isRegistered: (peerId: PeerId) => boolean) {
    this.#limit = limit
    this.#archive = archive
    this.#isRegistered = isRegistered
    this.#ids = new Set(archive.loadProven())
  }

  has(peerId: PeerId): boolean {
    return this.#ids.has(peerId)
  }

  /** Notes that the holder of `peerId` was heard from; returns whether it had never been. */
  hear(peerId: PeerId): boolean {
    const isNew = !this.#ids.delete(peerId)
    this.#ids.add(peerId)
    // How recent the others are is written with what they register for: a write for each heartbeat would be too many.
    if (isNew || !this.#isRegistered(peerId)) this.#archive.noteProven(peerId, isNew)
    if (isNew) this.#makeRoom()
    return isNew
  }

  #makeRoom(): void {
    let looked = 0
    for (const peerId of this.#ids) {
      if (this.#ids.size <= this.#limit || looked++ === LOOKED_AT) return
      this.#ids.delete(peerId)
      if (this.#isRegistered(peerId)) this.#ids.add(peerId)
      else this.#archive.forgetProven(peerId)
    }
  }
}
