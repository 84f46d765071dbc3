import type { Swarm } from '../../engine/swarm/swarm.js'
import { RateMeter } from '../../engine/rate/rateMeter.js'
import type { Bitfield } from '../../protocol/bitfield.js'
import type { PeerId, TorrentId } from '../../protocol/ids.js'
import type { ListedPeer } from '../../protocol/json/answer.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { ChunkReader } from '../../storage/store.js'
import type { Description } from './description.js'
import type { Proofs } from './proofs.js'

/**
 * One torrent as this peer has it: what it is, which chunks are verified, and how to read them.
 *
 * Invariant: what is in `has` was verified and can be read.
 */
export interface Torrent {
  readonly description: Description
  readonly layout: Layout
  readonly has: Bitfield
  readonly reader: ChunkReader
  readonly proofs: Proofs
  /** What each tracker calls it, by the tracker's address. */
  readonly torrentIds: Map<string, TorrentId>
  /** Bytes sent to peers. */
  readonly uploads: RateMeter
  /** Its peers that trackers named or that asked, for those who ask for peers. At most MAX_PEERS_IN_LIST. */
  readonly peers: Map<PeerId, ListedPeer>
  /** While it is fetched. */
  readonly swarm: Swarm | undefined
  /** Whether others are served: while it is fetched, and when it is seeded. */
  isServed: boolean
}

export type NewTorrent = Pick<Torrent, 'description' | 'layout' | 'has' | 'reader' | 'proofs'> & {
  readonly torrentIds: ReadonlyMap<string, TorrentId>
}

/** A torrent that nobody has asked for yet. */
export const newTorrent = ({ torrentIds, ...parts }: NewTorrent): Torrent => ({
  ...parts,
  torrentIds: new Map(torrentIds),
  uploads: new RateMeter(),
  peers: new Map(),
  swarm: undefined,
  isServed: true,
})
