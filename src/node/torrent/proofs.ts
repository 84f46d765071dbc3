import { PieceTree } from '../../engine/verifier/pieceTree.js'
import { ShoalError } from '../../protocol/errors.js'
import { buildLevels, HASH_SIZE, paddingHash, proofOf, type Levels } from '../../protocol/merkle/tree.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { PieceHash } from '../../protocol/metainfo/pieceHash.js'
import { pieceHashOf } from '../../protocol/metainfo/pieceHash.js'
import { hashes } from '../hashes.js'
import type { Description } from './description.js'

/** Leaves of all trees kept: 32,768 of 16 KiB are 512 MiB of content; a tree takes 66 bytes a leaf, so 2 MiB. */
const MAX_LEAVES = 32_768
/** Upper trees kept, one a file: a folder of thousands of files is asked for file by file. */
const MAX_UPPER = 16

type ReadChunk = (chunk: number) => Uint8Array | Promise<Uint8Array>

/**
 * Makes the proof of any chunk, from the leaf up to its file's root.
 *
 * Invariant: memory is bounded whatever the content's size; what is not kept is hashed anew from the data.
 */
export class Proofs {
  readonly #description: Description
  readonly #layout: Layout
  readonly #read: ReadChunk
  /** The tree of a piece that is not complete yet. */
  readonly #openTree: (piece: number) => PieceTree | undefined
  /** The least recently used first. */
  readonly #trees = new Map<number, PieceTree>()
  readonly #making = new Map<number, Promise<PieceTree>>()
  readonly #upper = new Map<number, Levels>()
  #leaves = 0

  constructor(
    description: Description,
    layout: Layout,
    read: ReadChunk,
    openTree: (piece: number) => PieceTree | undefined = () => undefined,
  ) {
    this.#description = description
    this.#layout = layout
    this.#read = read
    this.#openTree = openTree
  }

  /** What `piece` of a verifiable torrent must hash to. */
  hashOf(piece: number): PieceHash {
    const hash = this.#knownHash(piece)
    if (hash === undefined) throw new ShoalError('INTERNAL', `piece ${piece} has no hash`)
    return hash
  }

  /**
   * Sibling hashes from `chunk` up to its file's root, lowest first; undefined where they are not known (yet).
   *
   * @throws ShoalError FILE_CHANGED when the data no longer hashes to what it did
   */
  of(chunk: number): readonly Uint8Array[] | undefined | Promise<readonly Uint8Array[] | undefined> {
    const piece = this.#layout.pieceOf(chunk)
    const { first } = this.#layout.chunksOf(piece)
    const lower =
      this.#openTree(piece)?.proofOf(chunk - first) ?? this.#keptTree(piece)?.proofOf(chunk - first)
    if (lower !== undefined) return [...lower, ...this.#above(piece)]
    const expected = this.#knownHash(piece)
    if (expected === undefined || this.#openTree(piece) !== undefined) return undefined
    return this.#treeOf(piece, expected).then((tree) => {
      const proof = tree.proofOf(chunk - first)
      return proof && [...proof, ...this.#above(piece)]
    })
  }

  /**
   * The hash of node `index` of `level` of the tree of `file`, its chunks being level 0; undefined where it is not
   * known (yet) or there is none.
   *
   * @throws ShoalError FILE_CHANGED when the data no longer hashes to what it did
   */
  async nodeOf(file: number, level: number, index: number): Promise<Uint8Array | undefined> {
    const pieces = this.#layout.piecesOfFile(file)
    const height = pieces.count === 1 ? this.hashOf(pieces.first).height : this.#height
    if (level >= height && pieces.count > 1) return nodeIn(this.#levelsOf(file), level, index, height)
    const within = 2 ** Math.max(0, height - level)
    const piece = pieces.first + Math.floor(index / within)
    if (piece >= pieces.first + pieces.count) return paddingHash(hashes.sha256, level)
    const tree =
      this.#openTree(piece) ?? this.#keptTree(piece) ?? (await this.#treeOf(piece, this.hashOf(piece)))
    return level > tree.height ? undefined : tree.node(level, index % within)
  }

  /** Takes the tree of a piece that was just completed, so that it need not be hashed again. */
  keep(piece: number, tree: PieceTree): void {
    if (this.#trees.has(piece)) return
    this.#trees.set(piece, tree)
    this.#leaves += tree.count
    for (const [oldest, { count }] of this.#trees) {
      if (this.#leaves <= MAX_LEAVES || oldest === piece) break
      this.#trees.delete(oldest)
      this.#leaves -= count
    }
  }

  #knownHash(piece: number): PieceHash | undefined {
    const { content, pieceLayers } = this.#description
    return pieceHashOf(content, pieceLayers, this.#layout, piece)
  }

  #keptTree(piece: number): PieceTree | undefined {
    const tree = this.#trees.get(piece)
    if (tree === undefined) return undefined
    this.#trees.delete(piece)
    this.#trees.set(piece, tree)
    return tree
  }

  #treeOf(piece: number, expected: PieceHash): Promise<PieceTree> {
    const known = this.#making.get(piece)
    if (known !== undefined) return known
    const made = this.#makeTree(piece, expected).finally(() => this.#making.delete(piece))
    this.#making.set(piece, made)
    return made
  }

  async #makeTree(piece: number, { hash, height }: PieceHash): Promise<PieceTree> {
    const { first, count } = this.#layout.chunksOf(piece)
    const leaves: Uint8Array[] = []
    for (let chunk = first; chunk < first + count; chunk++)
      leaves.push(hashes.sha256(await this.#read(chunk)))
    const tree = PieceTree.over(hashes.sha256, hash, height, leaves)
    if (tree === undefined) {
      const { name } = this.#description.content
      throw new ShoalError('FILE_CHANGED', `the data of "${name}" is no longer what was shared`)
    }
    this.#trees.delete(piece)
    this.keep(piece, tree)
    return tree
  }

  /** The part of the proof above the piece's own tree. */
  #above(piece: number): readonly Uint8Array[] {
    const { stream: file, index, pieces } = this.#layout.placeOfPiece(piece)
    return pieces === 1 ? [] : proofOf(hashes.sha256, this.#levelsOf(file), index, this.#height)
  }

  get #height(): number {
    return Math.log2(this.#layout.chunksPerPiece)
  }

  #levelsOf(file: number): Levels {
    const known = this.#upper.get(file)
    if (known !== undefined) return known
    const root = this.#description.content.files[file]?.rootHash
    const layer = (root && this.#description.pieceLayers.get(root)) ?? new Uint8Array(0)
    const nodes = Array.from({ length: layer.length / HASH_SIZE }, (_, index) =>
      layer.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE),
    )
    const levels = buildLevels(hashes.sha256, nodes, this.#height)
    for (const oldest of this.#upper.keys()) if (this.#upper.size >= MAX_UPPER) this.#upper.delete(oldest)
    this.#upper.set(file, levels)
    return levels
  }
}

/** A node above the pieces, `height` levels above the chunks; beyond the file's end it is padding (BEP 52). */
const nodeIn = (levels: Levels, level: number, index: number, height: number): Uint8Array | undefined => {
  const row = levels[level - height]
  if (row === undefined) return undefined
  const width = 2 ** (levels.length - 1 - (level - height))
  return row[index] ?? (index < width ? paddingHash(hashes.sha256, level) : undefined)
}
