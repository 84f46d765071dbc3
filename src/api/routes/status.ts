import type { TorrentEntry } from '../../protocol/json/answer.js'
import type { Transfer } from '../../node/api.js'
import {
  CatalogDocument,
  CatalogQuery,
  MAX_TRANSFERS,
  StatusDocument,
  type CatalogEntry,
} from '../contract.js'
import type { ApiContext, Routes } from '../context.js'
import { keyOf, limitsDocument, trackerDocuments, transferDocument } from '../document.js'
import { totalsOf } from '../totals.js'
import { answering, pageOf } from './schema.js'

const statusDocument = ({ peer, version }: ApiContext, isLocal: boolean): StatusDocument => {
  const { peerId, endpoint, transfers, limits } = peer
  return {
    version,
    peerId,
    host: endpoint.host,
    port: endpoint.port,
    output: peer.output,
    isLocal,
    trackers: trackerDocuments(peer.trackers),
    reach: peer.reach,
    totals: totalsOf(peer),
    limits: limitsDocument(limits),
    transferCount: transfers.length,
    transfers: transfers.slice(-MAX_TRANSFERS).map(({ summary }) => transferDocument(summary)),
  }
}

/** Whole copies among those who fetch it, as far as this peer is connected to them: those of the piece that fewest have. */
const copiesAmongLeechers = ({ pieces }: Transfer, seeders: number): number => {
  const least = pieces.availability.reduce((least, copies) => Math.min(least, copies), Infinity)
  return Number.isFinite(least) ? Math.max(0, least - seeders) : 0
}

const catalogEntry = (entry: TorrentEntry, transfer: Transfer | undefined): CatalogEntry => {
  const { torrentId, fileName, fileSize, chunks, infoHash, seeders, leechers } = entry
  const summary = transfer?.summary
  return {
    id: torrentId,
    name: fileName,
    size: fileSize,
    chunks,
    infoHash,
    seeders: seeders.size,
    leechers: leechers.size,
    copies: seeders.size + (transfer === undefined ? 0 : copiesAmongLeechers(transfer, seeders.size)),
    rate: summary && Math.round(summary.downloadRate),
    key: summary && keyOf(summary.key),
    state: summary?.state,
  }
}

/** The transfers of this peer by the number that the tracker gave. */
const byTorrentId = (transfers: readonly Transfer[]): ReadonlyMap<number, Transfer> =>
  new Map(
    transfers.flatMap((transfer) => {
      const { torrentId } = transfer.summary
      return torrentId === undefined ? [] : [[torrentId, transfer] as const]
    }),
  )

export const addStatus: Routes = (app, context) => {
  app.get(
    '/api/status',
    { schema: answering('What the peer is doing.', StatusDocument) },
    async ({ caller }) => statusDocument(context, caller?.by === 'loopback'),
  )
  app.get(
    '/api/catalog',
    { schema: { ...answering('What the tracker lists.', CatalogDocument), querystring: CatalogQuery } },
    async ({ query }) => {
      const { items, total, nextOffset } = pageOf(await context.peer.list(query.query), query)
      const transfers = byTorrentId(context.peer.transfers)
      const torrents = items.map((entry) => catalogEntry(entry, transfers.get(entry.torrentId)))
      return { total, torrents, nextOffset }
    },
  )
}
