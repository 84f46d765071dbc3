import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import {
  buildLevels,
  HASH_SIZE,
  proofOf,
  rootOf,
  subtreeRoot,
  treeHeight,
} from '../../protocol/merkle/tree.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { Suspicion } from '../swarm/suspicion.js'
import { PieceTree } from './pieceTree.js'
import { TreeVerifier } from './treeVerifier.js'
import type { Verdict } from './verifier.js'

const sha256 = (data: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(data).digest())
const leafOf = (index: number): Uint8Array => sha256(Uint8Array.of(index, index >> 8))
const bad = sha256(Uint8Array.of(9, 9, 9))

/** One file of `count` chunks in pieces of `perPiece`. */
const contentOf = (count: number, perPiece: number) => {
  const leaves = Array.from({ length: count }, (_, index) => leafOf(index))
  const files = [{ path: ['a'], size: count * CHUNK_SIZE, rootHash: undefined }]
  const layout = new Layout({ files, pieceLength: perPiece * CHUNK_SIZE })
  const pieceHash = (piece: number) => {
    const { first, count: length } = layout.chunksOf(piece)
    const own = leaves.slice(first, first + length)
    if (layout.pieceCount === 1) return { hash: rootOf(sha256, own), height: treeHeight(length) }
    return { hash: subtreeRoot(sha256, own, treeHeight(perPiece)), height: treeHeight(perPiece) }
  }
  const levels = buildLevels(sha256, leaves)
  const verifier = new TreeVerifier(sha256, layout, pieceHash)
  return { leaves, layout, pieceHash, verifier, proof: (chunk: number) => proofOf(sha256, levels, chunk) }
}

/** What is verified, chunk by chunk, with the leaf of each. */
const chunksIn = ({ verified }: Verdict): [number, Uint8Array][] =>
  verified.flatMap(({ first, count, leaves }) =>
    Array.from({ length: count }, (_, index): [number, Uint8Array] => [
      first + index,
      new Uint8Array(leaves?.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE) ?? []),
    ]),
  )

const numbersIn = (verdict: Verdict): number[] => chunksIn(verdict).map(([chunk]) => chunk)

const sizes = fc.tuple(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 2, 4, 16))

test('D3 whatever arrives in whatever order, proven or not, exactly the true chunks are verified', () => {
  const arrivals = fc.array(
    fc.tuple(fc.nat(69), fc.boolean(), fc.constantFrom('true', 'false', 'badProof')),
    {
      maxLength: 300,
    },
  )
  fc.assert(
    fc.property(sizes, arrivals, ([count, perPiece], steps) => {
      const { leaves, verifier, proof } = contentOf(count, perPiece)
      const verified = new Set<number>()
      const waiting = new Set<number>()
      for (const [at, isProven, kind] of steps) {
        const chunk = at % count
        if (verified.has(chunk)) continue
        const leaf = kind === 'false' ? bad : (leaves[chunk] ?? bad)
        const proven = kind === 'badProof' ? proof(chunk).map(() => bad) : proof(chunk)
        const verdict = verifier.check(chunk, leaf, isProven ? proven : undefined)
        if (verdict.outcome === 'waiting') waiting.add(chunk)
        for (const suspect of verdict.suspects) waiting.delete(suspect)
        for (const [one, itsLeaf] of chunksIn(verdict)) {
          expect(itsLeaf).toEqual(leaves[one])
          expect(verified.has(one)).toBe(false)
          verified.add(one)
          waiting.delete(one)
        }
      }
      for (let chunk = 0; chunk < count; chunk++) {
        if (verified.has(chunk)) continue
        const verdict = verifier.check(chunk, leaves[chunk] ?? bad, proof(chunk))
        for (const [one] of chunksIn(verdict)) verified.add(one)
      }
      expect(verified.size).toBe(count)
    }),
  )
})

test('D3 unproven chunks count once their piece is whole; a wrong one makes all of them suspects', () => {
  const { leaves, verifier, proof } = contentOf(8, 4)
  for (const chunk of [0, 1, 2])
    expect(verifier.check(chunk, leaves[chunk] ?? bad, undefined).outcome).toBe('waiting')
  expect(verifier.check(3, bad, undefined)).toMatchObject({ outcome: 'waiting', suspects: [0, 1, 2, 3] })
  for (const chunk of [0, 1, 2]) verifier.check(chunk, leaves[chunk] ?? bad, undefined)
  const last = verifier.check(3, leaves[3] ?? bad, proof(3))
  expect(last.outcome).toBe('verified')
  expect(numbersIn(last).sort()).toEqual([0, 1, 2, 3])
  expect(verifier.check(4, bad, proof(4)).outcome).toBe('wrong')
})

test('a proof makes its siblings certain, so that the neighbour needs none and a lie is seen at once', () => {
  const { leaves, verifier, proof } = contentOf(8, 8)
  expect(verifier.knows(5)).toBe(false)
  verifier.check(4, leaves[4] ?? bad, proof(4))
  expect(verifier.knows(5)).toBe(true)
  expect(verifier.check(5, bad, undefined).outcome).toBe('wrong')
  expect(verifier.check(5, leaves[5] ?? bad, undefined).outcome).toBe('verified')
})

test('proofs taken from a piece tree lead others to the same root, also in a last, shorter piece', () => {
  fc.assert(
    fc.property(sizes, ([count, perPiece]) => {
      const { leaves, layout, pieceHash } = contentOf(count, perPiece)
      for (let piece = 0; piece < layout.pieceCount; piece++) {
        const { first, count: length } = layout.chunksOf(piece)
        const { hash, height } = pieceHash(piece)
        const tree = PieceTree.over(sha256, hash, height, leaves.slice(first, first + length))
        for (let index = 0; index < length; index++) {
          const other = new PieceTree(sha256, hash, height, length)
          expect(other.prove(index, leaves[first + index] ?? bad, tree?.proofOf(index) ?? [])).toBe(true)
          expect(other.proofOf(index)).toEqual(tree?.proofOf(index))
        }
      }
      const wrong = [...leaves.slice(1), bad]
      expect(PieceTree.over(sha256, rootOf(sha256, leaves), treeHeight(count), wrong)).toBeUndefined()
    }),
    { numRuns: 40 },
  )
})

test('a tree too high to be kept densely proves and is proven like any other', () => {
  const leaves = Array.from({ length: 5 }, (_, index) => leafOf(index))
  const root = subtreeRoot(sha256, leaves, 13)
  const tree = PieceTree.over(sha256, root, 13, leaves)
  const other = new PieceTree(sha256, root, 13, 5)
  expect(tree?.proofOf(3)).toHaveLength(13)
  expect(other.prove(3, leafOf(3), tree?.proofOf(3) ?? [])).toBe(true)
  expect(other.prove(2, bad, [])).toBe(false)
  expect(other.prove(2, leafOf(2), [])).toBe(true)
})

test('D3 leaves of a whole piece at once are judged as those that come one by one, and only of what waits', () => {
  const { leaves, verifier } = contentOf(8, 4)
  const run = (first: number): Uint8Array => Buffer.concat(leaves.slice(first, first + 4))
  expect(verifier.checkRun(0, run(0), () => false).verified).toEqual([])
  const good = verifier.checkRun(0, run(0), () => true)
  expect(chunksIn(good)).toEqual([0, 1, 2, 3].map((chunk) => [chunk, leaves[chunk]]))
  const wrong = Buffer.concat([bad, run(4).subarray(32)])
  expect(verifier.checkRun(4, wrong, () => true)).toMatchObject({ verified: [], suspects: [4, 5, 6, 7] })
  expect(verifier.checkRun(4, run(4).subarray(0, 64), () => true)).toMatchObject({
    verified: [],
    suspects: [],
  })
  expect(numbersIn(verifier.checkRun(6, run(4).subarray(64), () => true))).toEqual([4, 5, 6, 7])
})

test('D3 a chunk that nothing proves costs no more where a whole file of 1 TiB is one piece', () => {
  const count = 2 ** 26
  const files = [{ path: ['a'], size: count * CHUNK_SIZE, rootHash: undefined }]
  const layout = new Layout({ files, pieceLength: count * CHUNK_SIZE })
  const verifier = new TreeVerifier(sha256, layout, () => ({ hash: bad, height: 26 }))
  const suspicion = new Suspicion(layout)
  const before = process.memoryUsage()
  for (const chunk of [0, 7, count - 1]) {
    expect(verifier.check(chunk, leafOf(chunk), undefined).outcome).toBe('waiting')
    suspicion.waits(chunk, 'a')
    expect(suspicion.settle(chunk)).toBe('a')
  }
  const after = process.memoryUsage()
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * 2 ** 20)
  expect(after.heapTotal - before.heapTotal).toBeLessThan(64 * 2 ** 20)
})
