import type { PeerState } from '../../engine/swarm/swarm.js'
import type { Departure, Refusal } from '../../engine/swarm/effect.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Detour } from '../../transport/route.js'
import type { Wire } from '../report/reports.js'

/**
 * A connection to one peer about one torrent, for taking from it, whichever dialect it speaks.
 * A dialect whose peers speak unasked tells what it hears by the same events.
 *
 * Invariants: each chunk asked for ends in `chunk` or `refused`, or the link in `lost`; after `lost` or `close` no event comes.
 */
export interface PeerLink {
  readonly wire: Wire
  /** How the connection came about; undefined while there is none, and for what is no peer. */
  readonly arrival?: Arrival | undefined
  /** Whether no connection stands, and several ways to one are tried. */
  readonly isSearching?: boolean
  /** Says that we are interested; `state` follows. */
  interest(): void
  /** Says that we are not. Dialects whose peers are asked leave it. */
  disinterest(): void
  request(chunks: readonly number[]): void
  /** `chunk` is no longer needed; it may come all the same. */
  cancel(chunk: number): void
  /** Asks for the peers that it knows; `peers` may follow. */
  findPeers(): void
  /** Says that we are no longer interested and ends the connection. */
  close(): void
}

/** How a connection came about: by this side or the other, simply or by a detour. */
export interface Arrival {
  readonly isDialled: boolean
  readonly detour: Detour | undefined
  /** Whether it is inside TLS. */
  readonly isSecure: boolean
}

/** What is heard from a peer. */
export interface LinkEvents {
  state(state: PeerState): void
  /** It completed `piece`, as it says unasked. */
  has(piece: number): void
  /** It no longer has `piece`, as it says unasked. */
  hasNot(piece: number): void
  /** It gives `piece` also while it chokes us, as it says unasked. */
  allows(piece: number): void
  /** It serves us from now on, or no longer does, as it says unasked. */
  choke(isChoking: boolean): void
  /** It connected by itself, and says where it listens. */
  listens(endpoint: Endpoint): void
  /** `data` may be of any length; it is the link's, and stays as it is during the call only. */
  chunk(chunk: number, data: Uint8Array, proof: readonly Uint8Array[] | undefined): void
  refused(chunk: number, why: Refusal): void
  peers(endpoints: readonly Endpoint[]): void
  /** The connection is gone. `detail` is for the log. */
  lost(reason: Departure, detail: string): void
}
