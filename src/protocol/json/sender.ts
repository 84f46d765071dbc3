import type { PeerId } from '../ids.js'
import type { Wire } from './wire.js'

/** Who sends a tracker request and where it says it listens. */
export interface Sender {
  readonly peerId: PeerId
  readonly host: string
  readonly port: number
  /** What its port speaks; empty for a simple peer, which does not say. */
  readonly wires: readonly Wire[]
}
