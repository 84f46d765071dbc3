import type { TransferState, TransferStatus } from '../../node/api.js'

/** What a line about a transfer shows. */
export interface Shown {
  readonly name: string
  readonly state: TransferState
  /** Bytes. */
  readonly done: number
  readonly size: number
  /** Bytes a second. */
  readonly downloadRate: number
  /** Seconds. */
  readonly eta: number | undefined
  /** Peers that are connected. */
  readonly peers: number
}

export const shownOf = (status: TransferStatus): Shown => ({
  name: status.name,
  state: status.state,
  done: status.done,
  size: status.size,
  downloadRate: status.downloadRate,
  eta: status.eta,
  peers: status.peers.filter((peer) => peer.state !== 'connecting').length,
})
