import { HASH_SIZE } from '../../protocol/merkle/tree.js'
import type { Hash } from '../../protocol/hash.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { PieceHash } from '../../protocol/metainfo/pieceHash.js'
import { PieceTree } from './pieceTree.js'
import { WaitingLeaves } from './waitingLeaves.js'
import { chunksFrom, WAITING, WRONG, type Verdict, type VerifiedRun, type Verifier } from './verifier.js'

interface OpenPiece {
  readonly tree: PieceTree
  readonly first: number
  readonly count: number
  /** Leaves of chunks that nothing proves yet. */
  readonly waiting: WaitingLeaves
  /** How many chunks are verified. */
  verified: number
}

/**
 * Verifies by BitTorrent v2's merkle trees (BEP 52): a chunk alone where its sender proves it, else with its piece.
 *
 * Invariant: holds the trees of pieces that have begun and are not complete, and no others; who wants
 * a complete one takes it by `onComplete`.
 */
export class TreeVerifier implements Verifier {
  readonly #sha256: Hash
  readonly #layout: Layout
  readonly #pieceHash: (piece: number) => PieceHash
  readonly #onComplete: (piece: number, tree: PieceTree) => void
  readonly #open = new Map<number, OpenPiece>()

  constructor(
    sha256: Hash,
    layout: Layout,
    pieceHash: (piece: number) => PieceHash,
    onComplete: (piece: number, tree: PieceTree) => void = () => undefined,
  ) {
    this.#sha256 = sha256
    this.#layout = layout
    this.#pieceHash = pieceHash
    this.#onComplete = onComplete
  }

  check(chunk: number, leaf: Uint8Array, proof: readonly Uint8Array[] | undefined): Verdict {
    const piece = this.#layout.pieceOf(chunk)
    const open = this.#pieceAt(piece)
    const index = chunk - open.first
    if (proof === undefined && open.tree.leaf(index) === undefined) {
      open.waiting.set(index, leaf)
      return this.#settle(piece, open, [])
    }
    if (!open.tree.prove(index, leaf, proof ?? [])) return WRONG
    open.waiting.delete(index)
    open.verified++
    return this.#settle(piece, open, [{ first: chunk, count: 1, leaves: leaf }])
  }

  checkRun(first: number, leaves: Uint8Array, isWaiting: (chunk: number) => boolean): Verdict {
    const count = leaves.length / HASH_SIZE
    const whole = isWaiting(first) ? this.#wholePiece(first, leaves) : undefined
    if (whole !== undefined) return whole
    const verified: VerifiedRun[] = []
    const suspects: number[] = []
    for (let index = 0; index < count; index++) {
      if (!isWaiting(first + index)) continue
      const verdict = this.check(first + index, leafAt(leaves, index), undefined)
      verified.push(...verdict.verified)
      suspects.push(...verdict.suspects)
      if (verdict === WRONG) suspects.push(first + index)
    }
    return verified.length + suspects.length === 0 ? WAITING : { outcome: 'waiting', verified, suspects }
  }

  restore(chunk: number, leaf: Uint8Array): void {
    const open = this.#pieceAt(this.#layout.pieceOf(chunk))
    open.tree.admit(chunk - open.first, leaf)
    open.verified++
  }

  knows(chunk: number): boolean {
    const piece = this.#layout.pieceOf(chunk)
    const open = this.#open.get(piece)
    if (open !== undefined) return open.tree.leaf(chunk - open.first) !== undefined
    // The hash of a piece of one chunk is the chunk's.
    return this.#layout.chunksOf(piece).count === 1 && this.#pieceHash(piece).height === 0
  }

  /** The tree of a piece that has begun and is not complete. */
  treeOf(piece: number): PieceTree | undefined {
    return this.#open.get(piece)?.tree
  }

  /** The verdict on a piece of which nothing was known, where `leaves` are those of all its chunks and these are as many as a tree has. */
  #wholePiece(first: number, leaves: Uint8Array): Verdict | undefined {
    const piece = this.#layout.pieceOf(first)
    const count = leaves.length / HASH_SIZE
    const { hash, height } = this.#pieceHash(piece)
    if (this.#open.has(piece) || count !== 2 ** height || count !== this.#layout.chunksOf(piece).count)
      return undefined
    const tree = PieceTree.overRun(this.#sha256, hash, height, leaves)
    if (tree === undefined) return { outcome: 'waiting', verified: [], suspects: chunksFrom(first, count) }
    this.#onComplete(piece, tree)
    return { outcome: 'verified', verified: [{ first, count, leaves }], suspects: [] }
  }

  #pieceAt(piece: number): OpenPiece {
    const known = this.#open.get(piece)
    if (known !== undefined) return known
    const { hash, height } = this.#pieceHash(piece)
    const { first, count } = this.#layout.chunksOf(piece)
    const tree = new PieceTree(this.#sha256, hash, height, count)
    const open = { tree, first, count, waiting: new WaitingLeaves(first, count), verified: 0 }
    this.#open.set(piece, open)
    return open
  }

  /** What follows now that `proven` are certain, or nothing is and one more waits. */
  #settle(piece: number, open: OpenPiece, proven: readonly VerifiedRun[]): Verdict {
    const outcome = proven.length > 0 ? 'verified' : 'waiting'
    if (open.verified + open.waiting.size < open.count) {
      return proven.length > 0 ? { outcome, verified: proven, suspects: [] } : WAITING
    }
    const waited = open.waiting.runs()
    const tree = waited.length === 0 ? open.tree : this.#treeOfWaiting(piece, open)
    if (tree === undefined) {
      open.waiting.clear()
      return {
        outcome,
        verified: proven,
        suspects: waited.flatMap(({ first, count }) => chunksFrom(first, count)),
      }
    }
    this.#open.delete(piece)
    this.#onComplete(piece, tree)
    return { outcome: 'verified', verified: [...proven, ...waited], suspects: [] }
  }

  #treeOfWaiting(piece: number, open: OpenPiece): PieceTree | undefined {
    const { hash, height } = this.#pieceHash(piece)
    const { whole } = open.waiting
    if (whole?.length === 2 ** height * HASH_SIZE) return PieceTree.overRun(this.#sha256, hash, height, whole)
    const leaves: Uint8Array[] = []
    for (let index = 0; index < open.count; index++) {
      const leaf = open.waiting.get(index) ?? open.tree.leaf(index)
      if (leaf !== undefined) leaves.push(leaf)
    }
    return PieceTree.over(this.#sha256, hash, height, leaves)
  }
}

const leafAt = (leaves: Uint8Array, index: number): Uint8Array =>
  leaves.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE)
