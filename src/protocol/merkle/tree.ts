import { concatBytes } from '../bytes.js'
import type { Hash } from '../hash.js'

/** SHA-256 of a byte string. */
export type Sha256 = Hash

/** Bytes of a SHA-256. */
export const HASH_SIZE = 32

const ZERO_LEAF = new Uint8Array(HASH_SIZE)

/** The parent of two hashes (BEP 52: SHA-256 of the one followed by the other). */
export const parentHash = (sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array => {
  const pair = new Uint8Array(2 * HASH_SIZE)
  pair.set(left)
  pair.set(right, HASH_SIZE)
  return sha256(pair)
}

/** Levels above the leaves of the smallest balanced binary tree that holds `leaves`: 0 for one leaf. */
export const treeHeight = (leaves: number): number => (leaves <= 1 ? 0 : Math.ceil(Math.log2(leaves)))

/** Root of a subtree of `height` whose leaves are all beyond the file's end: leaves of zeros, not hashes of them (BEP 52). */
export const paddingHash = (sha256: Sha256, height: number): Uint8Array => {
  let hash: Uint8Array = ZERO_LEAF
  for (let level = 0; level < height; level++) hash = parentHash(sha256, hash, hash)
  return hash
}

/**
 * A file's merkle tree as levels, leaves first, padding left out: level k holds ceil(leaves / 2^k) hashes.
 * The last level holds the root alone.
 */
export type Levels = readonly (readonly Uint8Array[])[]

/** Builds all levels over `nodes`, which stand `base` levels above the chunks (0: they are chunk hashes; log2 of chunks a piece: a piece layer). */
export const buildLevels = (sha256: Sha256, nodes: readonly Uint8Array[], base = 0): Levels => {
  const levels: (readonly Uint8Array[])[] = [nodes]
  let padding = paddingHash(sha256, base)
  for (let below = nodes; below.length > 1; below = levels.at(-1) ?? []) {
    const level: Uint8Array[] = []
    for (let index = 0; index < below.length; index += 2) {
      level.push(parentHash(sha256, below[index] ?? padding, below[index + 1] ?? padding))
    }
    padding = parentHash(sha256, padding, padding)
    levels.push(level)
  }
  return levels
}

/** The root over `nodes`, of which there must be one at least. */
export const rootOf = (sha256: Sha256, nodes: readonly Uint8Array[], base = 0): Uint8Array =>
  rootOfRun(sha256, concatBytes(nodes), base)

/** The same where `nodes` are strung together. */
export const rootOfRun = (sha256: Sha256, nodes: Uint8Array, base = 0): Uint8Array => {
  // Two siblings stand side by side, as the hash of their parent takes them; each row is written over the one below it.
  const row = new Uint8Array(nodes.length + HASH_SIZE)
  row.set(nodes)
  let padding = paddingHash(sha256, base)
  for (let count = nodes.length / HASH_SIZE; count > 1; count = Math.ceil(count / 2)) {
    if (count % 2 === 1) row.set(padding, count * HASH_SIZE)
    for (let index = 0; index < count; index += 2) {
      const pair = row.subarray(index * HASH_SIZE, (index + 2) * HASH_SIZE)
      row.set(sha256(pair), (index / 2) * HASH_SIZE)
    }
    padding = parentHash(sha256, padding, padding)
  }
  return row.slice(0, HASH_SIZE)
}

/** The root of a subtree of exactly `height` over chunk hashes: how a last, shorter piece is hashed when the file has several. */
export const subtreeRoot = (sha256: Sha256, leaves: readonly Uint8Array[], height: number): Uint8Array => {
  let root = rootOf(sha256, leaves)
  for (let level = treeHeight(leaves.length); level < height; level++) {
    root = parentHash(sha256, root, paddingHash(sha256, level))
  }
  return root
}

/** Sibling hashes from node `index` of the lowest level up to the root, lowest first; `base` as for buildLevels. */
export const proofOf = (sha256: Sha256, levels: Levels, index: number, base = 0): Uint8Array[] => {
  const proof: Uint8Array[] = []
  for (let level = 0; level < levels.length - 1; level++) {
    const sibling = levels[level]?.[(index >> level) ^ 1]
    proof.push(sibling ?? paddingHash(sha256, base + level))
  }
  return proof
}
