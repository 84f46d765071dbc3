import { Type, type Static } from 'typebox'
import { Count, Moment, Optional } from './common.js'

/** GET /api/tracker of a tracker, at the port where its page is. */
export const TrackerPage = Type.Object({
  version: Type.String({ description: 'of Shoal' }),
  startedAt: Moment('when it started'),
  torrents: Count('torrents that have an id'),
  listed: Count('torrents with a seeder'),
  peers: Count('peers that registered by the JSON protocol'),
  registrations: Count('pairs of such a peer and a torrent'),
  swarms: Count('swarms of BitTorrent peers'),
  swarmPeers: Count('peers of all these swarms'),
  webSocketPeers: Count('peers that came by WebSocket'),
  connections: Count('open connections'),
  /** Requests since the start by what they came by and what became of them. */
  requests: Type.Array(
    Type.Object({
      dialect: Type.String({ description: 'json, udp, http or websocket' }),
      kind: Type.String({ description: 'connect, announce, scrape or request' }),
      result: Type.String({ description: 'answered, refused, limited, dropped or failed' }),
      count: Count('since the start'),
    }),
  ),
  memory: Count('bytes of this process that are in RAM'),
  maxMemory: Optional(Count('bytes beyond which no further peers are taken')),
  delay: Type.Number({ description: 'milliseconds by which a timer was late' }),
  isOverloaded: Type.Boolean(),
  isMemoryFull: Type.Boolean(),
})
/** What a tracker tells its page. Rates come of two answers: counts are since the start. */
export type TrackerPage = Static<typeof TrackerPage>

/** One row of GET /torrents of a tracker. */
export const TrackerTorrent = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  size: Optional(Count('bytes')),
  chunks: Count('chunks of 16 KiB'),
  files: Optional(Count('of a folder')),
  infoHash: Optional(Type.String()),
  infoHashV1: Optional(Type.String()),
  seeders: Count('at most 1000 are counted'),
  leechers: Count('at most 1000 are counted'),
  magnet: Optional(Type.String()),
  torrent: Optional(Type.String({ description: 'where its .torrent is, from the root of the tracker' })),
})
/** One row of GET /torrents of a tracker. */
export type TrackerTorrent = Static<typeof TrackerTorrent>

/** GET /torrents?query=&offset=&limit= of a tracker. */
export const TrackerTorrents = Type.Object({
  torrents: Type.Array(TrackerTorrent),
  nextOffset: Optional(Count('where the next page begins')),
})
/** GET /torrents of a tracker. */
export type TrackerTorrents = Static<typeof TrackerTorrents>
