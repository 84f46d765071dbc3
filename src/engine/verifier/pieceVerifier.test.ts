import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Layout } from '../../protocol/metainfo/layout.js'
import { PieceVerifier } from './pieceVerifier.js'
import { chunksFrom, type Verdict } from './verifier.js'

const digestOf = (piece: number): Uint8Array =>
  new Uint8Array(createHash('sha1').update(`piece ${piece}`).digest())

/** One stream of `size` bytes in pieces of `pieceLength`. */
const verifierFor = (size: number, pieceLength: number) => {
  const files = [{ path: ['a'], size, rootHash: undefined }]
  const layout = new Layout({ files, pieceLength, stream: [{ file: 0, size }] })
  const digests = Array.from({ length: layout.pieceCount }, (_, piece) => digestOf(piece))
  return { layout, verifier: new PieceVerifier(layout, Buffer.concat(digests)) }
}

const chunksIn = ({ verified }: Verdict): number[] =>
  verified.flatMap(({ first, count }) => chunksFrom(first, count))

test('D3 BEP 3: in whatever order chunks arrive, each piece is judged once it is whole, and no other', () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 400_000 }), fc.constantFrom(1024, 16_384, 20_000, 49_152))
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), ([size, pieceLength], order) => {
      const { layout, verifier } = verifierFor(size, pieceLength)
      const left = Array.from({ length: layout.chunkCount }, (_, chunk) => chunk)
      const verified = new Set<number>()
      const judged: number[] = []
      while (left.length > 0) {
        const [chunk = 0] = left.splice(Number(order.next().value) % left.length, 1)
        const piece = verifier.arrive(chunk)
        if (piece === undefined) continue
        judged.push(piece)
        const verdict = verifier.judge(piece, digestOf(piece))
        expect(verdict).toMatchObject({ outcome: 'verified', suspects: [] })
        for (const chunk of chunksIn(verdict)) {
          expect(layout.pieceOf(chunk)).toBe(piece)
          verified.add(chunk)
        }
      }
      expect(judged).toHaveLength(layout.pieceCount)
      expect(verified.size).toBe(layout.chunkCount)
    }),
    { numRuns: 50 },
  )
})

test('a piece with another hash makes all its chunks suspects, and is judged anew when all came again', () => {
  const { verifier } = verifierFor(50_000, 40_000)
  expect([0, 2, 0, 1].map((chunk) => verifier.arrive(chunk))).toEqual([undefined, undefined, undefined, 0])
  expect(verifier.judge(0, digestOf(1))).toEqual({ outcome: 'waiting', verified: [], suspects: [0, 1, 2] })
  expect([0, 1, 2].map((chunk) => verifier.arrive(chunk))).toEqual([undefined, undefined, 0])
  expect(chunksIn(verifier.judge(0, digestOf(0)))).toEqual([0, 1, 2])
  expect(verifier.arrive(3)).toBe(1)
})
