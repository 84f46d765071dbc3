import type { NodeStatus, RateLimits, Transfer, PeerDetail, TransferSummary } from '../node/api.js'
import type { ShoalError } from '../protocol/errors.js'
import {
  MAX_PEERS,
  type ErrorDocument,
  type LimitsDocument,
  type PeerDocument,
  type PeersDocument,
  type StatusDocument,
  type TorrentName,
  type TransferChange,
  type TransferDetails,
  type TransferDocument,
} from './contract.js'

export const errorDocument = ({ code, message, remedy }: ShoalError): ErrorDocument => ({
  code,
  detail: message,
  remedy,
})

/** What names a transfer while the peer runs: no number of a tracker and no info-hash looks like it. */
export const keyOf = (key: number): string => `t${key}`

export const nameDocument = (summary: TransferSummary): TorrentName => {
  const { key, torrentId, infoHash, infoHashV1, name, state } = summary
  const id = String(torrentId ?? infoHash ?? infoHashV1 ?? keyOf(key))
  return { id, key: keyOf(key), torrentId, infoHash, infoHashV1, name, state }
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value)

export const changeDocument = (summary: TransferSummary): TransferChange => ({
  key: keyOf(summary.key),
  state: summary.state,
  error: summary.error && errorDocument(summary.error),
  size: summary.size,
  done: summary.done,
  chunksDone: summary.chunksDone,
  downloadRate: Math.round(summary.downloadRate),
  uploadRate: Math.round(summary.uploadRate),
  downloaded: summary.downloaded,
  uploaded: summary.uploaded,
  eta: rounded(summary.eta),
  peers: summary.peerCount,
})

export const transferDocument = (summary: TransferSummary): TransferDocument => ({
  ...nameDocument(summary),
  ...changeDocument(summary),
  chunks: summary.chunks,
  path: summary.path,
  addedAt: summary.addedAt,
})

export const limitsDocument = ({ download, upload }: RateLimits): LimitsDocument => ({
  download: download ?? null,
  upload: upload ?? null,
})

export const detailsDocument = (transfer: Transfer): TransferDetails => {
  const { summary, pieces, magnet, metainfo, isSequential, limits } = transfer
  return {
    ...transferDocument(summary),
    completedAt: summary.completedAt,
    isFolder: summary.isFolder,
    isPrivate: summary.isPrivate,
    files: summary.fileCount,
    pieceLength: pieces.pieceLength,
    pieces: pieces.pieceCount,
    magnet,
    hasMetainfo: metainfo !== undefined,
    isSequential,
    limits: limitsDocument(limits),
  }
}

/** The trackers of a peer, as GET /api/status has them. */
export const trackerDocuments = (trackers: NodeStatus['trackers']): StatusDocument['trackers'] =>
  trackers.map(({ endpoint: { host, port }, isReachable }) => ({ host, port, isReachable }))

const peerDocument = (peer: PeerDetail, chunks: number): PeerDocument => ({
  peerId: peer.peerId,
  isWebSeed: peer.wire === 'web' ? true : undefined,
  way: peer.wire === 'web' ? undefined : peer.route,
  host: peer.host,
  port: peer.port,
  state: peer.state,
  chunks: Math.round(peer.progress * chunks),
  downloaded: peer.downloaded,
  downloadRate: Math.round(peer.downloadRate),
  uploaded: peer.uploaded,
  uploadRate: Math.round(peer.uploadRate),
  wasted: peer.wasted,
  client: peer.client,
  wire: peer.wire,
  encryption: peer.encryption,
  direction: peer.direction,
  origin: peer.origin,
  isChokingUs: peer.isChokingUs,
  isChokedByUs: peer.isChokedByUs,
  isInterestedInUs: peer.isInterestedInUs,
  isOfInterest: peer.isOfInterest,
})

export const peersDocument = ({ summary, peers }: Transfer): PeersDocument => ({
  ...nameDocument(summary),
  chunks: summary.chunks,
  peerCount: peers.length,
  peers: [...peers]
    .sort((one, other) => other.downloaded - one.downloaded)
    .slice(0, MAX_PEERS)
    .map((peer) => peerDocument(peer, summary.chunks)),
})
