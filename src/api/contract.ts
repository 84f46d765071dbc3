import type { TransferPeer, TransferState } from '../node/api.js'
import type { ErrorCode } from '../protocol/errors.js'
import type { InfoHash, InfoHashV1, PeerId, TorrentId } from '../protocol/ids.js'

/**
 * What the HTTP API of a running peer answers, as JSON. Sizes are bytes, rates bytes a second, times seconds, all of
 * them whole numbers; what is not known is left out. docs/http-api.md describes the same.
 */

/** An error of the catalogue. */
export interface ErrorDocument {
  readonly code: ErrorCode
  /** What happened, and to what. */
  readonly detail: string
  /** What to do. */
  readonly remedy: string
}

/** Every answer that is no success: application/problem+json (RFC 9457). */
export interface Problem extends ErrorDocument {
  readonly type: 'about:blank'
  readonly title: string
  /** The HTTP status. */
  readonly status: number
}

/** What names a torrent. */
export interface TorrentName {
  /** What the routes take: its tracker id, else its info-hash. */
  readonly id: string
  readonly torrentId?: TorrentId | undefined
  readonly infoHash?: InfoHash | undefined
  readonly infoHashV1?: InfoHashV1 | undefined
  readonly name: string
  readonly state: TransferState
}

export interface TransferDocument extends TorrentName {
  /** Why it is paused or failed. */
  readonly error?: ErrorDocument | undefined
  readonly size: number
  readonly done: number
  readonly chunks: number
  readonly chunksDone: number
  readonly downloadRate: number
  readonly uploadRate: number
  readonly downloaded: number
  readonly uploaded: number
  readonly eta?: number | undefined
  /** How many peers are connected. */
  readonly peers: number
  readonly path: string
}

export interface TrackerDocument {
  readonly host: string
  readonly port: number
  /** Left out while nobody has asked it. */
  readonly isReachable?: boolean | undefined
}

/** GET /api/status */
export interface StatusDocument {
  readonly peerId: PeerId
  /** Where it listens for other peers. */
  readonly host: string
  readonly port: number
  readonly trackers: readonly TrackerDocument[]
  /** How many there are; `transfers` holds no more than MAX_TRANSFERS, the latest. */
  readonly transferCount: number
  readonly transfers: readonly TransferDocument[]
}

/** One peer that the torrent is fetched from. */
export interface PeerDocument {
  readonly peerId?: PeerId | undefined
  /** Left out of all that is no web server. */
  readonly isWebSeed?: boolean | undefined
  readonly host: string
  readonly port: number
  readonly state: TransferPeer['state']
  readonly chunks: number
  readonly downloaded: number
  readonly downloadRate: number
}

/** GET /api/torrents/:id/peers */
export interface PeersDocument extends TorrentName {
  readonly chunks: number
  /** How many there are; `peers` holds no more than MAX_PEERS, those that sent most. */
  readonly peerCount: number
  readonly peers: readonly PeerDocument[]
}

/** POST /api/torrents/:id/stop */
export interface StopDocument extends TorrentName {
  /** What it did before. */
  readonly was: TransferState
}

/** Bounds of the lists: with names and paths of a few hundred bytes an answer stays under half a megabyte. */
export const MAX_TRANSFERS = 500
export const MAX_PEERS = 500
