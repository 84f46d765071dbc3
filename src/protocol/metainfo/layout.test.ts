import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_SIZE } from '../limits.js'
import type { StreamPart } from './content.js'
import { Layout } from './layout.js'

const SIZES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1]
const sizes = fc.array(fc.oneof(fc.constantFrom(...SIZES), fc.nat(300_000)), { minLength: 1, maxLength: 8 })

const filesOf = (lengths: readonly number[]) =>
  lengths.map((size, index) => ({ path: [String(index)], size, rootHash: undefined }))

const expectCovered = (layout: Layout, lengths: readonly number[]): void => {
  const reached = lengths.map(() => 0)
  for (let chunk = 0; chunk < layout.chunkCount; chunk++) {
    const { stream, offset, length } = layout.spanOf(chunk)
    expect(offset).toBe(reached[stream])
    expect(layout.lengthOf(chunk)).toBe(length)
    expect(length).toBeGreaterThan(0)
    expect(length).toBeLessThanOrEqual(CHUNK_SIZE)
    reached[stream] = offset + length
    const { first, count } = layout.chunksOf(layout.pieceOf(chunk))
    expect(chunk).toBeGreaterThanOrEqual(first)
    expect(chunk).toBeLessThan(first + count)
  }
  expect(reached).toEqual(lengths)
}

const expectPieces = (layout: Layout): void => {
  let next = 0
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const { first, count } = layout.chunksOf(piece)
    expect(first).toBe(next)
    expect(count).toBeGreaterThan(0)
    const { stream, index, pieces } = layout.placeOfPiece(piece)
    expect(layout.streamOf(first)).toBe(stream)
    const start = layout.spanOf(first)
    const end = layout.spanOf(first + count - 1)
    expect(start).toMatchObject({ stream, offset: index * layout.pieceLength })
    if (index < pieces - 1) expect(end.offset + end.length - start.offset).toBe(layout.pieceLength)
    expect(layout.pieceSize(piece)).toBe(end.offset + end.length - start.offset)
    next = first + count
  }
  expect(next).toBe(layout.chunkCount)
}

test('D1 chunks and pieces cover every file exactly once, in order', () => {
  fc.assert(
    fc.property(sizes, fc.nat(3), (lengths, power) => {
      const layout = new Layout({ files: filesOf(lengths), pieceLength: CHUNK_SIZE * 2 ** power })
      expectCovered(layout, lengths)
      expectPieces(layout)
      for (const [file, size] of lengths.entries()) {
        const { first, count } = layout.chunksOfFile(file)
        expect(count).toBe(Math.ceil(size / CHUNK_SIZE))
        if (count > 0) expect(layout.streamOf(first)).toBe(file)
      }
    }),
  )
})

const pieceLengths = fc.oneof(
  fc.constantFrom(1024, CHUNK_SIZE, 20_000, 49_152, 65_536, 100_001),
  fc.integer({ min: 1024, max: 100_000 }),
)

test('BEP 3: chunks and pieces cover the one stream of all files exactly once, padding with them', () => {
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(20_000)), pieceLengths, (lengths, padding, pieceLength) => {
      const stream: StreamPart[] = lengths.flatMap((size, file) => [
        { file, size },
        { file: undefined, size: padding[file] ?? 0 },
      ])
      const total = stream.reduce((sum, { size }) => sum + size, 0)
      const layout = new Layout({ files: filesOf(lengths), pieceLength, stream })
      expect(layout.size).toBe(total)
      expect(layout.pieceCount).toBe(Math.ceil(total / pieceLength))
      expectCovered(layout, [total])
      expectPieces(layout)
      expectTouched(layout, stream)
    }),
  )
})

/** Of each file exactly the chunks and pieces are named that hold bytes of it. */
const expectTouched = (layout: Layout, stream: readonly StreamPart[]): void => {
  let offset = 0
  for (const { file, size } of stream) {
    const touching: number[] = []
    for (let chunk = 0; chunk < layout.chunkCount; chunk++) {
      const span = layout.spanOf(chunk)
      if (span.offset < offset + size && offset < span.offset + span.length && size > 0) touching.push(chunk)
    }
    offset += size
    if (file === undefined) continue
    const { first, count } = layout.chunksOfFile(file)
    expect(Array.from({ length: count }, (_, index) => first + index)).toEqual(touching)
    const pieces = layout.piecesOfFile(file)
    const expected = [...new Set(touching.map((chunk) => layout.pieceOf(chunk)))]
    expect(Array.from({ length: pieces.count }, (_, index) => pieces.first + index)).toEqual(expected)
  }
}

test('a file over 4 GiB has its last byte in its last chunk', () => {
  const size = 5 * 2 ** 32 + 1
  const files = [{ path: ['a'], size, rootHash: undefined }]
  const layout = new Layout({ files, pieceLength: 2 ** 20 })
  expect(layout.spanOf(layout.chunkCount - 1)).toEqual({ stream: 0, offset: size - 1, length: 1 })
  const odd = new Layout({ files, pieceLength: 1_000_000, stream: [{ file: 0, size }] })
  expect(odd.spanOf(odd.chunkCount - 1)).toMatchObject({
    stream: 0,
    offset: size - ((size % 1_000_000) % 16384),
  })
})
