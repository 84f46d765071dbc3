import { toHex } from '../../protocol/hex.js'
import type { TorrentName } from '../../protocol/json/request.js'
import type { Torrent } from './torrent.js'
import { wireHashesOf, type WireHash } from './wireHashes.js'

/** The torrents that this peer serves, found by any of their names. */
export class TorrentTable {
  readonly #torrents = new Set<Torrent>()
  readonly #wireHashes = new WeakMap<Torrent, readonly WireHash[]>()
  /** Addresses of the trackers, the first one first: an id that is not said whose means its. */
  readonly #trackers: readonly string[]

  constructor(trackers: readonly string[]) {
    this.#trackers = trackers
  }

  add(torrent: Torrent): void {
    this.#torrents.add(torrent)
    this.#wireHashes.set(torrent, wireHashesOf(torrent))
  }

  delete(torrent: Torrent): void {
    this.#torrents.delete(torrent)
  }

  /** The torrent that a handshake of the BitTorrent wire names: by its v1 info-hash, or the first 20 bytes of the v2 one. */
  byWireHash(bytes: Uint8Array): Torrent | undefined {
    const hash = toHex(bytes)
    return [...this.#torrents].find(({ isServed, description: { infoHash, infoHashV1 } }) => {
      return isServed && (infoHashV1 === hash || infoHash?.slice(0, hash.length) === hash)
    })
  }

  /** The info-hash, as a handshake of the wire has it, that an obfuscated one means (MSE). */
  wireHashOf(obfuscated: Uint8Array): Uint8Array | undefined {
    const asked = toHex(obfuscated)
    for (const torrent of this.#torrents) {
      const found = this.#wireHashes.get(torrent)?.find((name) => name.obfuscated === asked)
      if (found !== undefined) return found.infoHash
    }
    return undefined
  }

  /**
   * The torrent meant by a request of the JSON protocol; with neither name the one that is seeded, else the oldest.
   * Never one of v1 alone, whose chunks are not those that the protocol numbers.
   */
  find({ infoHash, torrentId }: TorrentName): Torrent | undefined {
    const served = [...this.#torrents].filter((torrent) => torrent.isServed && !torrent.layout.isStream)
    if (infoHash !== undefined) return served.find((torrent) => torrent.description.infoHash === infoHash)
    if (torrentId === undefined) return served.find((torrent) => torrent.has.isFull) ?? served[0]
    for (const tracker of this.#trackers) {
      const found = served.find((torrent) => torrent.torrentIds.get(tracker) === torrentId)
      if (found !== undefined) return found
    }
    return undefined
  }
}
