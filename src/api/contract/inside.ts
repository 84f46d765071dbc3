import { Type, type Static } from 'typebox'
import { Choice, Count, Optional, pageQuery } from './common.js'
import { TorrentName } from './transfer.js'

const name = TorrentName.properties

export const PRIORITY_WORDS = ['skip', 'low', 'normal', 'high'] as const
/** How much a file is wanted. */
export type FilePriority = (typeof PRIORITY_WORDS)[number]

export const FileDocument = Type.Object({
  index: Count('its place in the torrent, from 0'),
  path: Type.String({ description: 'inside the torrent, names separated by slashes' }),
  size: Count('bytes'),
  done: Count('bytes of it that are there and verified'),
  priority: Choice(PRIORITY_WORDS),
  type: Type.String({ description: 'its media type by its name, such as video/mp4' }),
})
/** One file of a torrent. */
export type FileDocument = Static<typeof FileDocument>

/** Most files in one answer. */
export const FilesQuery = Type.Object(pageQuery(5000, 1000))

/** GET /api/torrents/:id/files */
export const FilesDocument = Type.Object({
  ...name,
  total: Count('how many there are'),
  files: Type.Array(FileDocument),
  nextOffset: Optional(Count('where the next page begins')),
})
/** GET /api/torrents/:id/files */
export type FilesDocument = Static<typeof FilesDocument>

/** PATCH /api/torrents/:id/files: those that are not named stay. */
export const FilesChange = Type.Object(
  {
    priorities: Type.Array(
      Type.Object(
        {
          files: Type.Array(Type.Integer({ minimum: 0 }), { maxItems: 100_000, description: 'indexes' }),
          priority: Choice(PRIORITY_WORDS),
        },
        { additionalProperties: false },
      ),
      { maxItems: 16 },
    ),
  },
  { additionalProperties: false },
)
/** PATCH /api/torrents/:id/files */
export type FilesChange = Static<typeof FilesChange>

export const PEER_STATES = ['connecting', 'choked', 'downloading', 'uploading', 'idle'] as const

export const PeerDocument = Type.Object({
  peerId: Optional(Type.String()),
  isWebSeed: Optional(Type.Boolean({ description: 'left out of all that is no web server' })),
  way: Optional(
    Choice(
      ['direct', 'mapped', 'punched', 'relayed'],
      'how it is connected, or was; left out before it is, and of a web server',
    ),
  ),
  host: Type.String(),
  port: Type.Integer(),
  state: Choice(PEER_STATES),
  chunks: Count('chunks it has, as far as it said'),
  downloaded: Count('verified bytes that came from it'),
  downloadRate: Count('bytes a second'),
  uploaded: Count('bytes sent to it'),
  uploadRate: Count('bytes a second'),
  wasted: Count('bytes of it that were wrong, or not needed any more'),
  client: Optional(Type.String({ description: 'which program it says it is' })),
  wire: Choice(['json', 'bittorrent', 'web']),
  encryption: Choice(['none', 'mse', 'tls'], 'mse hides the protocol and protects nothing'),
  direction: Choice(['incoming', 'outgoing'], 'who called whom'),
  origin: Type.String({ description: 'how it was found: tracker, exchange, torrent and others' }),
  isChokingUs: Type.Boolean(),
  isChokedByUs: Type.Boolean(),
  isInterestedInUs: Type.Boolean(),
  isOfInterest: Type.Boolean({ description: 'whether it has something that is wanted here' }),
})
/** One peer of a torrent. */
export type PeerDocument = Static<typeof PeerDocument>

/** GET /api/torrents/:id/peers */
export const PeersDocument = Type.Object({
  ...name,
  chunks: Count('chunks of the whole torrent'),
  peerCount: Count('how many there are'),
  peers: Type.Array(PeerDocument, { description: 'the 500 that sent most' }),
})
/** GET /api/torrents/:id/peers */
export type PeersDocument = Static<typeof PeersDocument>

/** What a piece can be; `unwanted`: of files that are skipped alone. */
export const PIECE_STATE_WORDS = ['missing', 'partial', 'inFlight', 'have', 'unwanted'] as const

/** GET /api/torrents/:id/pieces */
export const PiecesDocument = Type.Object({
  ...name,
  pieces: Count('how many there are'),
  pieceLength: Count('bytes'),
  words: Type.Array(Choice(PIECE_STATE_WORDS), { description: 'what the numbers in `states` mean, from 0' }),
  states: Type.String({ description: 'base64 of one byte a piece' }),
  availability: Type.String({
    description: 'copies of each piece among the connected peers; base64 of one byte a piece, 255 for more',
  }),
})
/** GET /api/torrents/:id/pieces */
export type PiecesDocument = Static<typeof PiecesDocument>

export const TorrentTracker = Type.Object({
  kind: Choice(['shoal', 'announce'], 'of the JSON protocol, or of BitTorrent'),
  name: Type.String({ description: 'HOST:PORT' }),
  tier: Optional(Count('of announce URLs (BEP 12), from 0')),
  state: Type.String(),
  error: Optional(Type.String({ description: 'why it failed' })),
  seeders: Optional(Count('as it says')),
  leechers: Optional(Count('as it says')),
  nextIn: Optional(Count('seconds until it is asked again')),
})
/** GET /api/torrents/:id/trackers */
export const TorrentTrackers = Type.Object({ ...name, trackers: Type.Array(TorrentTracker) })
/** GET /api/torrents/:id/trackers */
export type TorrentTrackers = Static<typeof TorrentTrackers>

/** GET /api/torrents/:id/history and GET /api/history */
export const HistoryDocument = Type.Object({
  interval: Type.Number({ description: 'milliseconds from one value to the next' }),
  download: Type.Array(Type.Integer(), {
    description: 'bytes a second, the oldest first, the last is of now',
  }),
  upload: Type.Array(Type.Integer(), { description: 'bytes a second, the oldest first, the last is of now' }),
})
/** Rates over time. */
export type HistoryDocument = Static<typeof HistoryDocument>

/** GET /api/torrents/:id/diagnosis: what holds it up, or that nothing does; the most important first. */
export const DiagnosisDocument = Type.Object({
  ...name,
  findings: Type.Array(
    Type.Object(
      {
        kind: Type.String({
          description: 'such as well, noPeersKnown, allChoke, diskBehind, limited, peersSlow',
        }),
      },
      { additionalProperties: true, description: 'figures that belong to it are beside its kind' },
    ),
  ),
})
/** What holds a torrent up. `Finding` of the node says which figures each kind has. */
export type DiagnosisDocument = Static<typeof DiagnosisDocument>
