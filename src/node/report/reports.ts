import type { TrackerState } from '../../discovery/trackerReport.js'
import type { Finding } from '../../engine/diagnosis/diagnose.js'
import type { ErrorCode } from '../../protocol/errors.js'
import type { PeerId } from '../../protocol/ids.js'
import type { Origin } from '../torrent/origins.js'

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

/** By what data travels: the JSON protocol, the BitTorrent wire, or HTTP from a web server (BEP 19). */
export type Wire = 'json' | 'bittorrent' | 'web'

/** How a connection came about: simply, by a port that our router maps, by a punch through both routers, or by a relay. */
export type Route = 'direct' | 'mapped' | 'punched' | 'relayed'

/** A connection of the BitTorrent wire, as it says itself. */
export interface SessionDetail {
  /** The address of its other end. */
  readonly key: string
  readonly host: string
  /** Where the other side listens, as far as that is known. */
  readonly port: number
  /** Which program it is, fit to be shown. */
  readonly client: string | undefined
  /** 'mse' hides the protocol and protects nothing. */
  readonly encryption: 'none' | 'mse' | 'tls'
  readonly direction: 'incoming' | 'outgoing'
  readonly route: Route
  /** What it has, from 0 to 1. */
  readonly progress: number
  readonly uploadRate: number
  readonly uploaded: number
  readonly isChokingUs: boolean
  readonly isInterestedInUs: boolean
  readonly isChokedByUs: boolean
  /** Whether it has something that is wanted here. */
  readonly isOfInterest: boolean
}

/** One peer of a transfer, whether it is taken from, given to, or both. */
export interface PeerDetail extends SessionDetail {
  /** Its id in this network, where it has one. */
  readonly peerId: PeerId | undefined
  readonly wire: Wire
  /** How it came to be known. 'incoming': it connected by itself. 'torrent': a web server that the torrent names. */
  readonly origin: Origin | 'incoming' | 'torrent' | 'unknown'
  readonly state: 'connecting' | 'choked' | 'downloading' | 'uploading' | 'idle'
  readonly downloadRate: number
  /** Bytes that came from it and count. */
  readonly downloaded: number
  /** Bytes that came from it and were wrong, or not needed any more. */
  readonly wasted: number
}

/** What a running peer has done since it started, and what it does now: for whoever measures it. */
export interface NodeFigures {
  /** Seconds. */
  readonly uptime: number
  /** Payload bytes that came and count, and that went. */
  readonly wires: Readonly<Record<Wire, { readonly received: number; readonly sent: number }>>
  readonly verifiedChunks: number
  readonly wrongChunks: number
  readonly superfluousChunks: number
  readonly failedPieces: number
  /** Connections of the BitTorrent wire now. */
  readonly connections: { readonly incoming: number; readonly outgoing: number }
  /** Bytes that wait to be written. */
  readonly diskQueue: number
}

/** Why a transfer is as slow as it is: what matters most first, never empty. */
export type Diagnosis = readonly [DiagnosisFinding, ...DiagnosisFinding[]]

export type DiagnosisFinding =
  | Finding
  /** It waits for something to be mended, or has failed: the status has the error. */
  | { readonly kind: 'failing'; readonly code: ErrorCode }
  /** It is in a state in which nothing is moved, or not yet. */
  | {
      readonly kind:
        | 'finding'
        | 'hashing'
        | 'connecting'
        | 'downloading'
        | 'finishing'
        | 'seeding'
        | 'finished'
        | 'paused'
        | 'failed'
        | 'stopped'
    }
