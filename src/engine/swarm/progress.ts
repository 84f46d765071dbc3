import type { Bitfield } from '../../protocol/bitfield.js'
import type { Layout } from '../../protocol/metainfo/layout.js'

/**
 * What of a torrent is wanted and what is verified.
 *
 * Invariants: `missing`, `missingBytes` and `#missingOf` count the chunks that are wanted and not had, `#lackingOf` those
 * that are not had.
 */
export class Progress {
  readonly have: Bitfield
  readonly wanted: Bitfield
  readonly #layout: Layout
  readonly #missingOf: Uint32Array
  readonly #lackingOf: Uint32Array
  #missing = 0
  #missingBytes = 0

  constructor(layout: Layout, have: Bitfield, wanted: Bitfield) {
    this.#layout = layout
    this.#missingOf = new Uint32Array(layout.pieceCount)
    this.#lackingOf = new Uint32Array(layout.pieceCount)
    this.have = have
    this.wanted = wanted
    for (let piece = 0; piece < layout.pieceCount; piece++) this.#countPiece(piece)
  }

  get missing(): number {
    return this.#missing
  }

  get missingBytes(): number {
    return this.#missingBytes
  }

  isMissing(chunk: number): boolean {
    return this.wanted.has(chunk) && !this.have.has(chunk)
  }

  isPieceMissing(piece: number): boolean {
    return (this.#missingOf[piece] ?? 0) > 0
  }

  /** `chunk` is verified; returns its piece when that is complete with it. */
  add(chunk: number): number | undefined {
    if (!this.have.add(chunk)) return undefined
    const piece = this.#layout.pieceOf(chunk)
    if (this.wanted.has(chunk)) this.#count(piece, chunk, -1)
    this.#lackingOf[piece] = (this.#lackingOf[piece] ?? 0) - 1
    return this.#lackingOf[piece] === 0 ? piece : undefined
  }

  /** All of `piece` is wanted from now on, or nothing of it. */
  want(piece: number, isWanted: boolean): void {
    const { first, count } = this.#layout.chunksOf(piece)
    if (this.wanted.countIn(first, count) === (isWanted ? count : 0)) return
    for (let chunk = first; chunk < first + count; chunk++) {
      const isNew = isWanted ? this.wanted.add(chunk) : this.wanted.delete(chunk)
      if (isNew && !this.have.has(chunk)) this.#count(piece, chunk, isWanted ? 1 : -1)
    }
  }

  #countPiece(piece: number): void {
    const { first, count } = this.#layout.chunksOf(piece)
    this.#lackingOf[piece] = count - this.have.countIn(first, count)
    const wanted = this.wanted.countIn(first, count)
    if (wanted === count && this.#lackingOf[piece] === count) return this.#countWhole(piece, count)
    if (wanted === 0 || this.#lackingOf[piece] === 0) return
    for (let chunk = first; chunk < first + count; chunk++)
      if (this.isMissing(chunk)) this.#count(piece, chunk, 1)
  }

  /** The whole of `piece`, of which nothing was counted yet, is missing. */
  #countWhole(piece: number, count: number): void {
    this.#missingOf[piece] = count
    this.#missing += count
    this.#missingBytes += this.#layout.pieceSize(piece)
  }

  #count(piece: number, chunk: number, change: 1 | -1): void {
    this.#missingOf[piece] = (this.#missingOf[piece] ?? 0) + change
    this.#missing += change
    this.#missingBytes += change * this.#layout.lengthOf(chunk)
  }
}
