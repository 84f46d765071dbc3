import { Type, type Static } from 'typebox'
import { Choice, Count, LimitsChange, LimitsDocument, Optional, pageQuery } from './common.js'
import { TransferDocument } from './transfer.js'

export const TrackerDocument = Type.Object({
  host: Type.String(),
  port: Type.Integer(),
  isReachable: Optional(Type.Boolean({ description: 'left out while nobody has asked it' })),
})

/** One Shoal tracker of the peer. */
export type TrackerDocument = Static<typeof TrackerDocument>

export const ReachDocument = Type.Object({
  isReachable: Optional(
    Type.Boolean({ description: 'whether a tracker could connect to it; left out while none tried' }),
  ),
  mapping: Optional(
    Type.Object(
      { protocol: Choice(['PCP', 'NAT-PMP', 'UPnP']), externalPort: Type.Integer() },
      { description: 'the port that the router passes on, where it does' },
    ),
  ),
  relay: Optional(
    Type.Object(
      {
        pairs: Count('connections of others carried now'),
        maxPairs: Count('the same at most'),
        bytes: Count('carried since the start'),
        rate: Count('bytes a second at most'),
      },
      { description: 'what it carries for others, where it offers that' },
    ),
  ),
})
/** How others come to the peer. */
export type ReachDocument = Static<typeof ReachDocument>

export const Totals = Type.Object({
  transfers: Count('how many there are'),
  downloading: Count('how many are being fetched'),
  seeding: Count('how many are served'),
  downloadRate: Count('bytes a second'),
  uploadRate: Count('bytes a second'),
  downloaded: Count('bytes since the peer started'),
  uploaded: Count('bytes since the peer started'),
})
/** All transfers together. */
export type Totals = Static<typeof Totals>

/** GET /api/status */
export const StatusDocument = Type.Object({
  version: Type.String({ description: 'of Shoal' }),
  peerId: Type.String(),
  host: Type.String({ description: 'where it listens for other peers' }),
  port: Type.Integer(),
  output: Optional(Type.String({ description: 'the folder for downloads' })),
  isLocal: Type.Boolean({ description: 'whether the caller asks from the machine of the peer' }),
  trackers: Type.Array(TrackerDocument),
  reach: ReachDocument,
  totals: Totals,
  limits: LimitsDocument,
  transferCount: Count('how many there are'),
  transfers: Type.Array(TransferDocument, { description: 'the latest 500' }),
})
/** GET /api/status */
export type StatusDocument = Static<typeof StatusDocument>

export const CatalogQuery = Type.Object({
  ...pageQuery(500, 50),
  query: Optional(Type.String({ maxLength: 256, description: 'part of the name' })),
})

export const CatalogEntry = Type.Object({
  id: Type.Integer({ minimum: 1, description: 'what POST /api/torrents takes' }),
  name: Type.String(),
  size: Optional(Count('bytes')),
  chunks: Count('chunks of 16 KiB'),
  infoHash: Optional(Type.String()),
  seeders: Count('who have all of it'),
  leechers: Count('who fetch it'),
  copies: Type.Number({
    description:
      'whole copies in the swarm, as far as known: seeders, and of connected leechers what they have together',
  }),
  rate: Optional(Count('bytes a second that this peer gets of it')),
  key: Optional(Type.String({ description: 'the transfer of this peer, where it has one' })),
  state: Optional(TransferDocument.properties.state),
})
/** One torrent of the tracker. */
export type CatalogEntry = Static<typeof CatalogEntry>

/** GET /api/catalog: what the tracker lists. */
export const CatalogDocument = Type.Object({
  total: Count('how many fit the query'),
  torrents: Type.Array(CatalogEntry),
  nextOffset: Optional(Count('where the next page begins')),
})
/** GET /api/catalog: what the tracker lists. */
export type CatalogDocument = Static<typeof CatalogDocument>

export const SettingDocument = Type.Object({
  name: Type.String({ description: 'its flag without the dashes, such as download-limit' }),
  description: Type.String(),
  value: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null(), Type.Array(Type.String())]),
  source: Type.String({
    description: 'where it came from: flag, variable, file, default, or changed since the start',
  }),
  isChangeable: Type.Boolean({ description: 'whether PATCH /api/settings takes it' }),
})
/** One setting of the peer. */
export type SettingDocument = Static<typeof SettingDocument>

/** GET /api/settings */
export const SettingsDocument = Type.Object({ settings: Type.Array(SettingDocument) })
/** GET /api/settings */
export type SettingsDocument = Static<typeof SettingsDocument>

/** PATCH /api/settings: what holds at once; after a restart flags, variables and file count again. */
export const SettingsChange = Type.Object({ limits: Optional(LimitsChange) }, { additionalProperties: false })
/** PATCH /api/settings */
export type SettingsChange = Static<typeof SettingsChange>

/** GET /api/session */
export const SessionDocument = Type.Object({
  by: Choice(['loopback', 'password', 'token'], 'why the caller may use the API'),
  expiresAt: Optional(Count('when the login ends; milliseconds since 1970')),
})
/** GET /api/session */
export type SessionDocument = Static<typeof SessionDocument>

/** POST /api/session: logs in; the cookie comes with the answer. */
export const Login = Type.Object(
  { password: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
)
/** POST /api/session */
export type Login = Static<typeof Login>
