import { Bitfield } from '../../protocol/bitfield.js'
import type { Layout } from '../../protocol/metainfo/layout.js'

/** What one peer has: its chunks, and how many of each piece. */
export class Holdings {
  readonly chunks: Bitfield
  readonly #layout: Layout
  readonly #perPiece: Uint32Array

  private constructor(layout: Layout, chunks: Bitfield) {
    this.#layout = layout
    this.chunks = chunks
    this.#perPiece = countPerPiece(layout, chunks)
  }

  static of(layout: Layout, chunks: Bitfield): Holdings {
    return new Holdings(layout, chunks)
  }

  static none(layout: Layout): Holdings {
    return new Holdings(layout, Bitfield.empty(layout.chunkCount))
  }

  static all(layout: Layout): Holdings {
    return new Holdings(layout, Bitfield.full(layout.chunkCount))
  }

  get isComplete(): boolean {
    return this.chunks.isFull
  }

  inPiece(piece: number): number {
    return this.#perPiece[piece] ?? 0
  }

  has(chunk: number): boolean {
    return this.chunks.has(chunk)
  }

  /** Adds all of `piece`; returns how many of its chunks are new. */
  addPiece(piece: number): number {
    const { first, count } = this.#layout.chunksOf(piece)
    const added = this.chunks.addRun(first, count)
    this.#perPiece[piece] = this.inPiece(piece) + added
    return added
  }

  /** Takes `chunk` away; returns its piece where it was there. */
  remove(chunk: number): number | undefined {
    if (!this.chunks.delete(chunk)) return undefined
    const piece = this.#layout.pieceOf(chunk)
    this.#perPiece[piece] = this.inPiece(piece) - 1
    return piece
  }
}

const countPerPiece = (layout: Layout, chunks: Bitfield): Uint32Array => {
  const counts = new Uint32Array(layout.pieceCount)
  if (chunks.count === 0) return counts
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const { first, count } = layout.chunksOf(piece)
    counts[piece] = chunks.countIn(first, count)
  }
  return counts
}
