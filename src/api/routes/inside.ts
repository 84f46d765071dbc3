import type { Priority, RateHistory, Transfer, TransferFile } from '../../node/api.js'
import { ShoalError } from '../../protocol/errors.js'
import {
  DiagnosisDocument,
  FilesChange,
  FilesDocument,
  FilesQuery,
  HistoryDocument,
  PeersDocument,
  PIECE_STATE_WORDS,
  PiecesDocument,
  TorrentTrackers,
  type FileDocument,
} from '../contract.js'
import { typeOf } from '../content/headers.js'
import type { Routes } from '../context.js'
import { nameDocument, peersDocument } from '../document.js'
import { findTransfer } from '../findTransfer.js'
import { answering, pageOf, TorrentParams } from './schema.js'

/** A change may name each of 100,000 files by its number. */
const MAX_CHANGE = 1024 * 1024

const MOST_COPIES = 255

const fileDocument = ({ path, size, done, priority }: TransferFile, index: number): FileDocument => ({
  index,
  path,
  size,
  done,
  priority,
  type: typeOf(path),
})

const filesDocument = (transfer: Transfer, query: { offset: number; limit: number }): FilesDocument => {
  const { items, total, nextOffset } = pageOf(transfer.files, query)
  const files = items.map((file, place) => fileDocument(file, query.offset + place))
  return { ...nameDocument(transfer.summary), total, files, nextOffset }
}

const piecesDocument = ({ summary, pieces }: Transfer): PiecesDocument => ({
  ...nameDocument(summary),
  pieces: pieces.pieceCount,
  pieceLength: pieces.pieceLength,
  words: [...PIECE_STATE_WORDS],
  states: Buffer.from(pieces.states).toString('base64'),
  availability: Buffer.from(pieces.availability.map((copies) => Math.min(copies, MOST_COPIES))).toString(
    'base64',
  ),
})

const historyDocument = ({ interval, download, upload }: RateHistory): HistoryDocument => ({
  interval,
  download: Array.from(download, Math.round),
  upload: Array.from(upload, Math.round),
})

/** By the index of each file named; the last that names it counts. @throws ShoalError USAGE */
const prioritiesOf = (transfer: Transfer, { priorities }: FilesChange): ReadonlyMap<number, Priority> => {
  const changes = new Map<number, Priority>()
  const { fileCount } = transfer.summary
  for (const { files, priority } of priorities)
    for (const file of files) {
      if (file >= fileCount) throw new ShoalError('USAGE', `There is no file ${file}: there are ${fileCount}`)
      changes.set(file, priority)
    }
  return changes
}

export const addInside: Routes = (app, { peer }) => {
  const find = (id: string): Transfer => findTransfer(peer.transfers, id)
  const params = TorrentParams
  app.get(
    '/api/torrents/:id/files',
    { schema: { ...answering('The files of a torrent.', FilesDocument), params, querystring: FilesQuery } },
    async ({ params, query }) => filesDocument(find(params.id), query),
  )
  app.patch(
    '/api/torrents/:id/files',
    {
      schema: {
        ...answering('Says which files are wanted, and how much.', FilesDocument),
        params,
        querystring: FilesQuery,
        body: FilesChange,
      },
      bodyLimit: MAX_CHANGE,
    },
    async ({ params, query, body }) => {
      const transfer = find(params.id)
      transfer.setPriorities(prioritiesOf(transfer, body))
      return filesDocument(transfer, query)
    },
  )
  app.get(
    '/api/torrents/:id/peers',
    { schema: { ...answering('The peers of a torrent, and what each has.', PeersDocument), params } },
    async ({ params }) => peersDocument(find(params.id)),
  )
  app.get(
    '/api/torrents/:id/pieces',
    { schema: { ...answering('The pieces of a torrent.', PiecesDocument), params } },
    async ({ params }) => piecesDocument(find(params.id)),
  )
  app.get(
    '/api/torrents/:id/diagnosis',
    { schema: { ...answering('Why a torrent is as slow as it is.', DiagnosisDocument), params } },
    async ({ params }) => {
      const { summary, diagnosis } = find(params.id)
      return { ...nameDocument(summary), findings: [...diagnosis] }
    },
  )
  app.get(
    '/api/torrents/:id/history',
    { schema: { ...answering('The rates of a torrent over the last minutes.', HistoryDocument), params } },
    async ({ params }) => historyDocument(find(params.id).history),
  )
  app.get(
    '/api/history',
    { schema: answering('The rates of all torrents together.', HistoryDocument) },
    async () => historyDocument(peer.history),
  )
  app.get(
    '/api/torrents/:id/trackers',
    { schema: { ...answering('The trackers of a torrent.', TorrentTrackers), params } },
    async ({ params }) => {
      const { summary, trackers } = find(params.id)
      const documents = trackers.map(({ kind, name, tier, state, error, seeders, leechers, nextIn }) => {
        return { kind, name, tier, state, error, seeders, leechers, nextIn: nextIn && Math.round(nextIn) }
      })
      return { ...nameDocument(summary), trackers: documents }
    },
  )
}
