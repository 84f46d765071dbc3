import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Random } from '../random.js'
import { SuperSeeding } from './superSeeding.js'

/** How often it is looked who did not ask for what it was told of. Milliseconds. */
const REVIEW_TIME = 1_000
/** One that nobody joined for so long is told of everything: nothing can be sent twice to one alone. Milliseconds. */
const ALONE_TIME = 1_000

/** A peer that is told of pieces one by one. */
export interface Taker {
  readonly key: string
  readonly isServed: boolean
  /** Tells of those of `pieces` that it was not told of, and does not have. */
  tell(pieces: Iterable<number>): void
}

export interface InitialSeedingOptions {
  readonly layout: Layout
  readonly random: Random
  /** The peer of this key passed on a piece that it was given first. */
  readonly onPassedOn: (key: string) => void
  /** Every piece is at some other peer too, and every taker was told of all. */
  readonly onOver: () => void
}

/**
 * Tells the peers of the only seeder of pieces as SuperSeeding decides, until none needs to be withheld.
 * Times are milliseconds.
 */
export class InitialSeeding {
  readonly #options: InitialSeedingOptions
  readonly #superSeeding: SuperSeeding
  readonly #takers = new Set<Taker>()
  #joinedAt = 0
  /** How many of the pieces that are elsewhere a taker was told of. */
  readonly #spreadTold = new WeakMap<Taker, number>()
  readonly #toldAll = new WeakSet<Taker>()
  #reviewedAt = -Infinity

  constructor(options: InitialSeedingOptions) {
    this.#options = options
    this.#superSeeding = new SuperSeeding(options.layout, options.random)
  }

  join(taker: Taker, now: number): void {
    this.#takers.add(taker)
    this.#joinedAt = now
  }

  leave(taker: Taker): void {
    this.#takers.delete(taker)
    this.#superSeeding.withdraw(taker.key)
  }

  /** The taker says that it has `pieces`. */
  heard({ key }: Taker, pieces: Iterable<number>): void {
    for (const piece of pieces) {
      const giver = this.#superSeeding.peerHas(key, piece)
      if (giver !== undefined) this.#options.onPassedOn(giver)
    }
    this.#endIfOver()
  }

  /** The taker asks for a block of `piece`. */
  asked(taker: Taker, piece: number, now: number): void {
    this.#superSeeding.peerAsks(taker.key, piece, now)
    this.offer(taker, now)
  }

  /** `count` blocks of `piece` were sent to the taker. */
  sent({ key }: Taker, piece: number, now: number, count = 1): void {
    this.#superSeeding.sent(key, piece, now, count)
    this.#endIfOver()
  }

  /** The taker is not served any more. */
  pause({ key }: Taker, now: number): void {
    this.#superSeeding.pause(key, now)
  }

  /**
   * Tells the taker of what it may ask for next, and where that is nothing of what others have too; one that stays alone,
   * or wants other pieces than those, of everything. Call it at least once a second.
   */
  offer(taker: Taker, now: number): void {
    this.#review(now)
    if (!taker.isServed) return
    const isAlone = this.#takers.size === 1 && now - this.#joinedAt >= ALONE_TIME
    if (isAlone || this.#superSeeding.isPicky(taker.key)) return this.#tellAll(taker)
    taker.tell(this.#superSeeding.offer(taker.key, now))
    if (this.#superSeeding.isIdle(taker.key, now)) this.#tellSpread(taker)
  }

  /** Once: what is told twice costs a look at each piece. */
  #tellAll(taker: Taker): void {
    if (this.#toldAll.has(taker)) return
    this.#toldAll.add(taker)
    taker.tell(Array.from({ length: this.#options.layout.pieceCount }, (_, piece) => piece))
  }

  #tellSpread(taker: Taker): void {
    const { spread } = this.#superSeeding
    const told = this.#spreadTold.get(taker) ?? 0
    if (told === spread.length) return
    this.#spreadTold.set(taker, spread.length)
    taker.tell(spread.slice(told))
  }

  #review(now: number): void {
    if (now - this.#reviewedAt < REVIEW_TIME) return
    this.#reviewedAt = now
    this.#superSeeding.review(now)
  }

  #endIfOver(): void {
    if (!this.#superSeeding.isOver || this.#takers.size === 0) return
    const takers = [...this.#takers]
    this.#takers.clear()
    for (const taker of takers) this.#tellAll(taker)
    this.#options.onOver()
  }
}
