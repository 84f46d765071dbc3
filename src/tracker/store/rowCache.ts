import type { TorrentEntry } from '../../protocol/json/answer.js'
import type { TorrentRecord } from './catalog.js'
import type { Content } from './store.js'

/** Rows kept: with 100 peers a row is 4 KB and its text as much as 15 KB, so 40 MB at most. */
const MAX_ROWS = 2048

/** How often one choice among many peers is handed out before another is made. */
const USES_OF_CHOICE = 16

interface Kept {
  readonly row: TorrentEntry
  readonly content: Content
  readonly changes: number
  readonly maxPeers: number
  /** Infinity where all peers are in it. */
  usesLeft: number
}

const changesOf = ({ seeders, leechers }: TorrentRecord): number => seeders.changes + leechers.changes

const usesOf = ({ seeders, leechers }: TorrentRecord, maxPeers: number): number =>
  seeders.size <= maxPeers && leechers.size <= maxPeers ? Infinity : USES_OF_CHOICE

/**
 * Rows of the list as they were last made, so that the same page costs little, and the same object, so that what is
 * derived from it can be kept as well.
 *
 * Invariants: a row is only handed out while it is true; the rows kept are in order of their last use.
 */
export class RowCache {
  readonly #kept = new Map<TorrentRecord, Kept>()

  rowOf(torrent: TorrentRecord, maxPeers: number, make: () => TorrentEntry): TorrentEntry {
    const known = this.#kept.get(torrent)
    this.#kept.delete(torrent)
    const kept =
      known && this.#isTrue(known, torrent, maxPeers) ? known : this.#keep(torrent, maxPeers, make())
    kept.usesLeft--
    this.#kept.set(torrent, kept)
    return kept.row
  }

  #isTrue(kept: Kept, torrent: TorrentRecord, maxPeers: number): boolean {
    const isSame = kept.content === torrent.content && kept.changes === changesOf(torrent)
    return isSame && kept.maxPeers === maxPeers && kept.usesLeft > 0
  }

  #keep(torrent: TorrentRecord, maxPeers: number, row: TorrentEntry): Kept {
    if (this.#kept.size >= MAX_ROWS) this.#forgetOldest()
    const { content } = torrent
    return { row, content, changes: changesOf(torrent), maxPeers, usesLeft: usesOf(torrent, maxPeers) }
  }

  #forgetOldest(): void {
    for (const torrent of this.#kept.keys()) return void this.#kept.delete(torrent)
  }
}
