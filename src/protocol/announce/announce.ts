import type { Endpoint } from '../ids.js'

/** Bytes of an info-hash in an announce, SHA-1 or a SHA-256 cut to as many (BEP 52), and of a peer id (BEP 3). */
export const ID_BYTES = 20

/** Torrents in one scrape: what the UDP protocol has room for (BEP 15). */
export const MAX_SCRAPED = 74

/** 'paused': complete as far as it shall be, and a partial seed; said in every announce then (BEP 21). */
export const ANNOUNCE_EVENTS = ['started', 'completed', 'stopped', 'paused'] as const
export type AnnounceEvent = (typeof ANNOUNCE_EVENTS)[number]

/** What a peer tells a tracker of one torrent. */
export interface AnnounceRequest {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** Where the peer listens. */
  readonly port: number
  /** Bytes since 'started'. */
  readonly uploaded: number
  /** Bytes since 'started'. */
  readonly downloaded: number
  /** Bytes that are missing. */
  readonly left: number
  /** Undefined for an announce that is made at its interval. */
  readonly event: AnnounceEvent | undefined
  /** Peers asked for; undefined: as many as the tracker likes. */
  readonly wanted: number | undefined
  /** 32 bits that only this peer and its trackers know, by which it is known again at another address. */
  readonly key: number | undefined
}

/** A peer that a tracker names. */
export interface AnnouncedPeer extends Endpoint {
  /** 20 bytes; only the dictionary form has it. */
  readonly peerId: Uint8Array | undefined
}

export interface AnnounceSuccess {
  readonly kind: 'success'
  /** Seconds until the next announce. */
  readonly interval: number | undefined
  /** Seconds below which the tracker does not want to be asked again. */
  readonly minInterval: number | undefined
  /** To be sent back with the next announce. */
  readonly trackerId: Uint8Array | undefined
  /** Something for a person to read. */
  readonly warning: string | undefined
  readonly seeders: number | undefined
  readonly leechers: number | undefined
  readonly peers: readonly AnnouncedPeer[]
}

export interface AnnounceFailure {
  readonly kind: 'failure'
  readonly reason: string
  /** Minutes (BEP 31); Infinity: never. Undefined: the tracker does not say. */
  readonly retryIn: number | undefined
}

export type AnnounceResponse = AnnounceSuccess | AnnounceFailure

/** One torrent as a tracker counts its peers (BEP 48). */
export interface ScrapeEntry {
  readonly seeders: number
  /** Peers that ever said 'completed'. */
  readonly completed: number
  readonly leechers: number
}
