import type { Bitfield } from '../../protocol/bitfield.js'
import type { Endpoint } from '../../protocol/ids.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import { Holdings } from '../picker/holdings.js'
import { Picker, type Picking } from '../picker/picker.js'
import type { Playhead } from '../picker/sequence.js'
import { Source } from '../peer/source.js'
import type { Random } from '../random.js'
import type { RequestBudget } from '../rate/budget.js'
import { WAITING, type Verdict, type VerifiedRun } from '../verifier/verifier.js'
import type { Departure, Refusal, SwarmEffect } from './effect.js'
import { Endgame } from './endgame.js'
import { PeerBook, peerKey, type OwnEndpoint } from './peerBook.js'
import { Progress } from './progress.js'
import { Roster, type Usefulness } from './roster.js'
import { Search } from './search.js'
import { Suspicion } from './suspicion.js'
import { slowest, Turnover } from './turnover.js'
import { changeLevels } from './wishes.js'

/** Peers asked at once for one torrent: enough that a few slow ones do not matter. */
const MAX_SOURCES = 30
/** The same with those that connected by themselves, which cost no search: as many again. */
const MAX_ALL_SOURCES = 60
/** Milliseconds without a chunk, with requests under way, after which a peer counts as stalled. */
const STALL_TIME = 20_000
/** No piece was asked for; it is followed by the first, which begins a row and is not preferred to others. */
const BEFORE_ALL = -1

const NOTHING: readonly SwarmEffect[] = []

/** A peer that delivered this many times more good chunks than wrong ones is trusted anew. */
const GOOD_FOR_BAD = 10

/** What a peer answered when we said that we are interested. */
export interface PeerState {
  readonly isChoking: boolean
  /** What it has; undefined where it did not say, and then it is taken to have everything. */
  readonly has: Bitfield | undefined
  /** Requests that it takes at once. */
  readonly limit: number
  /** Whether it tells by itself what changes: then `peerHas` and `peerChokes` follow, and it is not asked again. */
  readonly tellsNews?: boolean
  /** Whether each request costs it much, so that it is best asked for pieces in a row. */
  readonly prefersRows?: boolean
}

export interface SwarmOptions {
  readonly layout: Layout
  /** Chunks verified already. The swarm adds to it. */
  readonly have: Bitfield
  /** Chunks of whole pieces. The swarm changes it with what is wanted. */
  readonly wanted: Bitfield
  readonly random: Random
  /** The download limits. */
  readonly budget: RequestBudget
  /** By it peers are preferred (BEP 40); chance decides without it. */
  readonly own?: OwnEndpoint
}

/**
 * One torrent being fetched: whom to ask for what, and what to do when that fails.
 * Each method takes one thing that happened and the time in milliseconds, and answers what is to be done.
 *
 * Invariants: every chunk wanted is verified, under way, waiting for its piece, or free for the next peer;
 * a peer has at most one source; after 'complete' nothing is asked of anyone.
 */
export class Swarm {
  readonly #layout: Layout
  readonly #progress: Progress
  readonly #budget: RequestBudget
  readonly #picker: Picker
  readonly #book: PeerBook
  readonly #roster: Roster
  readonly #suspicion: Suspicion
  readonly #search = new Search()
  readonly #endgame = new Endgame()
  readonly #turnover = new Turnover()
  readonly #needs = (chunk: number): boolean => this.needs(chunk)
  #isPaused = false
  #isComplete = false
  /** Whether there may be a peer to connect to: to look through all known ones for each chunk would cost more than the chunk. */
  #mayConnect = false
  #effects: SwarmEffect[] = []

  constructor({ layout, have, wanted, random, budget, own }: SwarmOptions) {
    this.#layout = layout
    this.#progress = new Progress(layout, have, wanted)
    this.#budget = budget
    this.#picker = new Picker(layout, have, wanted, random)
    this.#suspicion = new Suspicion(layout)
    this.#book = new PeerBook(random, own)
    this.#roster = new Roster(this.#picker, this.#progress, layout.pieceCount)
  }

  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Bytes wanted and not verified. */
  get missingBytes(): number {
    return this.#progress.missingBytes
  }

  get sources(): ReadonlyMap<string, Source> {
    return this.#roster.sources
  }

  /** How many of the peers it is fetched from have the whole of `piece`. */
  copiesOf(piece: number): number {
    return this.#picker.copies.allOf(piece)
  }

  /** Whether something of `piece` is wanted and not verified. */
  wants(piece: number): boolean {
    return this.#progress.isPieceMissing(piece)
  }

  /** Every address of the torrent that is known. */
  get endpoints(): readonly Endpoint[] {
    return this.#book.endpoints()
  }

  addPeers(endpoints: readonly Endpoint[], now: number): readonly SwarmEffect[] {
    const news = endpoints.filter((endpoint) => this.#book.add(endpoint)).length
    if (news > 0) this.#search.succeed()
    this.#mayConnect = true
    return this.#conclude(now)
  }

  /** A peer connected by itself: whether it may be taken from. What it has it says by `peerState`. */
  peerJoined(peer: string, now: number): boolean {
    if (this.#isComplete || this.#roster.size >= MAX_ALL_SOURCES || this.#roster.has(peer)) return false
    this.#roster.add(new Source(peer, this.#layout, now))
    return true
  }

  /**
   * A source that is no peer of the network is about to be used, as a web seed (BEP 19): whether it may be. What it has it
   * says by `peerState`; once it is lost, `retry` says when it may be used again. There are to be few of them.
   */
  sourceJoined(key: string, now: number): boolean {
    const isTaken = this.peerJoined(key, now)
    if (isTaken) this.#book.enlist(key)
    return isTaken
  }

  /**
   * A peer that connected by itself said where it listens: it is not connected to there too. Answers whether it is
   * still taken from: not so where there is a connection to that address already.
   */
  peerListens(peer: string, endpoint: Endpoint, now: number): boolean {
    const source = this.#roster.get(peer)
    if (source === undefined || source.address !== undefined) return source !== undefined
    const isNew = this.#book.claim(endpoint)
    if (isNew) source.address = peerKey(endpoint)
    else this.#forget(source, now)
    return isNew
  }

  /** The peer answered our interest. */
  peerState(peer: string, state: PeerState, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    if (source === undefined) return this.#conclude(now)
    source.limit = state.limit
    source.tellsNews = state.tellsNews ?? false
    source.lastPiece = state.prefersRows === true ? BEFORE_ALL : undefined
    const before = source.holdings.chunks.count
    if (state.has !== undefined) this.#hold(source, Holdings.of(this.#layout, state.has))
    else if (!state.isChoking) this.#hold(source, Holdings.all(this.#layout))
    const wasNews = source.holdings.chunks.count !== before
    source.state = state.isChoking ? 'choked' : 'unchoked'
    source.refreshAt = undefined
    if (state.isChoking || !source.holdings.isComplete) source.planRefresh(now, wasNews)
    this.#fill(source, now)
    return this.#conclude(now)
  }

  /** The peer completed `piece`, as it says by itself. */
  peerHas(peer: string, piece: number, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    if (source === undefined || piece >= this.#layout.pieceCount) return this.#conclude(now)
    this.#announceUse(source, this.#roster.gain(source, piece))
    if (this.#picker.isOpen(piece)) source.dryAt = undefined
    this.#fill(source, now)
    return this.#conclude(now)
  }

  /** The peer no longer has `piece`, as it says by itself. What was asked of it is answered all the same. */
  peerHasNot(peer: string, piece: number, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    if (source === undefined || piece >= this.#layout.pieceCount) return this.#conclude(now)
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = first; chunk < first + count; chunk++)
      this.#announceUse(source, this.#roster.lose(source, chunk))
    return this.#conclude(now)
  }

  /** The peer gives `piece` also while it chokes us, as it says by itself. */
  peerAllows(peer: string, piece: number, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    if (source === undefined || piece >= this.#layout.pieceCount) return this.#conclude(now)
    source.allow(piece)
    source.dryAt = undefined
    this.#fill(source, now)
    return this.#conclude(now)
  }

  /** The peer serves us from now on, or no longer does, as it says by itself. */
  peerChokes(peer: string, isChoking: boolean, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    if (source === undefined) return this.#conclude(now)
    source.state = isChoking ? 'choked' : 'unchoked'
    if (source.allowed.size > 0) source.dryAt = undefined
    if (isChoking) this.#picker.leave(peer)
    this.#fill(source, now)
    return this.#conclude(now)
  }

  /** A chunk came from `peer` and was looked at. */
  chunkArrived(peer: string, chunk: number, verdict: Verdict, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    const isElsewhere = !this.#land(source, chunk, now) || this.#endgame.has(chunk)
    if (verdict.outcome === 'waiting') this.#suspicion.waits(chunk, peer)
    if (verdict !== WAITING) this.#accept(verdict, peer, now)
    if (verdict.outcome === 'wrong') this.#punish(peer, [chunk], now)
    if (isElsewhere) this.#cancelOthers(chunk)
    if (source !== undefined && this.#roster.has(peer)) this.#fill(source, now)
    return this.#conclude(now)
  }

  /** Whether `chunk` came and waits for its piece. */
  isWaiting(chunk: number): boolean {
    return this.#suspicion.holds(chunk)
  }

  /** What hashes tell that were not known when the chunks came, all of which waited for them. */
  pieceJudged(verdict: Verdict, now: number): readonly SwarmEffect[] {
    this.#accept(verdict, '', now)
    return this.#conclude(now)
  }

  /** Whether `chunk` still counts when it comes: it is wanted, not verified, and does not wait for its piece. */
  needs(chunk: number): boolean {
    return this.#progress.isMissing(chunk) && !this.#suspicion.holds(chunk)
  }

  /** A chunk came that is no longer needed. */
  chunkSuperfluous(peer: string, chunk: number, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    this.#land(source, chunk, now)
    if (source !== undefined) this.#fill(source, now)
    return this.#conclude(now)
  }

  chunkRefused(peer: string, chunk: number, why: Refusal, now: number): readonly SwarmEffect[] {
    const source = this.#roster.get(peer)
    if (source?.inFlight.delete(chunk) !== true) return this.#conclude(now)
    source.heardAt = now
    this.#budget.refund(CHUNK_SIZE)
    this.#release(chunk)
    if (why === 'missing') this.#announceUse(source, this.#roster.lose(source, chunk))
    else if (why === 'failed' && this.needs(chunk)) source.avoided.add(chunk)
    else if (why === 'choked') this.#beChoked(source, chunk)
    if (source.inFlight.size === 0) this.#picker.leave(peer)
    if (source.refreshAt === undefined) source.planRefresh(now, why === 'choked')
    this.#fill(source, now)
    return this.#conclude(now)
  }

  peerLost(peer: string, reason: Departure, now: number): readonly SwarmEffect[] {
    this.#drop(peer, reason, now)
    return this.#conclude(now)
  }

  /** From now on pieces begin in sequence from `playhead` on; undefined: the rarest first. */
  setPlayhead(playhead: Playhead | undefined): void {
    this.#picker.setPlayhead(playhead)
  }

  /** How much each piece is wanted from now on (see `pieceLevels`). What is complete stays so. */
  setLevels(levels: Uint8Array, now: number): readonly SwarmEffect[] {
    if (this.#isComplete) return this.#conclude(now)
    const parts = { layout: this.#layout, progress: this.#progress, picker: this.#picker }
    const sources = [...this.#roster.sources.values()]
    for (const { source, chunk } of changeLevels({ ...parts, sources, needs: this.#needs }, levels)) {
      this.#endgame.delete(chunk)
      this.#effects.push({ kind: 'cancel', peer: source.peer, chunk })
    }
    for (const source of sources) {
      this.#announceUse(source, this.#roster.review(source))
      this.#fill(source, now)
    }
    return this.#conclude(now)
  }

  /** While paused nothing is asked for: the disk is behind, or failing. */
  setPaused(isPaused: boolean, now: number): readonly SwarmEffect[] {
    if (this.#isPaused && !isPaused) for (const source of this.#roster.sources.values()) source.heardAt = now
    this.#isPaused = isPaused
    this.#mayConnect = true
    if (!isPaused) for (const source of this.#roster.sources.values()) this.#fill(source, now)
    return this.#conclude(now)
  }

  /** Time has passed: call at least every 100 ms. */
  tick(now: number): readonly SwarmEffect[] {
    for (const source of [...this.#roster.sources.values()]) {
      if (!this.#isPaused && source.inFlight.size > 0 && now - source.heardAt > STALL_TIME) {
        this.#leave(source.peer, 'stalled', now)
        continue
      }
      source.forgive(now)
      if (source.refresh(now)) this.#effects.push({ kind: 'interest', peer: source.peer })
      this.#fill(source, now)
    }
    this.#turnOver(now)
    this.#mayConnect = true
    return this.#conclude(now)
  }

  /** A request of `source` ended with data; returns whether there was one. */
  #land(source: Source | undefined, chunk: number, now: number): boolean {
    if (source?.inFlight.delete(chunk) !== true) return false
    source.heardAt = now
    source.meter.add(this.#layout.lengthOf(chunk), now)
    return true
  }

  /** What counts now was brought by `bearer`, unless it had waited and others did. */
  #accept({ verified, suspects }: Verdict, bearer: string, now: number): void {
    for (const run of verified) this.#verify(run, bearer)
    if (suspects.length > 0) this.#suspect(suspects, now)
  }

  #verify({ first, count }: VerifiedRun, bearer: string): void {
    for (let chunk = first; chunk < first + count; chunk++) {
      const sender = this.#roster.get(this.#suspicion.settle(chunk) ?? bearer)
      if (sender !== undefined) sender.good++
      this.#endgame.delete(chunk)
      const piece = this.#progress.add(chunk)
      if (piece !== undefined) this.#complete(piece)
    }
  }

  /** All of `piece` counts. */
  #complete(piece: number): void {
    this.#picker.complete(piece)
    this.#effects.push({ kind: 'piece', piece })
    if (!this.#progress.wanted.has(this.#layout.chunksOf(piece).first)) return
    for (const source of this.#roster.complete(piece)) this.#announceUse(source, 'useless')
  }

  /** A piece failed: its only sender lied; of several, the next try is left to one alone. */
  #suspect(chunks: readonly number[], now: number): void {
    const senders = this.#suspicion.sendersOf(chunks)
    const [first] = chunks
    if (first === undefined) return
    const [only] = senders
    if (only !== undefined && senders.size === 1) this.#punish(only, chunks, now)
    else {
      this.#picker.makeExclusive(this.#layout.pieceOf(first))
      for (const chunk of chunks) this.#release(chunk)
    }
  }

  #punish(peer: string, chunks: readonly number[], now: number): void {
    for (const chunk of chunks) this.#release(chunk)
    const source = this.#roster.get(peer)
    if (source === undefined) return
    source.wrong++
    this.#picker.leave(peer)
    for (const chunk of chunks) source.avoided.add(chunk)
    if (source.guilt > 0) this.#leave(peer, 'lied', now)
    else this.#effects.push({ kind: 'retry', peer, why: 'wrong chunk', pause: 0 })
  }

  /** Makes `chunk` free for the next peer, unless it is under way elsewhere or counts already. */
  #release(chunk: number): void {
    if (!this.needs(chunk)) return
    // Where it is still under way, it is so once: the endgame may ask another peer for it again.
    this.#endgame.delete(chunk)
    for (const source of this.#roster.sources.values()) if (source.inFlight.has(chunk)) return
    this.#picker.release(chunk)
  }

  #cancelOthers(chunk: number): void {
    if (this.needs(chunk)) return
    for (const source of this.#roster.sources.values()) {
      if (source.inFlight.has(chunk)) this.#effects.push({ kind: 'cancel', peer: source.peer, chunk })
    }
  }

  /** Asks `source` for as much as fits now. Waits until a quarter of the window is free, so that requests leave together. */
  #fill(source: Source, now: number): void {
    if (this.#isPaused || this.#isComplete || source.useful === 0) return
    const room = source.room(now)
    if (room <= 0 || room < source.inFlight.size / 4) return
    const granted = this.#budget.grant(room, CHUNK_SIZE, now)
    const chunks = granted > 0 ? this.#pick(source, granted, now) : []
    if (granted > chunks.length) this.#budget.refund((granted - chunks.length) * CHUNK_SIZE)
    if (chunks.length === 0) return
    if (source.inFlight.size === 0) source.heardAt = now
    for (const chunk of chunks) source.inFlight.set(chunk, now)
    this.#effects.push({ kind: 'request', peer: source.peer, chunks })
  }

  /** It refused `chunk` since it serves others: what it allowed while it chokes us it no longer gives. */
  #beChoked(source: Source, chunk: number): void {
    if (source.state === 'choked') source.allowed.delete(this.#layout.pieceOf(chunk))
    if (source.state === 'unchoked' && !source.tellsNews) source.state = 'choked'
  }

  #pick(source: Source, most: number, now: number): number[] {
    const picking: Picking = {
      peer: source.peer,
      holdings: source.holdings,
      isAvoided: (chunk) => source.avoided.has(chunk),
      after: source.lastPiece,
      ...(source.state === 'choked' && { only: source.allowed }),
    }
    if (this.#picker.free > 0) {
      if (source.dryAt === this.#picker.releases) return []
      const picked = this.#picker.pick(picking, most)
      source.dryAt = picked.length === 0 ? this.#picker.releases : undefined
      const last = picked.at(-1)
      if (source.lastPiece !== undefined && last !== undefined) source.lastPiece = this.#layout.pieceOf(last)
      return picked
    }
    if (source.state === 'choked') return []
    return this.#endgame.pick(source, this.#roster.sources.values(), this.#needs, most, now)
  }

  #hold(source: Source, holdings: Holdings): void {
    source.dryAt = undefined
    this.#announceUse(source, this.#roster.hold(source, holdings))
  }

  /** Peers that tell their news by themselves are told ours: whether they have what is missing here. */
  #announceUse({ peer, tellsNews }: Source, change: Usefulness): void {
    if (change === undefined || !tellsNews) return
    this.#effects.push({ kind: change === 'useful' ? 'interest' : 'disinterest', peer })
  }

  /** Ends a connection from our side. */
  #leave(peer: string, reason: Departure, now: number): void {
    this.#effects.push({ kind: 'disconnect', peer, reason })
    this.#drop(peer, reason, now)
  }

  #drop(peer: string, reason: Departure, now: number): void {
    const source = this.#roster.get(peer)
    if (source === undefined) return
    this.#forget(source, now)
    const address = source.address ?? peer
    if (source.good > GOOD_FOR_BAD * source.wrong) this.#book.succeed(address)
    const isLong = reason === 'lied' || reason === 'refused' || reason === 'stranger'
    const pause = isLong ? this.#book.ban(address, now) : this.#book.fail(address, now)
    if (reason === 'self') return this.#book.exclude(address)
    this.#effects.push({ kind: 'retry', peer, why: reason, pause })
  }

  /** Nothing is taken from it any more. */
  #forget(source: Source, now: number): void {
    this.#roster.delete(source)
    this.#budget.refund(source.inFlight.size * CHUNK_SIZE)
    for (const chunk of source.inFlight.keys()) this.#release(chunk)
    this.#search.hasten(now)
    this.#mayConnect = true
  }

  #turnOver(now: number): void {
    if (this.#isPaused || !this.#turnover.isDue(now)) return
    if (this.#roster.size < MAX_SOURCES || this.#book.size <= MAX_SOURCES) return
    const peer = slowest([...this.#roster.sources.values()], now)
    if (peer !== undefined) this.#leave(peer, 'slow', now)
  }

  #connect(now: number): void {
    while (this.#roster.size < MAX_SOURCES) {
      const endpoint = this.#book.take(now)
      if (endpoint === undefined) {
        if (this.#search.isDue(now)) this.#effects.push({ kind: 'findPeers' })
        return
      }
      const peer = peerKey(endpoint)
      this.#roster.add(new Source(peer, this.#layout, now))
      this.#effects.push({ kind: 'connect', peer, endpoint }, { kind: 'interest', peer })
    }
  }

  /** Ends every method: what else follows, and everything that is to be done. */
  #conclude(now: number): readonly SwarmEffect[] {
    if (this.#progress.missing === 0 && !this.#isComplete) {
      this.#isComplete = true
      this.#effects.push({ kind: 'complete' })
    }
    if (this.#mayConnect && !this.#isComplete && !this.#isPaused) this.#connect(now)
    this.#mayConnect = false
    const effects = this.#effects
    if (effects.length === 0) return NOTHING
    this.#effects = []
    return effects
  }
}
