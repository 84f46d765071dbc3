import type { Random } from '../../src/engine/random.js'
import type { Endpoint } from '../../src/protocol/ids.js'
import { CHUNK_SIZE } from '../../src/protocol/limits.js'
import { Layout } from '../../src/protocol/metainfo/layout.js'
import { sampleOf, seededRandom } from './chance.js'
import { Clock } from './clock.js'
import { Link } from './link.js'
import { Monitor } from './monitor.js'
import { SimPeer, type Traits } from './peer.js'

/** Peers in one answer of the tracker. */
const TOLD = 50
/** Connections of one peer, as clients bound them. */
const MOST_LINKS = 100

export interface WorldOptions {
  readonly seed: number
  readonly pieces: number
  readonly chunksPerPiece: number
  /** Milliseconds between two ticks of a peer. */
  readonly tick: number
  /** Whether pieces are told at once (0) or with the next review, a second apart. */
  readonly newsDelay: number
}

/** A virtual network, its tracker and its peers; one seed makes one run. */
export class World {
  readonly clock = new Clock()
  readonly random: Random
  readonly layout: Layout
  readonly monitor: Monitor
  readonly peers: SimPeer[] = []
  readonly startedAt: number
  #byKey = new Map<string, SimPeer>()
  #remaining = 0
  #sideOf: ((peer: SimPeer) => number) | undefined

  constructor(readonly options: WorldOptions) {
    this.startedAt = this.clock.now
    this.random = seededRandom(options.seed)
    const size = options.pieces * options.chunksPerPiece * CHUNK_SIZE
    const pieceLength = options.chunksPerPiece * CHUNK_SIZE
    this.layout = new Layout({ files: [{ path: ['a'], size, rootHash: undefined }], pieceLength })
    this.monitor = new Monitor((chunk) => this.layout.pieceOf(chunk))
  }

  /** Leechers that are online and not complete. */
  get remaining(): number {
    return this.#remaining
  }

  /** Seconds since the world began. */
  get seconds(): number {
    return (this.clock.now - this.startedAt) / 1000
  }

  /** A new peer, which arrives after `delay` milliseconds. */
  add(traits: Traits, delay: number): SimPeer {
    const index = this.peers.length + 1
    const endpoint = { host: `10.0.${index >> 8}.${index & 255}`, port: 6881 }
    const peer = new SimPeer(this, endpoint, traits)
    this.peers.push(peer)
    if (!peer.isSeeding) this.#remaining++
    this.clock.after(delay, () => {
      this.#byKey.set(peer.key, peer)
      peer.start()
    })
    return peer
  }

  remove(peer: SimPeer): void {
    if (!peer.isOnline) return
    if (!peer.isSeeding) this.#remaining--
    this.#byKey.delete(peer.key)
    peer.stop()
  }

  completed(): void {
    this.#remaining--
  }

  /** Separates peers of two sides: nothing passes, and nobody is told, until `heal`. */
  partition(sideOf: (peer: SimPeer) => number): void {
    this.#sideOf = sideOf
    for (const link of this.#links()) link.isCut = this.#isApart(link.ends[0].peer, link.ends[1].peer)
  }

  heal(): void {
    this.#sideOf = undefined
    for (const link of this.#links()) if (link.isCut) link.close()
  }

  /** Ends each connection with probability `share`. */
  dropLinks(share: number): void {
    for (const link of this.#links()) if (this.random() < share) link.close()
  }

  /** Does `action` every `seconds`, for as long as it answers true. */
  every(seconds: number, action: () => boolean): void {
    this.clock.after(seconds * 1000, () => {
      if (action()) this.every(seconds, action)
    })
  }

  #links(): Set<Link> {
    return new Set(this.peers.flatMap((peer) => [...peer.ends.values()].map(({ link }) => link)))
  }

  #isApart(peer: SimPeer, other: SimPeer): boolean {
    return this.#sideOf !== undefined && this.#sideOf(peer) !== this.#sideOf(other)
  }

  /** The tracker answers `peer` with others. */
  announce(peer: SimPeer): void {
    this.clock.after(4 * peer.latency, () => {
      const others = [...this.#byKey.values()].filter((other) => other !== peer)
      if (peer.isOnline) peer.learn(sampleOf(others, TOLD, this.random).map(({ endpoint }) => endpoint))
    })
  }

  /** `peer` connects to `endpoint`: connection and handshake take two round trips. */
  connect(peer: SimPeer, endpoint: Endpoint): void {
    const key = `${endpoint.host}:${endpoint.port}`
    const other = this.#byKey.get(key)
    const latency = peer.latency + (other?.latency ?? 100)
    this.clock.after(4 * latency, () => {
      if (!peer.isOnline) return
      const isThere =
        other !== undefined && other.isOnline && other.ends.size < MOST_LINKS && !this.#isApart(peer, other)
      const isUseless = other !== undefined && other.isSeeding && peer.isSeeding
      if (!isThere || isUseless || peer.swarm?.sources.has(key) !== true) return peer.unreachable(key)
      const link = new Link(this.clock, peer, other)
      for (const end of link.ends) end.peer.attach(end)
    })
  }

  /** Runs until every leecher that is online is done, or `seconds` have passed; returns whether all are. */
  run(seconds: number): boolean {
    const end = this.clock.now + seconds * 1000
    while (this.#remaining > 0 && this.clock.now < end && this.clock.step());
    return this.#remaining === 0
  }
}
