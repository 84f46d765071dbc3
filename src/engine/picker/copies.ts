import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Holdings } from './holdings.js'

/** How many copies of each piece the peers have together, without those that have everything: they change no order. */
export class Copies {
  readonly #layout: Layout
  /** Chunks of each piece. */
  readonly #chunks: Float64Array
  /** Holdings that were complete when they were counted, and still are. */
  readonly #everywhere = new Set<Holdings>()
  readonly #onChange: (piece: number) => void

  /** `onChange` is told of each piece of which there are more or fewer chunks. */
  constructor(layout: Layout, onChange: (piece: number) => void) {
    this.#layout = layout
    this.#chunks = new Float64Array(layout.pieceCount)
    this.#onChange = onChange
  }

  /** Whole copies of `piece`. */
  of(piece: number): number {
    return Math.floor((this.#chunks[piece] ?? 0) / this.#layout.chunksOf(piece).count)
  }

  /** Whole copies of `piece`, with those of the peers that have everything. */
  allOf(piece: number): number {
    return this.of(piece) + this.#everywhere.size
  }

  /** Counts what a peer has. */
  count(holdings: Holdings): void {
    if (holdings.isComplete) this.#everywhere.add(holdings)
    else this.#countEach(holdings, 1)
  }

  /** Takes back what `count` did with the same holdings. */
  uncount(holdings: Holdings): void {
    if (!this.#everywhere.delete(holdings)) this.#countEach(holdings, -1)
  }

  /** So many chunks of `piece` were added to holdings that count. */
  add(piece: number, chunks: number): void {
    this.#chunks[piece] = (this.#chunks[piece] ?? 0) + chunks
    this.#onChange(piece)
  }

  /** A chunk of `piece` was removed from `holdings`, which count. */
  remove(holdings: Holdings, piece: number): void {
    if (this.#everywhere.delete(holdings)) this.#countEach(holdings, 1)
    else this.add(piece, -1)
  }

  #countEach(holdings: Holdings, sign: 1 | -1): void {
    for (let piece = 0; piece < this.#layout.pieceCount; piece++) {
      const chunks = holdings.inPiece(piece)
      if (chunks > 0) this.add(piece, sign * chunks)
    }
  }
}
