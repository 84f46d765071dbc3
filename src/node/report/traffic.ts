import type { Wire } from './reports.js'

/** Payload bytes of one dialect. */
export interface WireTraffic {
  received: number
  sent: number
}

/**
 * What a peer moved since it started.
 *
 * Invariant: every number only grows; what counts here is done once for each chunk at most, by adding to a field.
 */
export class Traffic {
  /** By dialect, in bytes that were verified, or that wait for the rest of their piece. */
  readonly wires: Readonly<Record<Wire, WireTraffic>> = {
    json: { received: 0, sent: 0 },
    bittorrent: { received: 0, sent: 0 },
    web: { received: 0, sent: 0 },
  }
  verifiedChunks = 0
  wrongChunks = 0
  /** Chunks that came once more than they were needed. */
  superfluousChunks = 0
  /** Times that a piece turned out wrong of which several chunks had waited for its hash. */
  failedPieces = 0
}

/** What came from one peer. */
export class PeerTally {
  /** Bytes that count. */
  received = 0
  /** Bytes that were wrong or not needed any more. */
  wasted = 0
  /** All peers of its dialect. */
  readonly wire: WireTraffic

  constructor(wire: WireTraffic) {
    this.wire = wire
  }

  credit(bytes: number): void {
    this.received += bytes
    this.wire.received += bytes
  }
}
