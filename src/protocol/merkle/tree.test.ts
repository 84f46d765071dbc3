import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Hash } from '../hash.js'
import {
  buildLevels,
  HASH_SIZE,
  paddingHash,
  parentHash,
  proofOf,
  rootOf,
  subtreeRoot,
  treeHeight,
} from './tree.js'

const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest())
const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => sha256(Uint8Array.of(index, index >> 8)))

/** Whether `leaf`, as leaf `index` of a tree of `leaves`, leads to `root` by `proof`. The proof's length must be the tree's height. */
const provesLeaf = (
  sha256: Hash,
  root: Uint8Array,
  leaves: number,
  index: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): boolean => {
  if (index < 0 || index >= leaves || proof.length !== treeHeight(leaves)) return false
  let hash = leaf
  for (const [level, sibling] of proof.entries()) {
    if (sibling.length !== HASH_SIZE) return false
    const isRight = Math.floor(index / 2 ** level) % 2 === 1
    hash = isRight ? parentHash(sha256, sibling, hash) : parentHash(sha256, hash, sibling)
  }
  return Buffer.from(hash).equals(root)
}

/** The plain definition: pad the leaves with zeros to a power of two and fold. */
const paddedRoot = (leaves: readonly Uint8Array[]): Uint8Array => {
  let level = [...leaves]
  while (level.length & (level.length - 1)) level.push(new Uint8Array(32))
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, index) =>
      sha256(Buffer.concat([level[2 * index] ?? Buffer.alloc(0), level[2 * index + 1] ?? Buffer.alloc(0)])),
    )
  }
  return level[0] ?? new Uint8Array(32)
}

test('D2 the root is that of the leaves padded with zeros to a power of two (BEP 52)', () => {
  for (let count = 1; count < 70; count++)
    expect(rootOf(sha256, leavesOf(count))).toEqual(paddedRoot(leavesOf(count)))
})

test('the root over a piece layer is the root over the chunks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 4 }), (count, height) => {
      fc.pre(count > 2 ** height)
      const leaves = leavesOf(count)
      const layer: Uint8Array[] = []
      for (let from = 0; from < count; from += 2 ** height)
        layer.push(subtreeRoot(sha256, leaves.slice(from, from + 2 ** height), height))
      expect(rootOf(sha256, layer, height)).toEqual(rootOf(sha256, leaves))
    }),
  )
})

test('D3 a proof leads its own leaf to the root and nothing else', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.nat(99),
      fc.nat(99),
      fc.nat(40),
      (count, at, other, flip) => {
        const leaves = leavesOf(count)
        const levels = buildLevels(sha256, leaves)
        const root = rootOf(sha256, leaves)
        const index = at % count
        const leaf = leaves[index] ?? new Uint8Array()
        const proof = proofOf(sha256, levels, index)
        expect(proof).toHaveLength(treeHeight(count))
        expect(provesLeaf(sha256, root, count, index, leaf, proof)).toBe(true)
        if (other % count !== index)
          expect(provesLeaf(sha256, root, count, other % count, leaf, proof)).toBe(false)
        expect(provesLeaf(sha256, root, count, index, sha256(leaf), proof)).toBe(false)
        expect(provesLeaf(sha256, root, count, index, leaf, [...proof, leaf])).toBe(false)
        const broken = proof.map((hash) => hash.slice())
        const target = broken[flip % Math.max(1, broken.length)]
        if (target) {
          target[flip % 32] = (target[flip % 32] ?? 0) ^ 1
          expect(provesLeaf(sha256, root, count, index, leaf, broken)).toBe(false)
        }
      },
    ),
  )
  expect(paddingHash(sha256, 0)).toEqual(new Uint8Array(32))
})
