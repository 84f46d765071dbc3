import { equalBytes } from '../../protocol/bytes.js'
import type { Hash } from '../../protocol/hash.js'
import { HASH_SIZE, paddingHash, parentHash } from '../../protocol/merkle/tree.js'
import { nodesOver, treeNodes, type TreeNodes } from './treeNodes.js'

/**
 * The merkle tree over one piece as far as it is known. Nodes are numbered as in a heap: 1 is the root,
 * 2n and 2n + 1 stand below n, leaf i is 2^height + i. Leaves from `count` on are padding (BEP 52).
 *
 * Invariant: every node in it is certain: it is the root, or it leads to the root.
 */
export class PieceTree {
  readonly height: number
  readonly count: number
  readonly #sha256: Hash
  readonly #nodes: TreeNodes

  constructor(
    sha256: Hash,
    root: Uint8Array,
    height: number,
    count: number,
    nodes: TreeNodes = treeNodes(height),
  ) {
    this.#sha256 = sha256
    this.height = height
    this.count = count
    this.#nodes = nodes
    this.#nodes.set(1, root)
  }

  /** The tree over all `leaves` of a piece, or undefined when they do not lead to `root`. */
  static over(
    sha256: Hash,
    root: Uint8Array,
    height: number,
    leaves: readonly Uint8Array[],
  ): PieceTree | undefined {
    const tree = new PieceTree(sha256, root, height, leaves.length)
    const top = tree.#fill(leaves)
    return top !== undefined && equalBytes(top, root) ? tree : undefined
  }

  /** The same where there are 2^height leaves, strung together: most pieces are so, and this makes nothing but the tree. */
  static overRun(sha256: Hash, root: Uint8Array, height: number, leaves: Uint8Array): PieceTree | undefined {
    const nodes = nodesOver(leaves, sha256)
    const isRight = equalBytes(nodes.get(1) ?? HOLE, root)
    return isRight ? new PieceTree(sha256, root, height, 2 ** height, nodes) : undefined
  }

  /** The hash of leaf `index`, where it is certain. */
  leaf(index: number): Uint8Array | undefined {
    return this.#nodes.get(2 ** this.height + index)
  }

  /** The hash of node `index` of `level`, leaves being level 0, where it is certain. */
  node(level: number, index: number): Uint8Array | undefined {
    const node = 2 ** (this.height - level) + index
    return this.#nodes.get(node) ?? this.#paddingAt(node, level)
  }

  /** Takes a leaf that is certain for another reason; nothing above follows from it. */
  admit(index: number, leaf: Uint8Array): void {
    this.#nodes.set(2 ** this.height + index, leaf)
  }

  /** Whether `leaf` leads, as leaf `index`, by `proof` to a node that is certain; then all on the way is certain too. */
  prove(index: number, leaf: Uint8Array, proof: readonly Uint8Array[]): boolean {
    const found: (readonly [number, Uint8Array])[] = []
    let node = 2 ** this.height + index
    let hash = leaf
    for (let level = 0; this.#nodes.get(node) === undefined; level++) {
      const sibling = proof[level]
      if (sibling?.length !== HASH_SIZE) return false
      found.push([node, hash], [siblingOf(node), sibling])
      const [left, right] = node % 2 === 0 ? [hash, sibling] : [sibling, hash]
      hash = parentHash(this.#sha256, left, right)
      node = Math.floor(node / 2)
    }
    const certain = this.#nodes.get(node)
    if (certain === undefined || !equalBytes(certain, hash)) return false
    for (const [at, value] of found) this.#nodes.set(at, value)
    return true
  }

  /** Sibling hashes from leaf `index` up to the root, lowest first; undefined where one is not known. */
  proofOf(index: number): readonly Uint8Array[] | undefined {
    const proof: Uint8Array[] = []
    let node = 2 ** this.height + index
    for (let level = 0; level < this.height; level++) {
      const sibling = this.#nodes.get(siblingOf(node)) ?? this.#paddingAt(siblingOf(node), level)
      if (sibling === undefined) return undefined
      proof.push(sibling)
      node = Math.floor(node / 2)
    }
    return proof
  }

  #paddingAt(node: number, level: number): Uint8Array | undefined {
    const firstLeaf = (node - 2 ** (this.height - level)) * 2 ** level
    return firstLeaf >= this.count ? paddingHash(this.#sha256, level) : undefined
  }

  /** Fills all levels from the leaves up; returns the root they have. */
  #fill(leaves: readonly Uint8Array[]): Uint8Array | undefined {
    let row = leaves
    for (let level = 0; level < this.height; level++) {
      const first = 2 ** (this.height - level)
      row.forEach((hash, index) => this.#nodes.set(first + index, hash))
      const padding = row.length % 2 === 1 ? paddingHash(this.#sha256, level) : row[0]
      row = Array.from({ length: Math.ceil(row.length / 2) }, (_, index) =>
        parentHash(this.#sha256, row[2 * index] ?? HOLE, row[2 * index + 1] ?? padding ?? HOLE),
      )
    }
    return row[0]
  }
}

const HOLE = new Uint8Array(HASH_SIZE)

const siblingOf = (node: number): number => (node % 2 === 0 ? node + 1 : node - 1)
