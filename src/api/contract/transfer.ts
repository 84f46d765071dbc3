import { Type, type Static } from 'typebox'
import {
  Choice,
  Count,
  ErrorDocument,
  LimitsChange,
  LimitsDocument,
  Moment,
  Optional,
  pageQuery,
} from './common.js'

export const TRANSFER_STATES = [
  'finding',
  'hashing',
  'connecting',
  'downloading',
  'finishing',
  'seeding',
  'finished',
  'paused',
  'failed',
  'stopped',
] as const
/** `finding`: it is looked up. `paused` with an `error` waits for that to be mended; without one it was paused by somebody. */
export type TransferState = (typeof TRANSFER_STATES)[number]

const State = Choice(TRANSFER_STATES)

const name = {
  id: Type.String({ description: 'what the routes take: the tracker id, else the info-hash' }),
  key: Type.String({ description: 'names it for as long as the peer runs; the routes take it too' }),
  torrentId: Optional(Type.Integer({ minimum: 1, description: 'what the first tracker calls it' })),
  infoHash: Optional(Type.String({ description: 'of v2, in hexadecimal' })),
  infoHashV1: Optional(Type.String({ description: 'of v1, in hexadecimal' })),
  name: Type.String(),
  state: State,
}

/** What names a torrent. */
export const TorrentName = Type.Object(name)
/** What names a torrent. */
export type TorrentName = Static<typeof TorrentName>

/** What changes while a transfer runs. */
const live = {
  error: Optional(ErrorDocument),
  size: Count('bytes wanted: those of the selected files'),
  done: Count('bytes there and verified; while hashing, bytes hashed'),
  chunksDone: Count('chunks of 16 KiB there and verified'),
  downloadRate: Count('bytes a second'),
  uploadRate: Count('bytes a second'),
  downloaded: Count('bytes'),
  uploaded: Count('bytes'),
  eta: Optional(Count('seconds until it is complete at the present rate')),
  peers: Count('how many are connected'),
}

export const TransferDocument = Type.Object(
  {
    ...name,
    ...live,
    chunks: Count('chunks of 16 KiB of the whole torrent'),
    path: Type.String({ description: 'where it is, or will be when it is complete' }),
    addedAt: Moment('when it was added'),
  },
  { description: 'A share or a download.' },
)
/** A share or a download. */
export type TransferDocument = Static<typeof TransferDocument>

/** What an event says of a transfer whose name and path are known: all that may have changed. */
export const TransferChange = Type.Object({ key: name.key, state: State, ...live })
/** What an event says of a transfer whose name and path are known: all that may have changed. */
export type TransferChange = Static<typeof TransferChange>

/** Most transfers in one answer. */
export const MAX_TRANSFERS_PAGE = 1000

export const TransfersQuery = Type.Object({
  ...pageQuery(MAX_TRANSFERS_PAGE, 100),
  query: Optional(Type.String({ maxLength: 256, description: 'part of the name' })),
  state: Optional(State),
})

/** GET /api/torrents: in the order in which they were added. */
export const TransfersDocument = Type.Object({
  total: Count('how many fit the query'),
  torrents: Type.Array(TransferDocument),
  nextOffset: Optional(Count('where the next page begins')),
})
/** GET /api/torrents */
export type TransfersDocument = Static<typeof TransfersDocument>

/** GET /api/torrents/:id */
export const TransferDetails = Type.Object({
  ...TransferDocument.properties,
  completedAt: Optional(Moment('when it was complete')),
  isFolder: Type.Boolean(),
  isPrivate: Type.Boolean({ description: 'whether peers may come from its trackers alone (BEP 27)' }),
  files: Count('how many files'),
  pieceLength: Count('bytes'),
  pieces: Count('how many pieces'),
  magnet: Optional(Type.String()),
  hasMetainfo: Type.Boolean({ description: 'whether GET …/metainfo has a .torrent' }),
  isSequential: Type.Boolean({ description: 'whether pieces are fetched in order' }),
  limits: LimitsDocument,
})
/** GET /api/torrents/:id */
export type TransferDetails = Static<typeof TransferDetails>

/** PATCH /api/torrents/:id: what is not named stays. */
export const TransferSettings = Type.Object(
  { isSequential: Optional(Type.Boolean()), limits: Optional(LimitsChange) },
  { additionalProperties: false },
)
/** PATCH /api/torrents/:id: what is not named stays. */
export type TransferSettings = Static<typeof TransferSettings>

/** POST /api/torrents/:id/{stop,pause,resume,recheck} and DELETE /api/torrents/:id */
export const ActionDocument = Type.Object({ ...name, was: Choice(TRANSFER_STATES, 'the state before') })
/** What became of a torrent that something was done to. */
export type ActionDocument = Static<typeof ActionDocument>

export const RemoveQuery = Type.Object({
  data: Type.Boolean({ default: false, description: 'whether the files are deleted too' }),
})
