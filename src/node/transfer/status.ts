import { peerKey } from '../../engine/swarm/peerBook.js'
import type { Source } from '../../engine/peer/source.js'
import type { ShoalError } from '../../protocol/errors.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Description } from '../torrent/description.js'
import { isPrivate, type Torrent } from '../torrent/torrent.js'
import type { TransferPeer, TransferState, TransferSummary } from '../api.js'
import type { Download } from './download.js'

/** What a transfer knows of itself. */
export interface Reported {
  readonly torrent: Torrent
  readonly path: string
  /** Bytes wanted. */
  readonly size: number
  readonly state: TransferState
  readonly isFetching: boolean
  readonly cause: ShoalError | undefined
}

/** What a run says of a transfer: all but what outlasts it. */
export type RunSummary = Omit<TransferSummary, 'key' | 'addedAt' | 'completedAt'>

/** A run as it is at `now`, in milliseconds. */
export const summaryOf = (transfer: Reported, download: Download | undefined, now: number): RunSummary => {
  const { torrent, size } = transfer
  const { content, infoHash, infoHashV1 } = torrent.description
  const missing = torrent.swarm?.missingBytes ?? 0
  const downloadRate = transfer.isFetching ? (download?.meter.rate(now) ?? 0) : 0
  return {
    name: content.name,
    torrentId: [...torrent.torrentIds.values()][0],
    infoHash,
    infoHashV1,
    state: transfer.state,
    error: transfer.cause,
    size,
    done: size - missing,
    chunks: torrent.layout.chunkCount,
    chunksDone: torrent.has.count,
    downloadRate,
    uploadRate: torrent.uploads.rate(now),
    downloaded: download?.meter.total ?? 0,
    uploaded: torrent.uploads.total,
    eta: missing > 0 && downloadRate > 0 ? missing / downloadRate : undefined,
    peerCount: countPeers(torrent, download),
    path: transfer.path,
    isFolder: content.isFolder,
    fileCount: content.files.length,
    isPrivate: isPrivate(torrent),
  }
}

/** Connections of the wire serve both ways; other sources are counted besides. */
const countPeers = ({ sessions, swarm }: Torrent, download: Download | undefined): number =>
  Math.max(sessions.size, download === undefined ? 0 : (swarm?.sources.size ?? 0))

/** Every peer that is connected, and those gone that delivered something. */
export const peersOf = (torrent: Torrent, download: Download, now: number): readonly TransferPeer[] => {
  const ids = new Map([...torrent.peers].map(([peerId, peer]) => [peerKey(peer), peerId]))
  const nameOf = (key: string): PeerName =>
    download.isWebSeed(key) ? { peerId: undefined, isWebSeed: true } : { peerId: ids.get(key) }
  return [...download.endpoints].flatMap(([key, endpoint]) => {
    const source = torrent.swarm?.sources.get(key)
    const downloaded = download.tallies.get(key)?.received ?? 0
    return source === undefined && downloaded === 0
      ? []
      : [peerOf(endpoint, nameOf(key), source, downloaded, now)]
  })
}

type PeerName = Pick<TransferPeer, 'peerId' | 'isWebSeed'>

const peerOf = (
  endpoint: Endpoint,
  name: PeerName,
  source: Source | undefined,
  downloaded: number,
  now: number,
): TransferPeer => ({
  ...name,
  host: endpoint.host,
  port: endpoint.port,
  state: stateOf(source),
  chunks: source?.holdings.chunks.count ?? 0,
  downloaded,
  downloadRate: source?.meter.rate(now) ?? 0,
})

const stateOf = (source: Source | undefined): TransferPeer['state'] => {
  if (source === undefined) return 'idle'
  if (source.state === 'asking') return 'connecting'
  if (source.state === 'choked') return 'choked'
  return source.inFlight.size > 0 ? 'downloading' : 'idle'
}

/** What is known before anything ran; `state` is the transfer's own affair. */
export const blankSummary = (
  name: string,
  description: Description | undefined,
  path: string,
): RunSummary => ({
  name: description?.content.name ?? name,
  torrentId: undefined,
  infoHash: description?.infoHash,
  infoHashV1: description?.infoHashV1,
  state: 'stopped',
  error: undefined,
  size: description?.content.files.reduce((sum, file) => sum + file.size, 0) ?? 0,
  done: 0,
  chunks: 0,
  chunksDone: 0,
  downloadRate: 0,
  uploadRate: 0,
  downloaded: 0,
  uploaded: 0,
  eta: undefined,
  peerCount: 0,
  path,
  isFolder: description?.content.isFolder ?? false,
  fileCount: description?.content.files.length ?? 0,
  isPrivate: description?.metainfo?.isPrivate ?? false,
})
