import { equalBytes } from '../../protocol/bytes.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import { pieceHashV1 } from '../../protocol/metainfo/pieceHash.js'
import { chunksFrom, type Verdict } from './verifier.js'

/**
 * Verifies by the SHA-1 of whole pieces, where a .torrent has nothing else (BEP 3): who keeps the data hashes a piece
 * once it is whole, and hands in what came out.
 *
 * Invariants: a chunk is verified only when its piece has the SHA-1 of the .torrent; this holds which chunks there are of pieces that have begun and are not judged, and of no others.
 */
export class PieceVerifier {
  readonly #layout: Layout
  readonly #piecesV1: Uint8Array
  readonly #arrived = new Map<number, Set<number>>()

  /** `piecesV1`: the SHA-1 of every piece, strung together. */
  constructor(layout: Layout, piecesV1: Uint8Array) {
    this.#layout = layout
    this.#piecesV1 = piecesV1
  }

  /** Takes a chunk that waits for its piece. Returns the piece when it is whole with it, and is to be hashed. */
  arrive(chunk: number): number | undefined {
    const piece = this.#layout.pieceOf(chunk)
    const arrived = this.#arrived.get(piece) ?? new Set<number>()
    this.#arrived.set(piece, arrived)
    arrived.add(chunk)
    return arrived.size === this.#layout.chunksOf(piece).count ? piece : undefined
  }

  /** What follows from `digest`, the SHA-1 of a piece that is whole: all its chunks count, or all are suspects. */
  judge(piece: number, digest: Uint8Array): Verdict {
    this.#arrived.delete(piece)
    const { first, count } = this.#layout.chunksOf(piece)
    return equalBytes(digest, pieceHashV1(this.#piecesV1, piece))
      ? { outcome: 'verified', verified: [{ first, count, leaves: undefined }], suspects: [] }
      : { outcome: 'waiting', verified: [], suspects: chunksFrom(first, count) }
  }
}
