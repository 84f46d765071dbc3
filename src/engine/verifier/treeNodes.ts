import type { Hash } from '../../protocol/hash.js'
import { HASH_SIZE } from '../../protocol/merkle/tree.js'

/** The hashes of a tree's nodes as far as they are known, numbered as in a heap from 1. */
export interface TreeNodes {
  /** A view or the hash itself: not to be changed. */
  get(node: number): Uint8Array | undefined
  set(node: number, hash: Uint8Array): void
}

/** Trees up to this height keep all nodes in one run of bytes: 64 bytes a leaf, 256 KiB for a piece of 64 MiB. */
const DENSE_HEIGHT = 12

/** Nodes of a tree of `height`: dense for pieces as .torrents have them, sparse where a whole file is one piece. */
export const treeNodes = (height: number): TreeNodes =>
  height <= DENSE_HEIGHT ? new DenseNodes(height) : new Map<number, Uint8Array>()

/** One run of bytes for all nodes: objects for each would cost ten times as much. */
class DenseNodes implements TreeNodes {
  readonly #hashes: Uint8Array
  readonly #isKnown: Uint8Array

  constructor(height: number) {
    this.#hashes = new Uint8Array(2 ** (height + 1) * HASH_SIZE)
    this.#isKnown = new Uint8Array(2 ** (height + 1))
  }

  get(node: number): Uint8Array | undefined {
    return this.#isKnown[node] === 1
      ? this.#hashes.subarray(node * HASH_SIZE, (node + 1) * HASH_SIZE)
      : undefined
  }

  set(node: number, hash: Uint8Array): void {
    this.#hashes.set(hash, node * HASH_SIZE)
    this.#isKnown[node] = 1
  }

  /** Sets all nodes from `leaves` up. */
  fill(leaves: Uint8Array, sha256: Hash): void {
    const count = leaves.length / HASH_SIZE
    this.#hashes.set(leaves, count * HASH_SIZE)
    // Two siblings stand side by side, as the hash of their parent takes them.
    for (let node = count - 1; node > 0; node--)
      this.#hashes.set(
        sha256(this.#hashes.subarray(2 * node * HASH_SIZE, (2 * node + 2) * HASH_SIZE)),
        node * HASH_SIZE,
      )
    this.#isKnown.fill(1, 1)
  }
}

/** All nodes over `leaves`, strung together, of which there are a power of two. */
export const nodesOver = (leaves: Uint8Array, sha256: Hash): TreeNodes => {
  const nodes = new DenseNodes(Math.log2(leaves.length / HASH_SIZE))
  nodes.fill(leaves, sha256)
  return nodes
}
