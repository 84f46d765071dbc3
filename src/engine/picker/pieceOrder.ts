import type { Random } from '../random.js'
import { SKIPPED } from './priority.js'
import { RarityOrder } from './rarityOrder.js'
import type { Sequence } from './sequence.js'

/**
 * Pieces that have not begun, by level, and within a level from the rarest on or in sequence.
 *
 * Invariants: each listed piece is in the order of its level and in no other; while there is a sequence, no piece of a
 * level has a rank below `#cursors` of that level, so that looking for the first one passes over each only once.
 */
export class PieceOrder {
  readonly #pieceCount: number
  readonly #random: Random
  /** The level at which each piece is listed; SKIPPED: it is not. */
  readonly #levels: Uint8Array
  readonly #byLevel: (RarityOrder | undefined)[] = []
  readonly #cursors = [0, 0, 0, 0]
  #sequence: Sequence | undefined

  constructor(pieceCount: number, random: Random) {
    this.#pieceCount = pieceCount
    this.#random = random
    this.#levels = new Uint8Array(pieceCount)
  }

  /** How pieces of one level follow one another; undefined: the rarest first. */
  get sequence(): Sequence | undefined {
    return this.#sequence
  }

  set sequence(sequence: Sequence | undefined) {
    this.#sequence = sequence
    this.#cursors.fill(0)
  }

  has(piece: number): boolean {
    return this.#levelOf(piece) !== SKIPPED
  }

  /** Lists `piece`, which is not, at a level that is wanted. */
  add(piece: number, level: number, copies: number): void {
    this.#levels[piece] = level
    this.#at(level).add(piece, copies)
    if (this.#sequence === undefined) return
    this.#cursors[level] = Math.min(this.#cursors[level] ?? 0, this.#sequence.rankOf(piece))
  }

  /** From now on there are `copies` of `piece`. */
  place(piece: number, copies: number): void {
    if (this.has(piece)) this.#at(this.#levelOf(piece)).place(piece, copies)
  }

  delete(piece: number): void {
    if (!this.has(piece)) return
    this.#at(this.#levelOf(piece)).delete(piece)
    this.#levels[piece] = SKIPPED
  }

  /** The first of `level` that `isFit` accepts. */
  find(level: number, isFit: (piece: number) => boolean): number | undefined {
    const order = this.#byLevel[level]
    if (order === undefined || this.#sequence === undefined) return order?.find(isFit)
    return this.#findInSequence(level, this.#sequence, isFit)
  }

  /** Any of `level` that `isFit` accepts. */
  findAny(level: number, isFit: (piece: number) => boolean): number | undefined {
    return this.#byLevel[level]?.findAny(isFit)
  }

  #findInSequence(level: number, sequence: Sequence, isFit: (piece: number) => boolean): number | undefined {
    let isLeading = true
    for (let rank = this.#cursors[level] ?? 0; rank < sequence.ranks; rank++) {
      const piece = sequence.at(rank)
      if (isLeading) this.#cursors[level] = rank
      if (this.#levelOf(piece) !== level) continue
      if (isFit(piece)) return piece
      isLeading = false
    }
    return undefined
  }

  #levelOf(piece: number): number {
    return this.#levels[piece] ?? SKIPPED
  }

  /** Most torrents have one level only: the order of another is made when it is needed. */
  #at(level: number): RarityOrder {
    return (this.#byLevel[level] ??= new RarityOrder(this.#pieceCount, this.#random))
  }
}
