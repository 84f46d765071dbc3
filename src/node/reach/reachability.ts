import type { Socket } from 'node:net'
import { peerKey } from '../../engine/swarm/peerBook.js'
import type { InfoHash, PeerId } from '../../protocol/ids.js'
import type { Call } from '../../protocol/json/reachAnswer.js'
import type { PeerAddress } from '../../protocol/json/wire.js'
import { PortMapping, type PortMappingStatus } from '../../nat/portMapping.js'
import { isLoopbackHost } from '../../support/loopback.js'
import type { Logger } from '../../support/log.js'
import { RelayDesk } from '../../transport/relay/relayDesk.js'
import type { Listener } from '../../transport/listener.js'
import type { NodeOptions, ReachStatus } from '../api.js'
import type { Route } from '../report/reports.js'
import type { Arrival } from '../link/link.js'
import type { PeerSecurity } from '../security/peerSecurity.js'
import type { Torrent } from '../torrent/torrent.js'
import type { TrackerLink } from '../tracker/trackerLink.js'
import type { Seek } from '../wire/wireDial.js'
import { Betterment } from './betterment.js'
import { Rendezvous } from './rendezvous.js'
import type { SeekOptions } from './seeking.js'
import { TrackerReach } from './trackerReach.js'

/** Calls of trackers that are answered at once; more are dropped. */
const MAX_ANSWERING = 16

/** Pairs of peers that this one carries at once, and of one address. */
const MAX_PAIRS = 16
const MAX_PAIRS_PER_ADDRESS = 4

export interface ReachabilityOptions {
  readonly options: NodeOptions
  /** As trackers are told of this peer; its port becomes that which the router passes on. */
  readonly sender: { port: number }
  readonly security: PeerSecurity
  readonly listener: Pick<Listener, 'adopt' | 'endpoint'>
  /** Connects to a peer that wants a torrent and was told to wait for that. */
  readonly connectTo: (peer: PeerAddress, peerId: PeerId, infoHash: InfoHash) => void
  readonly logger: Logger
  readonly now: () => number
  readonly random: () => number
}

/**
 * How others come to this peer, and it to others that cannot be dialled.
 *
 * Invariant: a peer that only its own machine reaches does nothing of all this.
 */
export class Reachability {
  readonly desk: RelayDesk | undefined
  readonly #options: ReachabilityOptions
  readonly #isAlone: boolean
  readonly #trackers = new Map<string, TrackerReach>()
  readonly #over = new AbortController()
  readonly #betterment: Betterment
  #mapping: PortMapping | undefined
  #answering = 0

  constructor(options: ReachabilityOptions) {
    const { host, relay } = options.options
    this.#options = options
    this.#isAlone = isLoopbackHost(host)
    this.#betterment = new Betterment(options.logger)
    const bounds = { maxPairs: MAX_PAIRS, maxPairsPerAddress: MAX_PAIRS_PER_ADDRESS, now: options.now }
    this.desk = relay === undefined ? undefined : new RelayDesk({ ...bounds, rate: relay.rate })
  }

  get status(): ReachStatus {
    const answers = [...this.#trackers.values()].map(({ isReachable }) => isReachable)
    const isReachable = answers.includes(true) ? true : answers.includes(false) ? false : undefined
    return { isReachable, mapping: this.#mapping?.status, relay: this.desk?.status }
  }

  /** Something is shared or fetched by way of this tracker: from now on it is of use to be reached. */
  use(link: TrackerLink): void {
    if (this.#isAlone || this.#over.signal.aborted || this.#trackers.has(link.key)) return
    this.#mapPort()
    const rendezvous = new Rendezvous(link, this.#options.random)
    const { logger } = this.#options
    const tracker = new TrackerReach({
      rendezvous,
      offersRelay: this.desk !== undefined,
      onCall: (call) => void this.#answer(rendezvous, call),
      logger,
    })
    this.#trackers.set(link.key, tracker)
  }

  /** How to look for another way to a peer of `torrent`; undefined where no tracker can help. */
  seekerOf(torrent: Torrent, endpoint: PeerAddress): Seek | undefined {
    const key = peerKey(endpoint)
    const target = [...torrent.peers].find(([, peer]) => peerKey(peer) === key)?.[0]
    if (this.#isAlone || target === undefined || this.#trackers.size === 0) return undefined
    const { logger, now, security } = this.#options
    const search: Omit<SeekOptions, 'events'> = {
      target,
      infoHash: torrent.description.infoHash,
      rendezvous: [...this.#trackers.values()].map(({ rendezvous }) => rendezvous),
      isReachable: () => this.status.isReachable === true,
      secure: security.meeting(target, torrent.peers.get(target)),
      logger,
      now,
    }
    return (events) => {
      const found = (socket: Socket): void => {
        security.forgive(endpoint, torrent.peers)
        events.found(socket)
      }
      return this.#betterment.seek({ ...search, events: { ...events, found } }, endpoint)
    }
  }

  /** What a person is told of how a connection came about. */
  routeOf({ isDialled, detour }: Arrival): Route {
    if (detour !== undefined) return detour
    return !isDialled && this.#mapping?.status !== undefined ? 'mapped' : 'direct'
  }

  /** Removes the mapping, and ends what is carried. Never rejects. */
  async stop(): Promise<void> {
    this.#over.abort()
    for (const tracker of this.#trackers.values()) tracker.stop()
    this.#betterment.stop()
    this.desk?.close()
    await this.#mapping?.stop()
  }

  #mapPort(): void {
    const { options, listener, logger } = this.#options
    if (this.#mapping !== undefined || options.noPortMapping === true) return
    const { port } = listener.endpoint
    this.#mapping = new PortMapping({ port, onChange: (mapping) => this.#remap(mapping), logger })
  }

  #remap(mapping: PortMappingStatus | undefined): void {
    this.#options.sender.port = mapping?.externalPort ?? this.#options.listener.endpoint.port
    for (const tracker of this.#trackers.values()) tracker.checkAgain()
  }

  /** Never rejects. */
  async #answer(rendezvous: Rendezvous, call: Call): Promise<void> {
    if (this.#answering >= MAX_ANSWERING || this.#over.signal.aborted) return
    this.#answering++
    try {
      await this.#carryOut(rendezvous, call)
    } catch (error) {
      this.#options.logger.debug(() => `A call to ${call.kind} came to nothing: ${(error as Error).message}`)
    }
    this.#answering--
  }

  async #carryOut(rendezvous: Rendezvous, call: Call): Promise<void> {
    const { listener, connectTo } = this.#options
    const { signal } = this.#over
    switch (call.kind) {
      case 'CALL_BACK':
        return connectTo({ ...call.endpoint, wires: call.wires }, call.peerId, call.infoHash)
      case 'PUNCH':
        return listener.adopt(await rendezvous.answerPunch(call.ticket, signal))
      case 'RELAY':
        return listener.adopt(await rendezvous.joinRelay(call.relay, call.ticket, signal))
      case 'CARRY':
        this.desk?.admit(call.ticket)
    }
  }
}
