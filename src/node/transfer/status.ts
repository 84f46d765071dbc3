import { peerKey } from '../../engine/swarm/peerBook.js'
import type { Source } from '../../engine/peer/source.js'
import type { ShoalError } from '../../protocol/errors.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Arrival } from '../link/link.js'
import type { Description } from '../torrent/description.js'
import { isPrivate, type Torrent } from '../torrent/torrent.js'
import type { TransferPeer, TransferState, TransferSummary } from '../api.js'
import type { Route } from '../report/reports.js'
import type { Download } from './download.js'

/** What a transfer knows of itself. */
export interface Reported {
  readonly torrent: Torrent
  readonly path: string
  /** Bytes wanted. */
  readonly size: number
  readonly isFetching: boolean
  readonly cause: ShoalError | undefined
}

/** What is told of a transfer whether it runs or not. */
export interface Lasting {
  readonly key: number
  readonly state: TransferState
  readonly error: ShoalError | undefined
  readonly addedAt: number
  readonly completedAt: number | undefined
  /** Bytes of the runs before the present one. */
  readonly before: { readonly downloaded: number; readonly uploaded: number }
  readonly isRunning: boolean
  /** While files are hashed: bytes so far, and in all. */
  readonly hashing: { readonly done: number; readonly total: number } | undefined
}

/** A run as it is at `now`, in milliseconds. One literal: asked of thousands, copies would cost most of the time. */
export const summaryOf = (
  transfer: Reported,
  download: Download | undefined,
  lasting: Lasting,
  now: number,
): TransferSummary => {
  const { torrent, size } = transfer
  const { hashing, before, isRunning } = lasting
  const { content, infoHash, infoHashV1 } = torrent.description
  const missing = torrent.swarm?.missingBytes ?? 0
  const downloadRate = transfer.isFetching && isRunning ? (download?.meter.rate(now) ?? 0) : 0
  return {
    key: lasting.key,
    name: content.name,
    torrentId: torrent.torrentIds.values().next().value,
    infoHash,
    infoHashV1,
    state: lasting.state,
    error: lasting.error ?? transfer.cause,
    size: hashing?.total ?? size,
    done: hashing?.done ?? size - missing,
    chunks: torrent.layout.chunkCount,
    chunksDone: torrent.has.count,
    downloadRate,
    uploadRate: isRunning ? torrent.uploads.rate(now) : 0,
    downloaded: before.downloaded + (download?.meter.total ?? 0),
    uploaded: before.uploaded + torrent.uploads.total,
    eta: missing > 0 && downloadRate > 0 ? missing / downloadRate : undefined,
    peerCount: isRunning ? countPeers(torrent, download) : 0,
    path: transfer.path,
    isFolder: content.isFolder,
    fileCount: content.files.length,
    isPrivate: isPrivate(torrent),
    addedAt: lasting.addedAt,
    completedAt: lasting.completedAt,
  }
}

/** Connections of the wire serve both ways; other sources are counted besides. */
const countPeers = ({ sessions, swarm }: Torrent, download: Download | undefined): number =>
  Math.max(sessions.size, download === undefined ? 0 : (swarm?.sources.size ?? 0))

/** Every peer that is connected, and those gone that delivered something. */
export const peersOf = (
  torrent: Torrent,
  download: Download,
  routeOf: (arrival: Arrival) => Route,
  now: number,
): readonly TransferPeer[] => {
  const ids = new Map([...torrent.peers].map(([peerId, peer]) => [peerKey(peer), peerId]))
  const nameOf = (key: string): PeerName =>
    download.isWebSeed(key)
      ? { peerId: undefined, isWebSeed: true }
      : { peerId: ids.get(key), ...howIn(download.arrivals.get(key)) }
  const howIn = (arrival: Arrival | undefined): Pick<TransferPeer, 'way' | 'isSecure'> =>
    arrival === undefined ? {} : { way: routeOf(arrival), isSecure: arrival.isSecure }
  return [...download.endpoints].flatMap(([key, endpoint]) => {
    const source = torrent.swarm?.sources.get(key)
    const downloaded = download.tallies.get(key)?.received ?? 0
    return source === undefined && downloaded === 0
      ? []
      : [peerOf(endpoint, nameOf(key), source, downloaded, now)]
  })
}

type PeerName = Pick<TransferPeer, 'peerId' | 'isWebSeed' | 'way' | 'isSecure'>

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

/** What is known before anything ran. */
export const blankSummary = (
  name: string,
  path: string,
  description: Description | undefined,
  lasting: Lasting,
): TransferSummary => ({
  key: lasting.key,
  name: description?.content.name ?? name,
  torrentId: undefined,
  infoHash: description?.infoHash,
  infoHashV1: description?.infoHashV1,
  state: lasting.state,
  error: lasting.error,
  size: lasting.hashing?.total ?? sizeOf(description),
  done: lasting.hashing?.done ?? 0,
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
  addedAt: lasting.addedAt,
  completedAt: lasting.completedAt,
})

const sizeOf = (description: Description | undefined): number =>
  description?.content.files.reduce((sum, file) => sum + file.size, 0) ?? 0
