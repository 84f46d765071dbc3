import type { TorrentEntry } from '../protocol/json/answer.js'
import { formatBytes } from '../support/units.js'
import { formatEndpoint } from './settings.js'
import { plural, safeName, tableLines } from './text.js'

const sizeOf = ({ fileSize }: TorrentEntry): string => (fileSize === undefined ? '?' : formatBytes(fileSize))

/** The catalog as a table. */
export const catalogTable = (entries: readonly TorrentEntry[]): string[] =>
  tableLines([
    ['ID', 'NAME', 'SIZE', 'CHUNKS', 'SEEDERS', 'LEECHERS'],
    ...entries.map((entry) => [
      String(entry.torrentId),
      safeName(entry.fileName),
      sizeOf(entry),
      String(entry.chunks),
      String(entry.seeders.size),
      String(entry.leechers.size),
    ]),
  ])

type Peers = TorrentEntry['seeders']

const peerLines = (title: string, peers: Peers): string[] => [
  `    ${title}:${peers.size === 0 ? ' none' : ''}`,
  ...[...peers].map(([peerId, endpoint]) => `      ${peerId}@${formatEndpoint(endpoint)}`),
]

/** The catalog with every peer, as the console lists it. */
export const catalogWithPeers = (entries: readonly TorrentEntry[]): string[] =>
  entries.flatMap((entry) => [
    `ID ${entry.torrentId}  ${safeName(entry.fileName)}  ${plural(entry.chunks, 'chunk')}  ${sizeOf(entry)}`,
    ...peerLines('Seeders', entry.seeders),
    ...peerLines('Leechers', entry.leechers),
  ])

const peersDocument = (peers: Peers) => [...peers].map(([peerId, { host, port }]) => ({ peerId, host, port }))

/** The catalog as --json prints it. */
export const catalogDocument = (entries: readonly TorrentEntry[]) =>
  entries.map((entry) => ({
    torrentId: entry.torrentId,
    name: entry.fileName,
    size: entry.fileSize,
    chunks: entry.chunks,
    infoHash: entry.infoHash,
    seeders: peersDocument(entry.seeders),
    leechers: peersDocument(entry.leechers),
  }))
