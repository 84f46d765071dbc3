import type { NodeStatus, TransferPeer, TransferStatus } from '../node/api.js'
import type { ShoalError } from '../protocol/errors.js'
import {
  MAX_PEERS,
  MAX_TRANSFERS,
  type ErrorDocument,
  type PeerDocument,
  type PeersDocument,
  type StatusDocument,
  type TorrentName,
  type TransferDocument,
} from './contract.js'

export const errorDocument = ({ code, message, remedy }: ShoalError): ErrorDocument => ({
  code,
  detail: message,
  remedy,
})

export const nameDocument = (status: TransferStatus): TorrentName => {
  const { torrentId, infoHash, infoHashV1, name, state } = status
  const id = String(torrentId ?? infoHash ?? infoHashV1 ?? '')
  return { id, torrentId, infoHash, infoHashV1, name, state }
}

const isConnected = ({ state }: TransferPeer): boolean => state !== 'connecting'

const transferDocument = (status: TransferStatus): TransferDocument => ({
  ...nameDocument(status),
  error: status.error && errorDocument(status.error),
  size: status.size,
  done: status.done,
  chunks: status.chunks,
  chunksDone: status.chunksDone,
  downloadRate: Math.round(status.downloadRate),
  uploadRate: Math.round(status.uploadRate),
  downloaded: status.downloaded,
  uploaded: status.uploaded,
  eta: status.eta === undefined ? undefined : Math.round(status.eta),
  peers: status.peers.filter(isConnected).length,
  path: status.path,
})

export const statusDocument = ({ peerId, endpoint, trackers, transfers }: NodeStatus): StatusDocument => ({
  peerId,
  host: endpoint.host,
  port: endpoint.port,
  trackers: trackers.map(({ endpoint: { host, port }, isReachable }) => ({ host, port, isReachable })),
  transferCount: transfers.length,
  transfers: transfers.slice(-MAX_TRANSFERS).map(transferDocument),
})

const peerDocument = (peer: TransferPeer): PeerDocument => ({
  peerId: peer.peerId,
  isWebSeed: peer.isWebSeed,
  host: peer.host,
  port: peer.port,
  state: peer.state,
  chunks: peer.chunks,
  downloaded: peer.downloaded,
  downloadRate: Math.round(peer.downloadRate),
})

export const peersDocument = (status: TransferStatus): PeersDocument => ({
  ...nameDocument(status),
  chunks: status.chunks,
  peerCount: status.peers.length,
  peers: [...status.peers]
    .sort((one, other) => other.downloaded - one.downloaded)
    .slice(0, MAX_PEERS)
    .map(peerDocument),
})
