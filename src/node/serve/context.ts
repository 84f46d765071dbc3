import type { OwnAddress } from '../../engine/swarm/ownAddress.js'
import type { OwnEndpoint } from '../../engine/swarm/peerBook.js'
import type { PeerRequest } from '../../protocol/json/request.js'
import type { Answer, Caller } from '../../transport/jsonService.js'
import type { RelayDesk } from '../../transport/relay/relayDesk.js'
import type { Route } from '../report/reports.js'
import type { Traffic } from '../report/traffic.js'
import type { Arrival } from '../link/link.js'
import type { PeerSecurity } from '../security/peerSecurity.js'
import type { Torrent } from '../torrent/torrent.js'
import type { Ways } from '../wire/ways.js'
import type { TorrentTable } from '../torrent/torrentTable.js'
import type { Slots } from './slots.js'
import type { Throttle } from './throttle.js'

/** What the operations of a peer work on. */
export interface ServeContext {
  readonly torrents: TorrentTable
  readonly slots: Slots
  /** What this peer sends in all. */
  readonly uploadLimit: Throttle
  /** By which way peers that are dialled answer. */
  readonly ways: Ways
  /** Who is spoken to inside TLS. */
  readonly security: PeerSecurity
  readonly ownAddress: OwnAddress
  readonly traffic: Traffic
  /** The TCP port that this peer listens on. */
  readonly port: () => number
  /** How a connection came about, as a person is told. */
  readonly routeOf?: (arrival: Arrival) => Route
  /** Where the connections of others are carried; undefined where that is not offered. */
  readonly relay?: () => RelayDesk | undefined
  /** Told when a torrent's data can no longer be read or is no longer what it was. */
  readonly onBroken: (torrent: Torrent, error: unknown) => void
  /** Milliseconds. */
  readonly now: () => number
}

/** This peer's own endpoint, as far as others said at which address they see it. */
export const ownEndpoint =
  ({ ownAddress, port }: ServeContext): OwnEndpoint =>
  (host) => {
    const address = ownAddress.facing(host)
    return address === undefined ? undefined : { host: address, port: port() }
  }

/** The handler of one operation, about a torrent that is served here. */
export type Operation<Op extends PeerRequest['op']> = (
  context: ServeContext,
  request: PeerRequest & { readonly op: Op },
  torrent: Torrent,
  caller: Caller,
) => Answer | Promise<Answer>

/** Who holds a slot: a peer of one address by its id; a simple one, which says none, by its address. */
export const slotKey = (request: PeerRequest, torrent: Torrent, caller: Caller): string =>
  `${caller.host} ${request.asker.peerId ?? ''} ${torrent.description.infoHash ?? torrent.description.content.name}`
