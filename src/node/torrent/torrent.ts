import type { InitialSeeding } from '../../engine/seeding/initialSeeding.js'
import type { Swarm } from '../../engine/swarm/swarm.js'
import { RateMeter } from '../../engine/rate/rateMeter.js'
import { Bitfield } from '../../protocol/bitfield.js'
import { fromHex } from '../../protocol/hex.js'
import type { Endpoint, PeerId, TorrentId } from '../../protocol/ids.js'
import type { ListedPeer } from '../../protocol/json/answer.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { ChunkReader } from '../../storage/store.js'
import type { LinkEvents, PeerLink } from '../link/link.js'
import type { Limits } from '../limits.js'
import type { SessionDetail } from '../report/reports.js'
import { Takers } from '../serve/takers.js'
import type { ConnectedPeer } from '../wire/peerExchange.js'
import type { Description } from './description.js'
import { Origins } from './origins.js'
import type { Proofs } from './proofs.js'

/** Whether peers may come from its trackers alone (BEP 27). */
export const isPrivate = ({ description }: Torrent): boolean => description.metainfo?.isPrivate === true

/** A connection of the BitTorrent wire about a torrent. */
export interface TorrentSession {
  /** The other side, once it is known where it listens. */
  readonly contact: ConnectedPeer | undefined
  /** As it is told to a person. */
  readonly detail: SessionDetail
  /** Pieces were completed here. */
  tellHave(pieces: readonly number[]): void
  /** Nothing is wanted any more here. */
  tellComplete(): void
  /** Lets answers under way leave and ends the connection. */
  finish(): void
}

/** Takes in a peer that connected from `remote`; `attach` begins to take from it. */
export type Welcome = (remote: Endpoint, attach: (events: LinkEvents) => PeerLink) => void

/**
 * One torrent as this peer has it: what it is, which chunks are verified, and how to read them.
 *
 * Invariant: what is in `has` was verified and can be read.
 */
export interface Torrent {
  readonly description: Description
  readonly layout: Layout
  readonly has: Bitfield
  /** The pieces of which every chunk is in `has`. */
  readonly pieces: Bitfield
  readonly reader: ChunkReader
  readonly proofs: Proofs
  /** What each tracker calls it, by the tracker's address. */
  readonly torrentIds: Map<string, TorrentId>
  /** Its own rate limits, besides those of the peer. */
  readonly limits: Limits
  /** Bytes sent to peers. */
  readonly uploads: RateMeter
  /** Its peers that trackers named or that asked, for those who ask for peers. At most MAX_PEERS_IN_LIST. */
  readonly peers: Map<PeerId, ListedPeer>
  /** How its peers came to be known. */
  readonly origins: Origins
  /** Who takes from it by the JSON protocol. */
  readonly takers: Takers
  /** While it is fetched. */
  readonly swarm: Swarm | undefined
  /** Every connection of the BitTorrent wire. */
  readonly sessions: Set<TorrentSession>
  /** Connects to a peer that wants it, while it is moved. */
  connect: ((peer: Endpoint) => void) | undefined
  /** While this may be the only peer that has it: which pieces each peer is told of. */
  initialSeeding: InitialSeeding | undefined
  /** Who takes in peers that connect; undefined where nothing is fetched. */
  welcome: Welcome | undefined
  /** Whether others are served: while it is fetched, and when it is seeded. */
  isServed: boolean
}

export type NewTorrent = Pick<Torrent, 'description' | 'layout' | 'has' | 'reader' | 'proofs' | 'limits'> & {
  readonly torrentIds: ReadonlyMap<string, TorrentId>
}

/** A torrent that nobody has asked for yet. */
export const newTorrent = ({ torrentIds, ...parts }: NewTorrent): Torrent => ({
  ...parts,
  torrentIds: new Map(torrentIds),
  uploads: new RateMeter(),
  pieces: completePieces(parts.layout, parts.has),
  peers: new Map(),
  origins: new Origins(),
  takers: new Takers(),
  swarm: undefined,
  sessions: new Set(),
  initialSeeding: undefined,
  welcome: undefined,
  connect: undefined,
  isServed: true,
})

const completePieces = (layout: Layout, has: Bitfield): Bitfield => {
  if (has.isFull) return Bitfield.full(layout.pieceCount)
  const pieces = Bitfield.empty(layout.pieceCount)
  if (has.count === 0) return pieces
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const { first, count } = layout.chunksOf(piece)
    if (has.countIn(first, count) === count) pieces.add(piece)
  }
  return pieces
}

/** Whether everything that is wanted of it is here. */
export const wantsNothing = ({ swarm }: Torrent): boolean => swarm === undefined || swarm.isComplete

/** The 20 bytes that name the torrent on the wire: its v1 info-hash, else the first of the v2 one (BEP 52). */
export const wireHashOf = ({ description: { infoHash, infoHashV1 } }: Torrent): Uint8Array =>
  (fromHex(infoHashV1 ?? infoHash ?? '') ?? new Uint8Array(20)).subarray(0, 20)
