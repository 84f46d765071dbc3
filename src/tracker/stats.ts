import type { RelayStatus } from '../transport/relay/relayDesk.js'
import type { StoreCounts } from './store/store.js'

/** What a tracker tells of itself. */
export interface TrackerStats extends StoreCounts {
  readonly connections: number
  /** Requests by the JSON protocol answered since the start, refused ones included. */
  readonly requests: number
  readonly webSocketPeers: number
  /** Peers that keep a connection on which they can be told that somebody wants to reach them. */
  readonly waiting: number
  /** Connections between peers that this tracker carries. */
  readonly relay: RelayStatus
  /** Milliseconds by which a timer was late. */
  readonly delay: number
  /** Whether requests are being refused since there are too many. */
  readonly isOverloaded: boolean
  /** Whether no further peers are taken since memory is short. */
  readonly isMemoryFull: boolean
}
