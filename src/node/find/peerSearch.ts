import { networkInterfaces } from 'node:os'
import type { Announce } from '../../discovery/announceCall.js'
import { Announcer, type AnnouncedProgress } from '../../discovery/announcer.js'
import type { LocalDiscovery } from '../../discovery/localDiscovery.js'
import { peerKey } from '../../engine/swarm/peerBook.js'
import { fromHex } from '../../protocol/hex.js'
import type { Endpoint, PeerId } from '../../protocol/ids.js'
import type { PeerAddress } from '../../protocol/json/wire.js'
import { MAX_PEERS_IN_LIST } from '../../protocol/limits.js'
import type { Logger } from '../../support/log.js'
import { isLoopbackHost } from '../../support/loopback.js'
import type { Description } from '../torrent/description.js'
import { wirePeerIdOf } from '../../protocol/wire/peerId.js'

/** Hexadecimal digits of the 20 bytes by which BitTorrent names a torrent; a v2 info-hash is cut to them (BEP 52). */
const HASH_DIGITS = 40

/** What a search needs of the peer that it is for. */
export interface Searcher {
  readonly peerId: PeerId
  /** Where it listens. */
  readonly endpoint: Endpoint
  readonly announce: Announce
  readonly localDiscovery: Pick<LocalDiscovery, 'join'> | undefined
  readonly logger: Logger
  readonly now: () => number
  readonly random: () => number
}

export interface PeerSearchOptions {
  readonly description: Pick<Description, 'infoHash' | 'infoHashV1' | 'metainfo'>
  /** Announce URLs by tier (BEP 12). */
  readonly trackers: readonly (readonly string[])[]
  readonly progress: () => AnnouncedProgress
  /** Called with what was found, again and again; this peer is not among it. */
  readonly onPeers: (peers: readonly PeerAddress[], origin: 'tracker' | 'lan') => void
}

/**
 * Looks for peers of one torrent where BitTorrent clients do: at its trackers, and on the local network. A private
 * torrent has its trackers alone (BEP 27). What names itself by no info-hash cannot be looked for.
 */
export class PeerSearch {
  /** Everybody found so far, by address; MAX_PEERS_IN_LIST at most. */
  readonly found = new Map<string, PeerAddress>()
  readonly #searcher: Searcher
  readonly #options: PeerSearchOptions
  readonly #infoHashes: readonly Uint8Array[]
  readonly #announcer: Announcer
  #leaveLocal: (() => void) | undefined

  constructor(searcher: Searcher, options: PeerSearchOptions) {
    this.#searcher = searcher
    this.#options = options
    this.#infoHashes = hashesOf(options.description)
    this.#announcer = new Announcer({
      tiers: options.trackers,
      infoHashes: this.#infoHashes,
      peerId: wirePeerIdOf(searcher.peerId),
      port: searcher.endpoint.port,
      announce: searcher.announce,
      progress: options.progress,
      onPeers: (peers) => this.#take(peers, 'tracker'),
      logger: searcher.logger,
      random: searcher.random,
      now: searcher.now,
    })
  }

  start(): void {
    const { description } = this.#options
    this.#announcer.start()
    if (this.#infoHashes.length === 0 || description.metainfo?.isPrivate === true) return
    this.#leaveLocal = this.#searcher.localDiscovery?.join({
      infoHashes: this.#infoHashes,
      onPeers: (peers) => this.#take(peers, 'lan'),
    })
  }

  /** The trackers as they stand, by tier. */
  get trackers(): Announcer['reports'] {
    return this.#announcer.reports
  }

  /** The download is complete. */
  complete(): void {
    this.#announcer.complete()
  }

  /** More peers are wanted. */
  findPeers(): void {
    this.#announcer.findPeers()
  }

  /** Leaves; never rejects. */
  stop(): Promise<void> {
    this.#leaveLocal?.()
    return this.#announcer.stop()
  }

  #take(peers: readonly Endpoint[], origin: 'tracker' | 'lan'): void {
    const { port } = this.#searcher.endpoint
    const others = peers
      .filter((peer) => peer.port !== port || !isOwnHost(peer.host))
      .map(({ host, port }): PeerAddress => ({ host, port, wires: ['bittorrent'] }))
    for (const peer of others) {
      if (this.found.size < MAX_PEERS_IN_LIST) this.found.set(peerKey(peer), peer)
    }
    if (others.length > 0) this.#options.onPeers(others, origin)
  }
}

/** Both names of a hybrid torrent: peers that know one version only are found by its own. */
const hashesOf = ({ infoHash, infoHashV1 }: PeerSearchOptions['description']): readonly Uint8Array[] =>
  [...new Set([infoHashV1, infoHash?.slice(0, HASH_DIGITS)])]
    .map((digits) => fromHex(digits ?? ''))
    .filter((hash): hash is Uint8Array => hash !== undefined && hash.length > 0)

/** Whether `host` is this machine, as far as it knows its own addresses. */
const isOwnHost = (host: string): boolean =>
  isLoopbackHost(host) ||
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host))
