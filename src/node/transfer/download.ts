import { setTimeout as sleep } from 'node:timers/promises'
import type { Source } from '../../engine/peer/source.js'
import { peerKey } from '../../engine/swarm/peerBook.js'
import type { SwarmEffect } from '../../engine/swarm/effect.js'
import type { PeerState, Swarm } from '../../engine/swarm/swarm.js'
import { RateMeter } from '../../engine/rate/rateMeter.js'
import { PieceVerifier } from '../../engine/verifier/pieceVerifier.js'
import { WAITING, WRONG, type Verdict, type Verifier } from '../../engine/verifier/verifier.js'
import type { ShoalError } from '../../protocol/errors.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { Logger } from '../../support/log.js'
import type { DownloadFiles } from '../../storage/downloadFiles.js'
import { hashes } from '../hashes.js'
import type { Arrival, LinkEvents, PeerLink } from '../link/link.js'
import type { WebSeed } from '../link/webSeed/webSeed.js'
import type { Wire } from '../report/reports.js'
import { PeerTally, type Traffic } from '../report/traffic.js'
import type { Origin } from '../torrent/origins.js'
import type { Torrent } from '../torrent/torrent.js'
import { WebSeeds } from './webSeeds.js'

/** How often the swarm is told the time, and peers of the pieces that are new: a message for each would be most of what is sent. Milliseconds. */
const TICK = 100
/** Addresses taken of one answer to GET_PEERS, and peers whose connections are told of at the ordinary log level. */
const MAX_TOLD = 100
const MAX_NOTED = 100
/** When a piece that could not be read back for its hash is tried again. Milliseconds. */
const HASH_AGAIN = 2_000

export interface DownloadOptions {
  readonly torrent: Torrent & { readonly swarm: Swarm }
  readonly files: DownloadFiles
  readonly verifier: Verifier | PieceVerifier
  readonly openLink: (endpoint: Endpoint, events: LinkEvents) => PeerLink
  readonly webSeeds?: readonly WebSeed[]
  /** Of the whole peer. */
  readonly traffic: Traffic
  readonly findPeers: () => void
  /** Comes every TICK: chunks may have come. */
  readonly onTick?: () => void
  readonly onComplete: () => void
  readonly logger: Logger
  readonly now: () => number
}

/**
 * Carries out what a swarm decides: connects, asks, hashes, stores, and tells the swarm what came of it.
 *
 * Invariant: a chunk reaches the swarm as verified only after its data was handed to the files.
 */
export class Download {
  readonly meter = new RateMeter()
  /** What came from each peer, also from those that are gone. */
  readonly tallies = new Map<string, PeerTally>()
  readonly endpoints = new Map<string, Endpoint>()
  /** How each peer was last connected. */
  readonly arrivals = new Map<string, Arrival>()
  error: ShoalError | undefined
  readonly #options: DownloadOptions
  readonly #swarm: Swarm
  readonly #links = new Map<string, PeerLink>()
  readonly #noted = new Set<string>()
  readonly #webSeeds: WebSeeds
  /** Pieces that peers were not told of yet. */
  #news: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(options: DownloadOptions) {
    this.#options = options
    this.#swarm = options.torrent.swarm
    this.#webSeeds = new WebSeeds(options.webSeeds ?? [], (seed) => this.#useWebSeed(seed))
  }

  start(): void {
    this.#options.torrent.welcome = (remote, attach) => this.#welcome(remote, attach)
    this.#options.torrent.connect = (peer) => this.addPeers([peer], 'tracker')
    this.#timer = setInterval(() => this.#tick(), TICK)
    this.#webSeeds.start()
    this.#apply(this.#swarm.tick(this.#options.now()))
  }

  #tick(): void {
    this.#tellNews()
    this.#apply(this.#swarm.tick(this.#options.now()))
    this.#options.onTick?.()
  }

  /** Tells every peer of the pieces that were completed since the last time. */
  #tellNews(): void {
    if (this.#news.length === 0) return
    for (const session of this.#options.torrent.sessions) session.tellHave(this.#news)
    this.#news = []
  }

  addPeers(endpoints: readonly Endpoint[], origin: Origin): void {
    this.#options.torrent.origins.note(endpoints, origin)
    if (this.#timer !== undefined) this.#apply(this.#swarm.addPeers(endpoints, this.#options.now()))
  }

  /** How much each piece is wanted from now on. */
  setLevels(levels: Uint8Array): void {
    if (this.#timer !== undefined) this.#apply(this.#swarm.setLevels(levels, this.#options.now()))
  }

  /** The disk fails, or works again, or is no longer behind. */
  setFailure(error: ShoalError | undefined): void {
    this.error = error
    if (this.#timer === undefined) return
    this.#apply(this.#swarm.setPaused(error !== undefined, this.#options.now()))
  }

  /** What the source called `key` speaks. */
  wireOf(key: string): Wire {
    return this.#links.get(key)?.wire ?? 'bittorrent'
  }

  /** Whether the source called `key` is no peer but a web server. */
  isWebSeed(key: string): boolean {
    return this.#webSeeds.has(key)
  }

  /** Ends every connection. */
  stop(): void {
    this.#tellNews()
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#options.torrent.welcome = undefined
    this.#options.torrent.connect = undefined
    this.#webSeeds.stop()
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
  }

  /** A peer connected by itself. */
  #welcome(remote: Endpoint, attach: (events: LinkEvents) => PeerLink): void {
    const peer = peerKey(remote)
    if (!this.#swarm.peerJoined(peer, this.#options.now())) return
    this.endpoints.set(peer, remote)
    this.#note(peer, () => `Peer ${peer} connected to us`)
    this.#links.set(peer, attach(this.#events(peer)))
    this.#apply(this.#swarm.tick(this.#options.now()))
  }

  #useWebSeed({ key, endpoint, open }: WebSeed): boolean {
    if (!this.#swarm.sourceJoined(key, this.#options.now())) return false
    this.#note(key, () => `Asking web seed ${key}`)
    this.endpoints.set(key, endpoint)
    this.#links.set(key, open(this.#events(key)))
    return true
  }

  /** Where a peer listens that connected by itself. It is not taken from twice. */
  #place(peer: string, endpoint: Endpoint): void {
    this.#giveWay(peer, peerKey(endpoint))
    if (this.#swarm.peerListens(peer, endpoint, this.#options.now())) {
      this.endpoints.set(peer, endpoint)
      return
    }
    this.#links.get(peer)?.close()
    this.#links.delete(peer)
  }

  #apply(effects: readonly SwarmEffect[]): void {
    for (const effect of effects) this.#execute(effect)
  }

  #execute(effect: SwarmEffect): void {
    const { logger, torrent } = this.#options
    switch (effect.kind) {
      case 'connect':
        this.#note(effect.peer, () => `Connecting to ${effect.peer}`)
        this.endpoints.set(effect.peer, effect.endpoint)
        this.#links.set(effect.peer, this.#options.openLink(effect.endpoint, this.#events(effect.peer)))
        return
      case 'disconnect':
        this.#links.get(effect.peer)?.close()
        this.#links.delete(effect.peer)
        return
      case 'interest':
        return this.#links.get(effect.peer)?.interest()
      case 'disinterest':
        return this.#links.get(effect.peer)?.disinterest()
      case 'request':
        return this.#links.get(effect.peer)?.request(effect.chunks)
      case 'cancel':
        return this.#links.get(effect.peer)?.cancel(effect.chunk)
      case 'findPeers':
        this.#options.findPeers()
        for (const link of this.#links.values()) link.findPeers()
        return
      case 'piece':
        torrent.pieces.add(effect.piece)
        this.#news.push(effect.piece)
        return logger.debug(() => `Piece ${effect.piece} of "${torrent.description.content.name}" complete`)
      case 'complete':
        this.#tellNews()
        for (const session of torrent.sessions) session.tellComplete()
        return this.#options.onComplete()
      case 'retry':
        if (effect.why !== 'wrong chunk') this.#webSeeds.lose(effect.peer, effect.pause)
        return this.#note(effect.why === 'unreachable' ? effect.peer : undefined, () => retryLine(effect))
    }
  }

  /** The search for a way to `dialled` is over where it connected by itself. */
  #giveWay(peer: string, dialled: string): void {
    const link = this.#links.get(dialled)
    if (peer === dialled || link?.isSearching !== true) return
    link.close()
    this.#links.delete(dialled)
    this.endpoints.delete(dialled)
    this.#apply(this.#swarm.peerLost(dialled, 'closed', this.#options.now()))
  }

  #events(peer: string): LinkEvents {
    const { now, logger } = this.#options
    return {
      state: (state) => this.#changeState(peer, state),
      chunk: (chunk, data, proof) => this.#receive(peer, chunk, data, proof),
      refused: (chunk, why) => {
        logger.debug(() => `Chunk ${chunk} refused by ${peer}: ${why}`)
        this.#apply(this.#swarm.chunkRefused(peer, chunk, why, now()))
      },
      has: (piece) => this.#apply(this.#swarm.peerHas(peer, piece, now())),
      hasNot: (piece) => this.#apply(this.#swarm.peerHasNot(peer, piece, now())),
      allows: (piece) => this.#apply(this.#swarm.peerAllows(peer, piece, now())),
      choke: (isChoking) => this.#changeChoke(peer, isChoking),
      listens: (endpoint) => this.#place(peer, endpoint),
      peers: (endpoints) => this.addPeers(endpoints.slice(0, MAX_TOLD), 'pex'),
      lost: (reason, detail) => {
        logger.debug(() => `Connection to ${peer} lost: ${detail}`)
        this.#links.delete(peer)
        if (!this.tallies.has(peer)) {
          this.endpoints.delete(peer)
          this.arrivals.delete(peer)
        }
        this.#apply(this.#swarm.peerLost(peer, reason, now()))
      },
    }
  }

  /** For the log. What is said of each peer again and again is of interest at first, and of so many peers only. */
  #note(peer: string | undefined, line: () => string): void {
    const { logger } = this.#options
    if (peer === undefined) return logger.info(line)
    const isNew = this.#noted.size < MAX_NOTED && !this.#noted.has(peer)
    if (isNew) this.#noted.add(peer)
    if (isNew || this.tallies.has(peer)) logger.info(line)
    else logger.debug(line)
  }

  #changeState(peer: string, state: PeerState): void {
    const arrival = this.#links.get(peer)?.arrival
    if (arrival !== undefined) this.arrivals.set(peer, arrival)
    const before = this.#swarm.sources.get(peer)?.state
    this.#apply(this.#swarm.peerState(peer, state, this.#options.now()))
    // Who tells its news by itself chokes at first, which says nothing.
    if (state.tellsNews !== true || !state.isChoking) this.#noteChoke(peer, before)
  }

  #changeChoke(peer: string, isChoking: boolean): void {
    const before = this.#swarm.sources.get(peer)?.state
    this.#apply(this.#swarm.peerChokes(peer, isChoking, this.#options.now()))
    this.#noteChoke(peer, before)
  }

  #noteChoke(peer: string, before: Source['state'] | undefined): void {
    const { logger, torrent } = this.#options
    const source = this.#swarm.sources.get(peer)
    if (source === undefined || source.state === before) return
    const has = `${source.holdings.chunks.count} of ${torrent.layout.chunkCount} chunks`
    const isChoking = source.state === 'choked'
    logger.info(
      () => `Peer ${peer} ${isChoking ? 'chokes us: it serves others now' : `serves us; it has ${has}`}`,
    )
  }

  #receive(peer: string, chunk: number, data: Uint8Array, proof: readonly Uint8Array[] | undefined): void {
    const { torrent, files, verifier, logger } = this.#options
    const swarm = this.#swarm
    const now = this.#options.now()
    if (!swarm.needs(chunk)) {
      this.#options.traffic.superfluousChunks++
      this.#waste(peer, data.length)
      return this.#apply(swarm.chunkSuperfluous(peer, chunk, now))
    }
    if (data.length !== torrent.layout.lengthOf(chunk)) {
      this.#blame(peer, data.length)
      return this.#apply(swarm.chunkArrived(peer, chunk, WRONG, now))
    }
    const isProven = !(verifier instanceof PieceVerifier) && (proof !== undefined || verifier.knows(chunk))
    if (!files.write(chunk, data, !isProven))
      return this.#apply(swarm.chunkRefused(peer, chunk, 'failed', now))
    const verdict =
      verifier instanceof PieceVerifier
        ? this.#arrive(verifier, chunk)
        : isProven
          ? verifier.check(chunk, hashes.sha256(data), proof)
          : WAITING
    if (verdict.outcome === 'wrong') {
      files.discard(chunk)
      this.#blame(peer, data.length)
    }
    if (verdict !== WAITING) this.#keep(verdict)
    if (verdict.outcome !== 'wrong') this.#credit(peer, data.length, now)
    logger.debug(() => `Chunk ${chunk} from ${peer}: ${verdict.outcome}`)
    this.#apply(swarm.chunkArrived(peer, chunk, verdict, now))
    if (files.isBehind) this.#apply(swarm.setPaused(true, now))
  }

  /** The SHA-256 of chunks that nothing proved when they came, strung together: they count once their whole piece is known. */
  takeLeaves(first: number, leaves: Uint8Array): void {
    const { verifier } = this.#options
    if (verifier instanceof PieceVerifier) return
    const verdict = verifier.checkRun(first, leaves, (chunk) => this.#swarm.isWaiting(chunk))
    if (verdict !== WAITING) this.#accept(verdict)
  }

  #blame(peer: string, bytes: number): void {
    this.#options.traffic.wrongChunks++
    this.#waste(peer, bytes)
  }

  #keep({ verified, suspects }: Verdict): void {
    const { files, traffic } = this.#options
    if (suspects.length > 0) traffic.failedPieces++
    for (const { first, count, leaves } of verified) {
      traffic.verifiedChunks += count
      files.confirm(first, count, leaves)
    }
    for (const chunk of suspects) files.discard(chunk)
  }

  /** A chunk of v1 alone waits for its piece, which is hashed as soon as it is whole. */
  #arrive(verifier: PieceVerifier, chunk: number): Verdict {
    const piece = verifier.arrive(chunk)
    if (piece !== undefined) void this.#judge(verifier, piece)
    return WAITING
  }

  /** Nothing of the piece is asked for meanwhile, nor taken: its chunks wait. */
  async #judge(verifier: PieceVerifier, piece: number): Promise<void> {
    const digest = await this.#hash(piece)
    if (digest !== undefined) this.#accept(verifier.judge(piece, digest))
  }

  /** The SHA-1 of a piece that is whole; undefined once this is stopped and there is none. What the disk refuses is tried again. */
  async #hash(piece: number): Promise<Uint8Array | undefined> {
    const { files, logger } = this.#options
    do {
      try {
        return await files.hashPiece(piece)
      } catch (error) {
        logger.error(() => `Piece ${piece} cannot be read back: ${(error as Error).message}`)
      }
      await sleep(HASH_AGAIN, undefined, { ref: false })
    } while (this.#timer !== undefined)
    return undefined
  }

  /** What chunks are that waited to be hashed. What turns out good after this is stopped is good for the next start. */
  #accept(verdict: Verdict): void {
    this.#keep(verdict)
    if (this.#timer !== undefined) this.#apply(this.#swarm.pieceJudged(verdict, this.#options.now()))
  }

  #credit(peer: string, bytes: number, now: number): void {
    this.meter.add(bytes, now)
    const tally = this.tallies.get(peer) ?? this.#begin(peer)
    tally.credit(bytes)
  }

  #begin(peer: string): PeerTally {
    const tally = new PeerTally(this.#options.traffic.wires[this.wireOf(peer)])
    this.tallies.set(peer, tally)
    return tally
  }

  #waste(peer: string, bytes: number): void {
    const tally = this.tallies.get(peer) ?? this.#begin(peer)
    tally.wasted += bytes
  }
}

const WHY: Record<Extract<SwarmEffect, { kind: 'retry' }>['why'], string> = {
  self: 'is this peer',
  stranger: 'holds another key than the tracker says',
  unreachable: 'cannot be reached',
  closed: 'closed the connection',
  stalled: 'delivered nothing for too long',
  refused: 'refused to serve us',
  garbage: 'sent what is not of the protocol',
  lied: 'sent wrong data too often',
  slow: 'is much slower than the others',
  'wrong chunk': 'sent a chunk that does not match its hash; asking for it again',
}

const retryLine = (effect: Extract<SwarmEffect, { kind: 'retry' }>): string => {
  const again = effect.pause > 0 ? `; trying it again in ${Math.round(effect.pause / 1000)} s` : ''
  return `Peer ${effect.peer} ${WHY[effect.why]}${again}`
}
