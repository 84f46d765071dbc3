import { family, gauge, processFamilies, renderFamilies } from '../support/metricText.js'
import type { TrackerStats } from './stats.js'

/** What a request came by. */
export type Dialect = 'json' | 'udp' | 'http' | 'websocket'

/** What became of a request. */
export type RequestResult = 'answered' | 'refused' | 'limited' | 'dropped' | 'failed'

export type RequestKind = 'connect' | 'announce' | 'scrape' | 'request'

/** How many requests came by one way and ended in one way. */
export interface RequestCount {
  readonly dialect: string
  readonly kind: string
  readonly result: string
  readonly count: number
}

/** Counts what was asked, by what it came by and what became of it. */
export class TrackerMetrics {
  readonly #counts = new Map<string, number>()

  count(dialect: Dialect, kind: RequestKind, result: RequestResult): void {
    const labels = LABELS[dialect][kind][result]
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1)
  }

  /** Each set of labels with its count, in the order in which they first came. */
  get requests(): ReadonlyMap<string, number> {
    return this.#counts
  }

  /** The same, taken apart. */
  get counts(): readonly RequestCount[] {
    return [...this.#counts].map(([labels, count]) => {
      const [, dialect = '', kind = '', result = ''] = /"(.*)",kind="(.*)",result="(.*)"/.exec(labels) ?? []
      return { dialect, kind, result, count }
    })
  }
}

const table = <Key extends string, Value>(
  keys: readonly Key[],
  value: (key: Key) => Value,
): Readonly<Record<Key, Value>> =>
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<Key, Value>

/** The labels as text, made once: they are looked up for each datagram. */
const LABELS = table(['json', 'udp', 'http', 'websocket'] as const, (dialect) =>
  table(['connect', 'announce', 'scrape', 'request'] as const, (kind) =>
    table(
      ['answered', 'refused', 'limited', 'dropped', 'failed'] as const,
      (result) => `{dialect="${dialect}",kind="${kind}",result="${result}"}`,
    ),
  ),
)

/** What `stats` and `metrics` say, in the text format of Prometheus. */
export const renderMetrics = (stats: TrackerStats, metrics: TrackerMetrics): string =>
  renderFamilies([
    family('shoal_tracker_requests_total', 'counter', 'Requests since the start.', metrics.requests),
    gauge('shoal_tracker_torrents', 'Torrents that have an id.', stats.torrents),
    gauge('shoal_tracker_listed_torrents', 'Torrents with a seeder.', stats.listed),
    gauge('shoal_tracker_peers', 'Peers that registered by the JSON protocol.', stats.peers),
    gauge('shoal_tracker_registrations', 'Pairs of such a peer and a torrent.', stats.registrations),
    gauge('shoal_tracker_swarms', 'Swarms of BitTorrent peers.', stats.swarms),
    gauge('shoal_tracker_swarm_peers', 'Peers of all these swarms.', stats.swarmPeers),
    gauge(
      'shoal_tracker_websocket_peers',
      'Peers that came by WebSocket, in this process.',
      stats.webSocketPeers,
    ),
    gauge('shoal_tracker_waiting_peers', 'Peers that can be told of who wants to reach them.', stats.waiting),
    gauge('shoal_tracker_relayed_connections', 'Connections between peers carried.', stats.relay.pairs),
    family(
      'shoal_tracker_relayed_bytes_total',
      'counter',
      'Bytes carried between peers.',
      new Map([['', stats.relay.bytes]]),
    ),
    gauge('shoal_tracker_metainfo_bytes', 'Size of all .torrent files kept.', stats.metainfoBytes),
    gauge('shoal_tracker_connections', 'Open connections.', stats.connections),
    gauge('shoal_tracker_event_loop_delay_seconds', 'How late a timer fired last.', stats.delay / 1000),
    gauge(
      'shoal_tracker_overloaded',
      'Whether requests are being refused for there are too many.',
      Number(stats.isOverloaded),
    ),
    gauge('shoal_tracker_memory_full', 'Whether no further peers are taken.', Number(stats.isMemoryFull)),
    ...processFamilies(),
  ])
