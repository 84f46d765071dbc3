import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ShoalPeer } from '../node/api.js'
import { counter, family, gauge, processFamilies, renderFamilies } from '../support/metricText.js'
import { TRANSFER_STATES } from './contract.js'
import type { Events } from './events/events.js'

/** Milliseconds between two looks at how late the event loop is. */
const RESOLUTION = 10

/** Measures how late timers fire while it is asked now and then. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION })

  constructor() {
    this.#histogram.enable()
  }

  /** Seconds beyond its time that a timer fired, of 99 of 100 since the last look. */
  take(): number {
    const late = this.#histogram.percentile(99) / 1e9 - RESOLUTION / 1000
    this.#histogram.reset()
    return Math.max(0, Number.isFinite(late) ? late : 0)
  }

  stop(): void {
    this.#histogram.disable()
  }
}

const byWire = (figures: ShoalPeer['figures'], way: 'received' | 'sent'): ReadonlyMap<string, number> =>
  new Map(Object.entries(figures.wires).map(([wire, bytes]) => [`{wire="${wire}"}`, bytes[way]]))

/** How many transfers are in each state, and connected peers and rates of all. */
const sumsOf = ({ transfers }: ShoalPeer) => {
  const states = new Map<string, number>(TRANSFER_STATES.map((state) => [`{state="${state}"}`, 0]))
  let [peers, download, upload] = [0, 0, 0]
  for (const { summary } of transfers) {
    const label = `{state="${summary.state}"}`
    states.set(label, (states.get(label) ?? 0) + 1)
    peers += summary.peerCount
    download += summary.downloadRate
    upload += summary.uploadRate
  }
  const rates = new Map([
    ['{direction="download"}', download],
    ['{direction="upload"}', upload],
  ])
  return { states, peers, rates }
}

/** What a running peer does, in the text format of Prometheus. */
export const renderMetrics = (peer: ShoalPeer, events: Events, delay: LoopDelay): string => {
  const { figures } = peer
  const { states, peers, rates } = sumsOf(peer)
  const { verifiedChunks, wrongChunks, superfluousChunks, failedPieces, connections, diskQueue } = figures
  const chunks = new Map([
    ['{result="verified"}', verifiedChunks],
    ['{result="wrong"}', wrongChunks],
    ['{result="superfluous"}', superfluousChunks],
  ])
  const wire = new Map([
    ['{direction="incoming"}', connections.incoming],
    ['{direction="outgoing"}', connections.outgoing],
  ])
  return renderFamilies([
    family(
      'shoal_peer_received_bytes_total',
      'counter',
      'Payload that came and counts.',
      byWire(figures, 'received'),
    ),
    family('shoal_peer_sent_bytes_total', 'counter', 'Payload that went.', byWire(figures, 'sent')),
    family('shoal_peer_chunks_total', 'counter', 'Chunks that came, by what became of them.', chunks),
    counter('shoal_peer_failed_pieces_total', 'Pieces of v1 that did not match their hash.', failedPieces),
    family('shoal_peer_transfers', 'gauge', 'Shares and downloads by state.', states),
    family('shoal_peer_rate_bytes', 'gauge', 'Bytes a second of all transfers together.', rates),
    gauge('shoal_peer_connected_peers', 'Peers that are taken from or given to.', peers),
    family('shoal_peer_wire_connections', 'gauge', 'Open connections of the BitTorrent wire.', wire),
    gauge('shoal_peer_disk_queue_bytes', 'Bytes that wait to be written.', diskQueue),
    gauge('shoal_peer_event_streams', 'Pages that listen to events.', events.count),
    gauge('shoal_peer_event_loop_delay_seconds', 'How late 99 of 100 timers fired at most.', delay.take()),
    ...processFamilies(),
  ])
}
