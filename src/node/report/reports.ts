import type { TrackerState } from '../../discovery/trackerReport.js'

/** What a piece can be. 'unwanted': of files that are skipped alone, and not here. */
export const PIECE_STATES = ['missing', 'partial', 'inFlight', 'have', 'unwanted'] as const
export type PieceState = (typeof PIECE_STATES)[number]

export const MOST_COPIES = 0xffff

/** The pieces of a transfer at one moment. */
export interface PieceMap {
  readonly pieceCount: number
  /** Bytes. */
  readonly pieceLength: number
  /** Of each piece its place in PIECE_STATES. */
  readonly states: Uint8Array
  /** Copies of each piece among the peers that it is fetched from, MOST_COPIES at most; 0 where nothing is fetched. */
  readonly availability: Uint16Array
}

/** One tracker of a transfer. */
export interface TrackerDetail {
  /** 'shoal': of the JSON protocol. 'announce': of BitTorrent. */
  readonly kind: 'shoal' | 'announce'
  /** HOST:PORT, fit to be shown to anybody. */
  readonly name: string
  /** In full; its path may hold a secret of its user. */
  readonly url: string
  /** Of announce URLs (BEP 12), from 0. */
  readonly tier: number | undefined
  readonly state: TrackerState
  /** Why it fails, fit to be shown. */
  readonly error: string | undefined
  readonly seeders: number | undefined
  readonly leechers: number | undefined
  /** Seconds until it is asked again. */
  readonly nextIn: number | undefined
}

/** What came of hashing a transfer's content anew. */
export interface RecheckReport {
  readonly pieceCount: number
  /** Pieces that are not there, or not as they should be; of a download also those that it does not have yet. */
  readonly badPieces: number
}

/** What went in and out over the last ten minutes, as far as anything did. */
export interface RateHistory {
  /** Milliseconds between two samples. */
  readonly interval: number
  /** Bytes a second, the oldest first; the last is of about now. Empty where nothing moved. */
  readonly download: Float64Array
  readonly upload: Float64Array
}
