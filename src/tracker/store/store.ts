import type { FileEntry, ListedPeer, PeerTable, TorrentEntry } from '../../protocol/json/answer.js'
import type { Upload } from '../../protocol/json/upload.js'
import type { InfoHash, PeerId, TorrentId } from '../../protocol/ids.js'

/** A value now, or later where the store is another process. */
export type Awaitable<Value> = Value | Promise<Value>

/** A peer that asks for something to be noted. */
export interface Registrant {
  readonly peerId: PeerId
  /** The address its request came from: whoever comes from another does not speak for it. */
  readonly source: string
  /** How others are told of it. */
  readonly listed: ListedPeer
}

/** What is known of a torrent apart from its peers. */
export interface Content extends Upload {
  /** The files of a folder. */
  readonly files: readonly FileEntry[] | undefined
  /** Whether the metainfo was checked against the info-hash, so that every other field follows from it. */
  readonly isProven: boolean
}

/** A torrent as a client names it. */
export interface TorrentRef {
  readonly torrentId: TorrentId
  /** When it is another than that torrent's, there is no such torrent. */
  readonly infoHash: InfoHash | undefined
}

export type Role = 'seeder' | 'leecher'

export type Publication =
  | { readonly outcome: 'published'; readonly torrentId: TorrentId }
  /** The peer is registered from another address. */
  | { readonly outcome: 'foreign' }
  /** The content has no info-hash and the peer seeds something else. */
  | { readonly outcome: 'already-seeding'; readonly torrentId: TorrentId }
  | { readonly outcome: 'full'; readonly limit: string }

export type Joining =
  | { readonly outcome: 'joined' }
  | { readonly outcome: 'foreign' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'full'; readonly limit: string }

export type Leaving = 'left' | 'foreign' | 'unknown'

export interface PageRequest {
  /** A part of the name, in any case. */
  readonly query: string | undefined
  /** How many matching torrents to pass over. */
  readonly offset: number
  readonly limit: number
  /** Peers in each table of a row, chosen at random where there are more. */
  readonly maxPeers: number
}

export interface Page {
  readonly rows: readonly TorrentEntry[]
  /** Whether there are matching torrents behind these. */
  readonly hasMore: boolean
}

/** A torrent with some of its peers. */
export interface TorrentView {
  readonly torrentId: TorrentId
  readonly content: Content
  readonly seeders: PeerTable
  readonly leechers: PeerTable
}

export interface StoreCounts {
  /** Torrents that have an id. */
  readonly torrents: number
  /** Those with a seeder. */
  readonly listed: number
  readonly peers: number
  /** Pairs of a peer and a torrent that it seeds or leeches. */
  readonly registrations: number
  readonly metainfoBytes: number
}

/**
 * Who shares what. Every operation is atomic. Times are milliseconds of the tracker's clock.
 *
 * Invariants that each store keeps:
 * - ids are given from 1 in order and never to other content; the same content has the same id (see contentKey);
 * - a peer is in a torrent once, as seeder or as leecher; a peer in no torrent is forgotten;
 * - a torrent is listed while it has a seeder;
 * - what is proven of a torrent is never replaced, what is not gives way to what is;
 * - no limit of StoreLimits is passed.
 */
export interface TrackerStore {
  /** Makes `peer` a seeder of `content`. */
  publish(peer: Registrant, content: Content, now: number): Awaitable<Publication>

  /** Makes `peer` a member; a leecher that joins as seeder moves, a seeder that joins as leecher stays seeder. */
  join(peer: Registrant, torrent: TorrentRef, role: Role, now: number): Awaitable<Joining>

  /** Takes `peer` out, also when it was not in. */
  leave(peer: Registrant, torrent: TorrentRef, now: number): Awaitable<Leaving>

  /** Notes that `peer` was heard from, if it is registered from that address. */
  touch(peer: Registrant, now: number): Awaitable<void>

  /** At most `maxPeers` of each kind, chosen at random where there are more. */
  torrent(torrent: TorrentRef, maxPeers: number): Awaitable<TorrentView | undefined>

  /** Listed torrents in order of id. */
  page(request: PageRequest): Awaitable<Page>

  /** Drops the peers last heard from before `time` and returns them. */
  expire(time: number): Awaitable<readonly (ListedPeer & { readonly peerId: PeerId })[]>

  counts(): Awaitable<StoreCounts>

  close(): Awaitable<void>
}

/**
 * What makes two shares the same: the info-hash, else the root with the number of chunks, else the v1 info-hash;
 * without any of them only the same peer can share the same again.
 */
export const contentKey = (peerId: PeerId, content: Content): string => {
  if (content.infoHash !== undefined) return `v2 ${content.infoHash}`
  if (content.rootHash !== undefined) return `root ${content.rootHash} ${content.chunks}`
  if (content.infoHashV1 !== undefined) return `v1 ${content.infoHashV1}`
  return `peer ${peerId} ${content.chunks} ${content.fileName}`
}
