import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_SIZE } from '../limits.js'
import { Layout } from './layout.js'

const sizes = fc.array(
  fc.oneof(fc.constantFrom(0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 5 * 2 ** 32), fc.nat(300_000)),
  { minLength: 1, maxLength: 8 },
)

test('D1 chunks and pieces cover every file exactly once, in order', () => {
  fc.assert(
    fc.property(sizes, fc.nat(3), (lengths, power) => {
      const small = lengths.map((size) => Math.min(size, 400_000))
      const files = small.map((size, index) => ({ path: [String(index)], size, rootHash: undefined }))
      const layout = new Layout({ files, pieceLength: CHUNK_SIZE * 2 ** power })
      const reached = small.map(() => 0)
      for (let chunk = 0; chunk < layout.chunkCount; chunk++) {
        const { file, offset, length } = layout.spanOf(chunk)
        expect(offset).toBe(reached[file])
        expect(length).toBeGreaterThan(0)
        reached[file] = offset + length
        const { first, count } = layout.chunksOf(layout.pieceOf(chunk))
        expect(chunk).toBeGreaterThanOrEqual(first)
        expect(chunk).toBeLessThan(first + count)
      }
      expect(reached).toEqual(small)
      let next = 0
      for (let piece = 0; piece < layout.pieceCount; piece++) {
        const { first, count } = layout.chunksOf(piece)
        expect(first).toBe(next)
        expect(layout.fileOf(first)).toBe(layout.fileOf(first + count - 1))
        next = first + count
      }
      expect(next).toBe(layout.chunkCount)
    }),
  )
})

test('a file over 4 GiB has its last byte in its last chunk', () => {
  const size = 5 * 2 ** 32 + 1
  const layout = new Layout({ files: [{ path: ['a'], size, rootHash: undefined }], pieceLength: 2 ** 20 })
  expect(layout.spanOf(layout.chunkCount - 1)).toEqual({ file: 0, offset: size - 1, length: 1 })
})
