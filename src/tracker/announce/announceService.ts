import type { AnnounceEvent, ScrapeEntry } from '../../protocol/announce/announce.js'
import { isLoopback } from '../../transport/address.js'
import type { RateLimit } from '../rateLimit.js'
import type { Announced, Denial, Families } from '../store/announce.js'
import { NO_MEMORY } from '../store/limits.js'
import type { Awaitable, TrackerStore } from '../store/store.js'
import type { Strain } from '../strain.js'
import { PATIENCE, type Tuning } from '../tuning.js'

/** Peers given to who does not say how many it wants, as common trackers do. */
const DEFAULT_WANTED = 50

/** Peers given at most: in compact form 1,200 bytes, which one datagram carries. */
const MAX_WANTED = 200

/** What a peer announces, and how it came. Its bytes may be used again after the call. */
export interface PeerAnnounce {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
  /** The address that it came from, 4 or 16 bytes. */
  readonly address: Uint8Array
  /** Where it listens. */
  readonly port: number
  /** Whether nothing is left to fetch. */
  readonly isComplete: boolean
  readonly event: AnnounceEvent | undefined
  /** Undefined: as many as the tracker likes. */
  readonly wanted: number | undefined
  readonly families: Families
  readonly withPeerIds: boolean
}

/** Why an announce or a scrape is refused, for a person. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
  /** Whether the same would be answered a little later. */
  readonly isPassing: boolean
}

export type AnnounceOutcome =
  | {
      readonly kind: 'announced'
      readonly swarm: Announced
      /** Seconds. */
      readonly interval: number
    }
  | Refused

/** Which info-hashes are served, beside what the store says. */
export interface InfoHashLists {
  /** Why `infoHash` is not served, or undefined. */
  refusalOf(infoHash: Uint8Array): string | undefined
}

export interface AnnounceServiceOptions {
  readonly store: TrackerStore
  readonly lists: InfoHashLists
  readonly rate: RateLimit
  readonly tuning: Tuning
  readonly strain: Strain
  /** Milliseconds, never going back. */
  readonly now: () => number
}

const DENIALS: Record<Denial, Refused> = {
  unregistered: { kind: 'refused', reason: 'this torrent is not shared with this tracker', isPassing: false },
  full: { kind: 'refused', reason: 'the tracker has no room for another torrent', isPassing: true },
  unknown: { kind: 'refused', reason: NO_MEMORY, isPassing: true },
}

const NO_PORT: Refused = {
  kind: 'refused',
  reason: 'port is 0: nobody could connect to it',
  isPassing: false,
}

/** Seconds between two announces of a client, however few a tracker asks for: libtorrent waits so long. */
const LEAST_CLIENT_INTERVAL = 300

/** Nothing was ever announced, or it is not told. */
const NOTHING: ScrapeEntry = { seeders: 0, completed: 0, leechers: 0 }

/**
 * What is answered to an announce or a scrape, whatever it came by. Answers come at once where the store is in this
 * process.
 */
export class AnnounceService {
  readonly #options: AnnounceServiceOptions

  constructor(options: AnnounceServiceOptions) {
    this.#options = options
  }

  /** Seconds between two announces of a peer. */
  get interval(): number {
    return this.#options.tuning.interval
  }

  /** Why a peer is refused that is not known, and not kept in the store, or undefined. */
  get refusalToNew(): string | undefined {
    return this.#options.strain.isMemoryFull ? NO_MEMORY : undefined
  }

  /** Takes a request of `host`, or says that it has asked too much. */
  admits(host: string): boolean {
    const { rate, tuning, now } = this.#options
    return (!tuning.isLoopbackLimited && isLoopback(host)) || rate.take(host, now())
  }

  /** @throws ShoalError as the store does */
  announce(request: PeerAnnounce): Awaitable<AnnounceOutcome> {
    const { infoHash, peerId, address, port, event, families, withPeerIds } = request
    if (port === 0) return NO_PORT
    const refusal = this.#refusalOf(infoHash)
    if (refusal !== undefined) return refusal
    const announced = this.#options.store.announce(
      {
        infoHash,
        peerId,
        address,
        port,
        role: request.isComplete ? 'seeder' : 'leecher',
        event,
        wanted: event === 'stopped' ? 0 : Math.min(request.wanted ?? DEFAULT_WANTED, MAX_WANTED),
        families,
        withPeerIds,
        onlyIfKnown: this.#options.strain.isMemoryFull,
      },
      this.#options.now() + this.#grace,
    )
    return announced instanceof Promise
      ? announced.then((outcome) => this.#outcomeOf(outcome))
      : this.#outcomeOf(announced)
  }

  /** Why a torrent is not served to peers that are not kept in the store, or undefined. @throws ShoalError as the store does */
  async refusalTo(infoHash: Uint8Array): Promise<string | undefined> {
    const refusal = this.#refusalOf(infoHash)
    if (refusal !== undefined) return refusal.reason
    return (await this.#options.store.accepts(infoHash)) ? undefined : DENIALS.unregistered.reason
  }

  /** The numbers of each torrent, zeros where it is not served. @throws ShoalError as the store does */
  async scrape(infoHashes: readonly Uint8Array[]): Promise<readonly ScrapeEntry[]> {
    const counts = await this.#options.store.scrape(infoHashes)
    return infoHashes.map((infoHash, index) =>
      this.#refusalOf(infoHash) === undefined ? (counts[index] ?? NOTHING) : NOTHING,
    )
  }

  /** Milliseconds that a BitTorrent client may be silent for longer than a peer of the JSON protocol. */
  get #grace(): number {
    return Math.max(0, LEAST_CLIENT_INTERVAL - this.interval) * PATIENCE * 1000
  }

  #refusalOf(infoHash: Uint8Array): Refused | undefined {
    const reason = this.#options.lists.refusalOf(infoHash)
    return reason === undefined ? undefined : { kind: 'refused', reason, isPassing: false }
  }

  #outcomeOf(outcome: Announced | Denial): AnnounceOutcome {
    if (typeof outcome === 'string') return DENIALS[outcome]
    return { kind: 'announced', swarm: outcome, interval: this.interval }
  }
}
