import { ID_BYTES } from '../../protocol/announce/announce.js'
import { fromHex } from '../../protocol/hex.js'
import type { FileEntry, ListedPeer, PeerTable, TorrentEntry } from '../../protocol/json/answer.js'
import type { Upload } from '../../protocol/json/upload.js'
import type { InfoHash, PeerId, TorrentId } from '../../protocol/ids.js'
import type { Announce, Announced, Denial, Role, SwarmCounts } from './announce.js'

export type { Role } from './announce.js'

/** A value now, or later where the store is another process. */
export type Awaitable<Value> = Value | Promise<Value>

/** A peer that asks for something to be noted. */
export interface Registrant {
  readonly peerId: PeerId
  /** The address its request came from: whoever comes from another does not speak for it. */
  readonly source: string
  /** How others are told of it. */
  readonly listed: ListedPeer
  /**
   * Whether it has proven to hold the key that its id stands for. From then on nobody speaks for that id who has not, and
   * its holder does from any address.
   */
  readonly isProven?: boolean
  /** Whether it is refused unless it is registered already: there is no memory for more. */
  readonly onlyIfKnown?: boolean
}

/** What is known of a torrent apart from its peers. */
export interface Content extends Upload {
  /** The files of a folder. */
  readonly files: readonly FileEntry[] | undefined
  /** Whether the metainfo was checked against the info-hash, so that every other field follows from it. */
  readonly isProven: boolean
}

/** What is known without reading the metainfo, which a store may keep elsewhere. */
export type ListedContent = Omit<Content, 'metainfo'>

/** A torrent as a client names it. */
export interface TorrentRef {
  readonly torrentId: TorrentId
  /** When it is another than that torrent's, there is no such torrent. */
  readonly infoHash: InfoHash | undefined
}

/** Why a peer may not speak for an id: it is registered from another address, or only who holds its key may. */
export type Stranger = 'foreign' | 'unproven'

export type Publication =
  | { readonly outcome: 'published'; readonly torrentId: TorrentId }
  | { readonly outcome: Stranger }
  /** The content has no info-hash and the peer seeds something else. */
  | { readonly outcome: 'already-seeding'; readonly torrentId: TorrentId }
  | { readonly outcome: 'full'; readonly limit: string }

export type Joining =
  | { readonly outcome: 'joined' }
  | { readonly outcome: Stranger }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'full'; readonly limit: string }

export type Leaving = 'left' | Stranger | 'unknown'

/**
 * Which torrents are swarms: in a catalog those that were shared, in the open any that is announced. Either way what
 * was shared is listed by name.
 */
export type TrackerMode = 'catalog' | 'open'

/**
 * Who asks for peers. Peers that speak the BitTorrent wire alone are named only to those that say they speak it, and
 * no address is given to whom it means nothing (addressRange.ts).
 */
export type Asker = Pick<ListedPeer, 'host' | 'wires'>

export interface PageRequest {
  /** A part of the name, in any case. */
  readonly query: string | undefined
  /** How many matching torrents to pass over. */
  readonly offset: number
  readonly limit: number
  /** Peers in each table of a row, chosen at random where there are more. */
  readonly maxPeers: number
  readonly asker: Asker
}

export interface Page {
  readonly rows: readonly TorrentEntry[]
  /** Whether there are matching torrents behind these. */
  readonly hasMore: boolean
}

/** A torrent with some of its peers. */
export interface TorrentView {
  readonly torrentId: TorrentId
  readonly content: ListedContent
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
  /** Swarms of BitTorrent clients and of peers that speak their wire. */
  readonly swarms: number
  /** Peers of all swarms; one that is in several counts in each. */
  readonly swarmPeers: number
}

/**
 * Who shares what. Every operation is atomic. Times are milliseconds of the tracker's clock.
 *
 * Invariants that each store keeps:
 * - ids are given from 1 in order and never to other content; the same content has the same id (see contentKey);
 * - a peer is in a torrent once, as seeder or as leecher; a peer in no torrent is forgotten;
 * - a torrent is listed while it has a seeder, to simple peers only while it has one that speaks JSON;
 * - what is proven of a torrent is never replaced, what is not gives way to what is;
 * - an id that was proven is registered by its holder alone, who takes the place of whoever stood there before; it is
 *   forgotten only where there are too many, the longest unheard first, and never while it is in a torrent;
 * - no limit of StoreLimits is passed.
 *
 * JSON peers and BitTorrent peers are in one swarm. A JSON peer whose WIRES have 'bittorrent' is given to BitTorrent
 * clients; a BitTorrent peer is listed with WIRES ["bittorrent"] under a PEER_ID made for it (wirePeer.ts), and never
 * takes the place of one that registered under that id.
 *
 * @throws ShoalError STORE_UNREACHABLE or STORE_FAILED, from every operation of a store outside this process
 */
export interface TrackerStore {
  /** Makes `peer` a seeder of `content`. */
  publish(peer: Registrant, content: Content, now: number): Awaitable<Publication>

  /** Makes `peer` a member; a leecher that joins as seeder moves, a seeder that joins as leecher stays seeder. */
  join(peer: Registrant, torrent: TorrentRef, role: Role, now: number): Awaitable<Joining>

  /** Takes `peer` out, also when it was not in. */
  leave(peer: Registrant, torrent: TorrentRef, now: number): Awaitable<Leaving>

  /** Notes that `peer` was heard from, if it may speak for its id. */
  touch(peer: Registrant, now: number): Awaitable<void>

  /** Whether the holder of this id has proven its key, so that nobody else may speak for it. */
  isProven(peerId: PeerId): Awaitable<boolean>

  /** At most `maxPeers` of each kind, chosen at random where there are more. */
  torrent(torrent: TorrentRef, maxPeers: number, asker: Asker): Awaitable<TorrentView | undefined>

  /** The .torrent, where one was shared. */
  metainfo(torrentId: TorrentId): Awaitable<Uint8Array | undefined>

  /** Listed torrents in order of id. */
  page(request: PageRequest): Awaitable<Page>

  /** Notes what a BitTorrent peer announces and gives it others. */
  announce(announce: Announce, now: number): Awaitable<Announced | Denial>

  /** Whether an announce of this info-hash (20 bytes) would be taken. */
  accepts(infoHash: Uint8Array): Awaitable<boolean>

  /** What is known of each swarm (info-hashes of 20 bytes); undefined where an announce would not be taken. */
  scrape(infoHashes: readonly Uint8Array[]): Awaitable<readonly (SwarmCounts | undefined)[]>

  /**
   * Takes a torrent out of the catalog: nobody is in it any more, announces of its info-hashes are denied from now on, in
   * open mode too, and its id is not given again. Shared anew it is a new torrent. Returns whether there was one.
   */
  remove(torrentId: TorrentId): Awaitable<boolean>

  /** Drops the peers last heard from before `time`, and returns those that had registered. */
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

/** The info-hashes by which BitTorrent clients name it, of 20 bytes each: of v1, and of v2 cut to as many (BEP 52). */
export const infoHashesOf = ({
  infoHash,
  infoHashV1,
}: Pick<Content, 'infoHash' | 'infoHashV1'>): readonly Uint8Array[] =>
  [infoHashV1, infoHash?.slice(0, 2 * ID_BYTES)]
    .map((digits) => digits && fromHex(digits))
    .filter((hash) => hash !== undefined && hash !== '')
