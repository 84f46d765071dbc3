import type { AnnounceEvent, ScrapeEntry } from '../../protocol/announce/announce.js'

/** What a peer is to a torrent. */
export type Role = 'seeder' | 'leecher'

/** Which addresses an answer has room for: a datagram that of one family, an answer over HTTP both. */
export type Families = 'IPv4' | 'IPv6' | 'both'

/**
 * What a BitTorrent peer tells of one torrent.
 *
 * In a swarm a peer is an address and a port: the address was seen, so nobody elsewhere can speak for it, and who comes
 * back from the same place with a new peer id is the same one. Its key (BEP 7) is therefore not needed. A peer of both
 * address families counts once in each.
 *
 * A store copies what it keeps before the call returns, so that the same object and buffers may serve for the next.
 */
export interface Announce {
  /** 20 bytes: that of v1, or the beginning of that of v2 (BEP 52); those of a hybrid torrent lead to the same swarm. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Where it was seen: 4 or 16 bytes, as parseAddress reads them; an IPv4 address in IPv6 form counts as IPv4. */
  readonly address: Uint8Array
  /** Where it listens, 1 to 65,535. */
  readonly port: number
  /** A seeder has nothing left to fetch. */
  readonly role: Role
  /** 'stopped' takes it out, if its peer id is the one that was announced; 'paused' is a partial seed (BEP 21). */
  readonly event: AnnounceEvent | undefined
  /** Peers to be given, of all families together; 0 for none. The caller bounds it. */
  readonly wanted: number
  readonly families: Families
  /** Whether the peer ids of those given are wanted too. */
  readonly withPeerIds: boolean
  /** Whether it is refused unless it is in the swarm already: there is no memory for more. */
  readonly onlyIfKnown?: boolean
}

/** How many are in a swarm. Simple peers, which speak JSON alone, are not counted: BitTorrent clients cannot use them. */
export type SwarmCounts = ScrapeEntry

/**
 * The answer to an announce: peers chosen at random, never the asker itself, no seeders for a seeder or a partial seed,
 * and no address that means nothing where the asker is (addressRange.ts).
 */
export interface Announced extends SwarmCounts {
  /** False where the store has no room for another peer: the asker was given peers, and is not given to others. */
  readonly isListed: boolean
  /** Six bytes each (BEP 23). */
  readonly ipv4: Uint8Array
  /** Eighteen bytes each (BEP 7). */
  readonly ipv6: Uint8Array
  /** 20 bytes each, those of `ipv4` first; empty unless they were wanted. */
  readonly peerIds: Uint8Array
}

/**
 * Why an announce is not answered. 'full': the store has no room for another swarm (open mode); 'unknown': the peer is
 * not in the swarm, and `onlyIfKnown` was said.
 */
export type Denial = 'unregistered' | 'full' | 'unknown'
