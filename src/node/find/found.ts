import type { Endpoint, TorrentId } from '../../protocol/ids.js'
import type { PeerTable } from '../../protocol/json/answer.js'
import type { FileRange } from '../../protocol/metainfo/magnet.js'
import type { Description } from '../torrent/description.js'

/** A torrent that was looked up, whatever it was named by. */
export interface Found {
  readonly description: Description
  /** What each tracker that has it calls it. */
  readonly torrentIds: ReadonlyMap<string, TorrentId>
  /** Peers that trackers named. */
  readonly peers: PeerTable
  /** Peers named elsewhere, in a magnet link for one. */
  readonly endpoints: readonly Endpoint[]
  /** Announce URLs of a magnet link, which a .torrent without any is announced to. */
  readonly magnetTrackers?: readonly string[]
  /** Web seeds of a magnet link, besides those of the .torrent. */
  readonly magnetWebSeeds?: readonly string[]
  /** The files that a magnet link selects (BEP 53). */
  readonly select?: readonly FileRange[] | undefined
}
