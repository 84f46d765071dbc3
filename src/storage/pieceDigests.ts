import { CHUNK_SIZE } from '../protocol/limits.js'
import type { PiecePart } from './disk/pieceHashes.js'
import type { Layout } from '../protocol/metainfo/layout.js'
import type { Block, ChunkRun } from './block.js'

/**
 * The SHA-1 of pieces of v1 alone that the disk hashed as it wrote them.
 * Invariant: there is none of a piece in `#changed`. What the disk hashed of such a piece may be on disk no more, so
 * that it is read back, whatever comes of it later.
 */
export class PieceDigests {
  readonly #layout: Layout
  readonly #digests = new Map<number, Uint8Array>()
  /** Pieces of which a chunk was discarded, or written once more. */
  readonly #changed = new Set<number>()

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** Which part of its piece a run of `block` is; undefined where the disk need not hash it. */
  partOf(block: Block, run: ChunkRun): PiecePart | undefined {
    const piece = this.#layout.pieceOf(block.first)
    if (this.#changed.has(piece)) return undefined
    const { first, count } = this.#layout.chunksOf(piece)
    const start = block.first + run.index - first
    return { piece, offset: start * CHUNK_SIZE, isLast: start + run.count === count }
  }

  /** What the disk answered to the last part of the piece of `block`: empty where it has not hashed all the others. */
  keep(block: Block, digest: Uint8Array): void {
    const piece = this.#layout.pieceOf(block.first)
    if (digest.length > 0 && !this.#changed.has(piece)) this.#digests.set(piece, digest)
  }

  /** The digest of a piece; it is told once. */
  take(piece: number): Uint8Array | undefined {
    const digest = this.#digests.get(piece)
    this.#digests.delete(piece)
    return digest
  }

  /** Other bytes than before belong, or will belong, in the chunk's place. */
  change(chunk: number): void {
    const piece = this.#layout.pieceOf(chunk)
    this.#changed.add(piece)
    this.#digests.delete(piece)
  }
}
