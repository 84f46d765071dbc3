/** What is said to a new peer where there is no memory for it, see `onlyIfKnown`. */
export const NO_MEMORY = 'the tracker has no memory left for another peer: try again later'

/** What a store holds at most; a request beyond it is refused and changes nothing. */
export interface StoreLimits {
  readonly torrents: number
  readonly peers: number
  /** Seeders and leechers of one torrent together. */
  readonly peersPerTorrent: number
  readonly torrentsPerPeer: number
  /** Pairs of a peer and a torrent. */
  readonly registrations: number
  /** Of all .torrent files kept together. */
  readonly metainfoBytes: number
  /** Files of all folders together. */
  readonly files: number
  /** Of BitTorrent clients. */
  readonly swarms: number
  /** Peers of all swarms; one that is in several counts in each. */
  readonly swarmPeers: number
  /** Ids whose holders have proven their keys, whether they are here or not. */
  readonly provenIds: number
}

/**
 * Together under 1 GB: 100,000 torrents at about 1 KB (100 MB), 100,000 peers at 1 KB (100 MB),
 * 1,000,000 registrations at 200 bytes (200 MB: a slot in the torrent's order, its index and the peer's set),
 * 256 MiB of metainfo, 1,000,000 file entries at 250 bytes (250 MB).
 * Besides them swarms: 500,000 at 300 bytes (150 MB), 2,000,000 peers at 120 bytes (240 MB).
 * 250,000 proven ids at 150 bytes (40 MB): more than can be registered, so that there is always one to forget.
 * A torrent of 10,000 peers is beyond what any tracker of this dialect has seen; 10,000 torrents are a large archive.
 */
export const STORE_LIMITS: StoreLimits = {
  torrents: 100_000,
  peers: 100_000,
  peersPerTorrent: 10_000,
  torrentsPerPeer: 10_000,
  registrations: 1_000_000,
  metainfoBytes: 256 * 1024 * 1024,
  files: 1_000_000,
  swarms: 500_000,
  swarmPeers: 2_000_000,
  provenIds: 250_000,
}
