import type { TorrentEntry } from '../../protocol/json/answer.js'
import type { TorrentRecord } from './catalog.js'
import type { ListedContent } from './store.js'

/** Rows kept: with 100 peers a row is 4 KB and its text as much as 15 KB, so 40 MB at most. */
const MAX_ROWS = 2048

/** How often one choice among many peers is handed out before another is made. */
const USES_OF_CHOICE = 16

/** Whom a row is for: askers of one kind see the same. */
const AUDIENCES = 16

interface Kept {
  readonly row: TorrentEntry
  readonly content: ListedContent
  readonly changes: number
  readonly maxPeers: number
  /** Infinity where all peers are in it. */
  usesLeft: number
}

const changesOf = ({ seeders, leechers, swarm }: TorrentRecord): number =>
  seeders.changes + leechers.changes + (swarm?.changes ?? 0)

const isSmall = ({ seeders, leechers, swarm }: TorrentRecord, maxPeers: number): boolean =>
  Math.max(seeders.size, leechers.size, swarm?.members.length ?? 0) <= maxPeers

/**
 * Rows of the list as they were last made, so that the same page costs little, and the same object, so that what is
 * derived from it can be kept as well.
 *
 * Invariants: a row is only handed out while it is true; the rows kept are in order of their last use.
 */
export class RowCache {
  readonly #kept = new Map<number, Kept>()

  /** `audience`, below AUDIENCES, is all that the row depends on besides the torrent and `maxPeers`. */
  rowOf(torrent: TorrentRecord, maxPeers: number, audience: number, make: () => TorrentEntry): TorrentEntry {
    const key = torrent.id * AUDIENCES + audience
    const known = this.#kept.get(key)
    this.#kept.delete(key)
    const kept =
      known && this.#isTrue(known, torrent, maxPeers) ? known : this.#keep(torrent, maxPeers, make())
    kept.usesLeft--
    this.#kept.set(key, kept)
    return kept.row
  }

  #isTrue(kept: Kept, torrent: TorrentRecord, maxPeers: number): boolean {
    const isSame = kept.content === torrent.content && kept.changes === changesOf(torrent)
    return isSame && kept.maxPeers === maxPeers && kept.usesLeft > 0
  }

  #keep(torrent: TorrentRecord, maxPeers: number, row: TorrentEntry): Kept {
    if (this.#kept.size >= MAX_ROWS) this.#forgetOldest()
    const { content } = torrent
    const usesLeft = isSmall(torrent, maxPeers) ? Infinity : USES_OF_CHOICE
    return { row, content, changes: changesOf(torrent), maxPeers, usesLeft }
  }

  #forgetOldest(): void {
    for (const key of this.#kept.keys()) return void this.#kept.delete(key)
  }
}
