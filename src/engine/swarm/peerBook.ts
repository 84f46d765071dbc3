import type { Endpoint } from '../../protocol/ids.js'
import { MAX_PEERS_IN_LIST } from '../../protocol/limits.js'
import { chooseFrom, type Random } from '../random.js'
import { peerPriority } from './peerPriority.js'

/** First pause after a failure; it doubles with each further one. Milliseconds. */
const PAUSE_LEAST = 1_000
/** The longest pause for one that fails, and for one that lies or refuses. */
const PAUSE_MOST = 60_000
const BAN_MOST = 5 * 60_000

/** An address as a key. */
export const peerKey = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** Where this peer listens, as those see it who have an address of the family of `host`; undefined where that is not known. */
export type OwnEndpoint = (host: string) => Endpoint | undefined

interface KnownPeer {
  /** Undefined for a source that is no peer of the network: who uses it knows how to reach it. */
  readonly endpoint: Endpoint | undefined
  isInUse: boolean
  failures: number
  nextAttempt: number
}

/**
 * Every peer of a torrent that was ever named, and when to try each again.
 *
 * Invariants: at most MAX_PEERS_IN_LIST, besides those that were enlisted; one that is in use is never a candidate.
 */
export class PeerBook {
  readonly #random: Random
  readonly #own: OwnEndpoint
  readonly #peers = new Map<string, KnownPeer>()

  constructor(random: Random, own: OwnEndpoint = () => undefined) {
    this.#random = random
    this.#own = own
  }

  get size(): number {
    return this.#peers.size
  }

  /** Every address known. */
  endpoints(): readonly Endpoint[] {
    return [...this.#peers.values()].flatMap(({ endpoint }) => endpoint ?? [])
  }

  /** Takes an address; returns whether it is new. A full book drops one that failed, or stays as it is. */
  add(endpoint: Endpoint): boolean {
    const key = peerKey(endpoint)
    if (this.#peers.has(key)) return false
    if (this.#peers.size >= MAX_PEERS_IN_LIST && !this.#dropFailed()) return false
    this.#peers.set(key, { endpoint, isInUse: false, failures: 0, nextAttempt: 0 })
    return true
  }

  /**
   * One to connect to now: of those that failed least the one of the highest priority, and where nothing is known of
   * priorities any with the same chance. It counts as in use.
   */
  take(now: number): Endpoint | undefined {
    const ready = [...this.#peers.values()].filter(
      (peer) => peer.endpoint !== undefined && !peer.isInUse && peer.nextAttempt <= now,
    )
    const least = Math.min(...ready.map((peer) => peer.failures))
    const chosen = this.#prefer(ready.filter((peer) => peer.failures === least))
    if (chosen !== undefined) chosen.isInUse = true
    return chosen?.endpoint
  }

  /** Whether the address is free to be used by a peer that connected by itself; then it counts as in use. */
  claim(endpoint: Endpoint): boolean {
    this.add(endpoint)
    const peer = this.#peers.get(peerKey(endpoint))
    if (peer === undefined || peer.isInUse) return false
    peer.isInUse = true
    return true
  }

  /** A source that has no endpoint is in use: its failures count as those of a peer, and it is never a candidate. */
  enlist(key: string): void {
    const known = this.#peers.get(key)
    if (known !== undefined) known.isInUse = true
    else this.#peers.set(key, { endpoint: undefined, isInUse: true, failures: 0, nextAttempt: 0 })
  }

  /** It is this very peer: never to be tried again. */
  exclude(key: string): void {
    const peer = this.#peers.get(key)
    if (peer !== undefined) peer.nextAttempt = Infinity
  }

  /** It delivered: earlier failures are forgotten. */
  succeed(key: string): void {
    const peer = this.#peers.get(key)
    if (peer !== undefined) peer.failures = 0
  }

  /** It is no longer in use, and may be tried again after a pause that grows; returns the pause. */
  fail(key: string, now: number): number {
    return this.#rest(key, now, PAUSE_MOST)
  }

  /** It lied, or serves nothing of this: the same, and the pause grows further. */
  ban(key: string, now: number): number {
    return this.#rest(key, now, BAN_MOST)
  }

  #prefer(peers: readonly KnownPeer[]): KnownPeer | undefined {
    const priorities = peers.map(({ endpoint }) => this.#priorityOf(endpoint))
    if (priorities.every((priority) => priority === undefined)) return chooseFrom(peers, this.#random)
    const ranks = priorities.map((priority) => priority ?? this.#random() * 2 ** 32)
    const best = ranks.reduce((highest, rank, index) => (rank > (ranks[highest] ?? 0) ? index : highest), 0)
    return peers[best]
  }

  #priorityOf(endpoint: Endpoint | undefined): number | undefined {
    const own = endpoint && this.#own(endpoint.host)
    return own && peerPriority(own, endpoint)
  }

  #rest(key: string, now: number, most: number): number {
    const peer = this.#peers.get(key)
    if (peer === undefined) return 0
    peer.isInUse = false
    peer.failures++
    const pause = Math.min(most, PAUSE_LEAST * 2 ** (peer.failures - 1))
    peer.nextAttempt = now + pause
    return pause
  }

  #dropFailed(): boolean {
    for (const [key, peer] of this.#peers) {
      if (peer.endpoint !== undefined && !peer.isInUse && peer.failures > 0) return this.#peers.delete(key)
    }
    return false
  }
}
