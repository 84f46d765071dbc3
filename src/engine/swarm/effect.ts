import type { Endpoint } from '../../protocol/ids.js'

/** Why a peer is no longer used. */
export type Departure =
  /** No connection could be made. */
  | 'unreachable'
  /** The connection ended. */
  | 'closed'
  /** It delivered nothing for too long. */
  | 'stalled'
  /** It answered that it serves nothing of this. */
  | 'refused'
  /** It sent what is not of the protocol. */
  | 'garbage'
  /** It sent wrong data too often. */
  | 'lied'
  /** A faster one takes its place. */
  | 'slow'
  /** It is this very peer. */
  | 'self'
  /** It holds another key than is meant: somebody else answers in its place. */
  | 'stranger'

/** Why a chunk that was asked for will not come. */
export type Refusal =
  /** The peer does not have it. */
  | 'missing'
  /** The peer serves others now. */
  | 'choked'
  /** The peer could not. */
  | 'failed'
  /** It was cancelled, and the peer heeds that in silence. */
  | 'cancelled'

/** What a swarm wants done. `peer` is the key of an endpoint that it connected to, or of a source that joined it. */
export type SwarmEffect =
  | { readonly kind: 'connect'; readonly peer: string; readonly endpoint: Endpoint }
  | { readonly kind: 'disconnect'; readonly peer: string; readonly reason: Departure }
  /** Say that we are interested, and learn what it has and whether it lets us. */
  | { readonly kind: 'interest'; readonly peer: string }
  /** Say that we are no longer interested. Comes for peers that tell their news by themselves. */
  | { readonly kind: 'disinterest'; readonly peer: string }
  | { readonly kind: 'request'; readonly peer: string; readonly chunks: readonly number[] }
  /** No longer needed: another one delivered. Dialects that cannot say so leave it. */
  | { readonly kind: 'cancel'; readonly peer: string; readonly chunk: number }
  /** Ask trackers, and peers for the peers that they know. */
  | { readonly kind: 'findPeers' }
  /** `piece` is complete and verified. */
  | { readonly kind: 'piece'; readonly piece: number }
  /** Everything wanted is verified. Comes once. */
  | { readonly kind: 'complete' }
  /** For the log: something is tried again, and why; `pause` in milliseconds. */
  | {
      readonly kind: 'retry'
      readonly peer: string
      readonly why: Departure | 'wrong chunk'
      readonly pause: number
    }
