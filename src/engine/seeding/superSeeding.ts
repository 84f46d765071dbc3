import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import { RateMeter } from '../rate/rateMeter.js'
import type { Random } from '../random.js'

/** Pieces that a taker knows of beyond those that it asks for: at least, and as seconds of its rate. */
const AHEAD = 2
const AHEAD_SECONDS = 0.5
/** How long one that is choked may take to finish and announce the pieces under way to it. Milliseconds. */
const FINISH_TIME = 3_000

/**
 * A piece that one is told of and does not ask for it may be getting from elsewhere. It is for others when the taker began
 * so many other pieces meanwhile for each that it knew of: one who takes them by chance misses it with 1 in e^8.
 */
const PASSED_OVER = 8
/** The same when it takes nothing for so long. Milliseconds. */
const ASK_TIME = 2_000

/**
 * Once every piece is offered, those who have nothing to take alone get nothing for as long as the rest should need at the
 * present rate and half as long again, at most so long: what they took would hold up pieces that nobody has. Milliseconds.
 */
const REST_SHARE = 1.5
const REST_MOST = 10_000

/**
 * Pieces that one who is alone knows of ahead, for each that it began: what it is told of grows as fast as it asks, so
 * that a fast one is not held up by its first round trips.
 */
const GROWTH = 4

/**
 * Pieces that one who asked for none yet lets pass before it is taken to want others: three times AHEAD, so 6 s; a slow
 * start takes less. One who asked before has begun elsewhere what it is told of, perhaps where it is slow.
 */
const PICKY = 6

interface Offer {
  readonly since: number
  /** Pieces that the taker had begun then. */
  readonly begunBefore: number
}

interface Taker {
  /** Pieces it was told of and has not asked for yet, in the order in which it was told. */
  readonly offered: Map<number, Offer>
  /** Pieces that it is taking, with how many blocks of each were sent. */
  readonly underWay: Map<number, number>
  /** Pieces that it was told of and did not ask for in time. */
  readonly declined: Set<number>
  readonly meter: RateMeter
  /** Pieces that it asked for so far. */
  begun: number
  /** When it last began a piece that it was told of; who asks for others alone keeps none from them. */
  askedAt: number
  /** Pieces in a row that it let pass rather than ask for them. */
  waits: number
  /** When what it did not finish is for others; undefined while it is served. */
  endsAt: number | undefined
}

/**
 * Which pieces the only seeder tells each peer of, so that it sends none twice before it sent each once: what an initial
 * seeder sends twice is lost (the idea of BEP 16, with several pieces ahead so that nobody waits for the next one).
 *
 * Invariant: a piece that no other peer has is offered to or under way to one taker at most, or is fresh;
 * `#fresh` has a piece once at most, as `#isListed` says.
 */
export class SuperSeeding {
  /** Holds all pieces that nobody has and that nobody was told of, in an order of chance; others may stand among them. */
  readonly #fresh: number[] = []
  readonly #isFresh: Uint8Array
  readonly #isListed: Uint8Array
  readonly #isElsewhere: Uint8Array
  readonly #takers = new Map<string, Taker>()
  /** To whom each piece was given that only its taker has so far. */
  readonly #firstHolder = new Map<number, string>()
  readonly #layout: Layout
  readonly #spread: number[] = []
  /** Until when what is offered and under way should have left; undefined while there are fresh pieces. */
  #restUntil: number | undefined

  constructor(layout: Layout, random: Random) {
    const { pieceCount } = layout
    this.#layout = layout
    this.#isFresh = new Uint8Array(pieceCount).fill(1)
    this.#isListed = new Uint8Array(pieceCount).fill(1)
    this.#isElsewhere = new Uint8Array(pieceCount)
    for (let piece = 0; piece < pieceCount; piece++) {
      const at = Math.floor(random() * (piece + 1))
      const other = this.#fresh[at] ?? piece
      this.#fresh.push(other)
      this.#fresh[at] = piece
    }
  }

  /** Whether every piece is at some other peer too: then nothing is withheld any more. */
  get isOver(): boolean {
    return this.#spread.length === this.#isElsewhere.length
  }

  /** The pieces that other peers have too, in the order in which that was learnt. */
  get spread(): readonly number[] {
    return this.#spread
  }

  /** Whether there is nothing more that `peer` alone could take: then it may be told of pieces that others have too. */
  isIdle(peer: string, now: number): boolean {
    const taker = this.#takers.get(peer)
    this.#dropStale()
    if (this.#fresh.length > 0) this.#restUntil = undefined
    else this.#restUntil ??= now + this.#restTime(now)
    const isAlone = taker === undefined || taker.offered.size + taker.underWay.size === 0
    return isAlone && this.#restUntil !== undefined && now >= this.#restUntil
  }

  /** Whether `peer` wants other pieces than it is told of: some files alone, or those that come next. */
  isPicky(peer: string): boolean {
    const taker = this.#takers.get(peer)
    return taker !== undefined && taker.waits >= (taker.begun > 0 ? 1 : PICKY)
  }

  /**
   * `peer` says that it has `piece`. Returns who passed it on, where that one was the first to be given it and this is
   * the first time.
   */
  peerHas(peer: string, piece: number): string | undefined {
    const taker = this.#takers.get(peer)
    taker?.offered.delete(piece)
    const wasTaking = taker?.underWay.delete(piece) === true
    if (this.#isElsewhere[piece] === 0) {
      this.#isElsewhere[piece] = 1
      this.#spread.push(piece)
      if (wasTaking) this.#firstHolder.set(piece, peer)
      return undefined
    }
    const giver = this.#firstHolder.get(piece)
    if (giver === peer) return undefined
    this.#firstHolder.delete(piece)
    return giver
  }

  /** `peer` asks for blocks of `piece`, told of it or not. */
  peerAsks(peer: string, piece: number, now: number): void {
    const taker = this.#takerOf(peer)
    if (taker.offered.delete(piece)) taker.askedAt = now
    taker.waits = 0
    if (this.#isElsewhere[piece] === 1 || taker.underWay.has(piece)) return
    taker.underWay.set(piece, 0)
    taker.begun++
    this.#isFresh[piece] = 0
    const most = PASSED_OVER * Math.max(AHEAD, taker.offered.size)
    for (const [other, { begunBefore }] of taker.offered) {
      if (taker.begun - begunBefore < most) return
      this.#decline(taker, other)
    }
  }

  /** `count` blocks of `piece` were sent. A whole piece counts as had: some clients never say that they have what came from us. */
  sent(peer: string, piece: number, now: number, count = 1): void {
    const taker = this.#takers.get(peer)
    const before = taker?.underWay.get(piece)
    taker?.meter.add(count * CHUNK_SIZE, now)
    if (taker === undefined || before === undefined) return
    taker.underWay.set(piece, before + count)
    if (before + count >= this.#layout.chunksOf(piece).count) this.peerHas(peer, piece)
  }

  /** Pieces to tell `peer` of now, so that it always knows fresh ones for which it has not asked yet. */
  offer(peer: string, now: number): number[] {
    const taker = this.#takerOf(peer)
    taker.endsAt = undefined
    const aheadBytes = taker.meter.rate(now) * AHEAD_SECONDS
    const isAlone = this.#takers.size === 1
    const ahead = Math.max(
      AHEAD,
      Math.ceil(aheadBytes / this.#layout.pieceLength),
      isAlone ? GROWTH * taker.begun : 0,
    )
    const pieces: number[] = []
    if (isAlone && taker.offered.size > ahead / 2) return pieces
    while (taker.offered.size < ahead) {
      const piece = this.#takeFresh(taker.declined)
      if (piece === undefined) break
      taker.offered.set(piece, { since: now, begunBefore: taker.begun })
      pieces.push(piece)
    }
    return pieces
  }

  /** `peer` is served no more: what it did not ask for is for others now, and what it does not finish soon. */
  pause(peer: string, now: number): void {
    const taker = this.#takers.get(peer)
    if (taker === undefined) return
    this.#return(taker.offered.keys())
    taker.offered.clear()
    taker.endsAt = now + FINISH_TIME
  }

  /** Time has passed: call at least every few seconds. */
  review(now: number): void {
    for (const [peer, taker] of this.#takers) {
      if (taker.endsAt !== undefined && taker.endsAt <= now) this.withdraw(peer)
      for (const [piece, { since }] of taker.offered) {
        if (taker.underWay.size > 0 || now - Math.max(since, taker.askedAt) < ASK_TIME) continue
        taker.waits++
        this.#decline(taker, piece)
      }
    }
  }

  /** `peer` is gone: what it did not take is for others. */
  withdraw(peer: string): void {
    const taker = this.#takers.get(peer)
    if (taker === undefined) return
    this.#takers.delete(peer)
    this.#return(taker.offered.keys())
    this.#return(taker.underWay.keys())
  }

  #return(pieces: Iterable<number>): void {
    for (const piece of pieces) {
      if (this.#isElsewhere[piece] === 1 || this.#isFresh[piece] === 1) continue
      this.#isFresh[piece] = 1
      if (this.#isListed[piece] === 0) this.#fresh.push(piece)
      this.#isListed[piece] = 1
    }
  }

  #takerOf(peer: string): Taker {
    const known = this.#takers.get(peer)
    if (known !== undefined) return known
    const taker: Taker = {
      offered: new Map<number, Offer>(),
      underWay: new Map<number, number>(),
      meter: new RateMeter(),
      declined: new Set<number>(),
      begun: 0,
      askedAt: -Infinity,
      waits: 0,
      endsAt: undefined,
    }
    this.#takers.set(peer, taker)
    return taker
  }

  /** How long the takers should need for what they alone were told of. Milliseconds. */
  #restTime(now: number): number {
    let blocks = 0
    let rate = 0
    for (const { offered, underWay, meter } of this.#takers.values()) {
      blocks += (offered.size + underWay.size) * this.#layout.chunksPerPiece
      for (const sent of underWay.values()) blocks -= sent
      rate += meter.rate(now)
    }
    return rate === 0 ? 0 : Math.min(REST_MOST, (REST_SHARE * blocks * CHUNK_SIZE * 1000) / rate)
  }

  #decline(taker: Taker, piece: number): void {
    taker.offered.delete(piece)
    taker.declined.add(piece)
    this.#return([piece])
  }

  #takeFresh(declined: ReadonlySet<number>): number | undefined {
    this.#dropStale()
    for (let at = this.#fresh.length - 1; at >= 0; at--) {
      const piece = this.#fresh[at]
      if (piece === undefined || !this.#isOpen(piece) || declined.has(piece)) continue
      this.#fresh.splice(at, 1)
      this.#isListed[piece] = 0
      this.#isFresh[piece] = 0
      return piece
    }
    return undefined
  }

  #isOpen(piece: number): boolean {
    return this.#isFresh[piece] === 1 && this.#isElsewhere[piece] === 0
  }

  #dropStale(): void {
    for (let last = this.#fresh.at(-1); last !== undefined; last = this.#fresh.at(-1)) {
      if (this.#isOpen(last)) return
      this.#fresh.pop()
      this.#isListed[last] = 0
    }
  }
}
