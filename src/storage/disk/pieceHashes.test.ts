import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PieceHashes } from './pieceHashes.js'

const PARTS = ['first', 'second', 'third']
const offsetOf = (index: number): number => PARTS.slice(0, index).join('').length
const RIGHT = new Uint8Array(createHash('sha1').update(PARTS.join('')).digest())

const add = (hashes: PieceHashes, piece: number, index: number): Uint8Array | undefined =>
  hashes.add(
    { piece, offset: offsetOf(index), isLast: index === PARTS.length - 1 },
    Buffer.from(PARTS[index] ?? ''),
  )

/** What the parts of piece 0 come to, in the order of `indices`. */
const outcomeOf = (indices: readonly number[]): (Uint8Array | undefined)[] => {
  const hashes = new PieceHashes()
  return indices.map((index) => add(hashes, 0, index))
}

describe('BEP 3: the SHA-1 of a piece, part by part', () => {
  it('is told with the last part', () => {
    expect(outcomeOf([0, 1, 2])).toEqual([undefined, undefined, RIGHT])
  })

  it.each([[[1, 0, 2]], [[0, 2, 1]], [[0, 1, 1, 2]], [[0, 0, 2]], [[2]], [[0, 1, 2, 2]]])(
    'is not told of parts that come as %j',
    (indices) => {
      expect(outcomeOf(indices).at(-1)).toBeUndefined()
    },
  )

  it('begins anew with the first part', () => {
    expect(outcomeOf([0, 1, 0, 1, 2]).at(-1)).toEqual(RIGHT)
  })

  it('is not told of a piece that was forgotten', () => {
    const hashes = new PieceHashes()
    add(hashes, 0, 0)
    add(hashes, 0, 1)
    hashes.forget(0)
    expect(add(hashes, 0, 2)).toBeUndefined()
  })

  it('of many pieces is kept for those that grew last', () => {
    const hashes = new PieceHashes()
    const grow = (piece: number): void => void [0, 1].forEach((index) => add(hashes, piece, index))
    for (let piece = 0; piece < 256; piece++) add(hashes, piece, 0)
    add(hashes, 0, 1)
    grow(256)
    expect(add(hashes, 0, 2)).toEqual(RIGHT)
    expect(add(hashes, 256, 2)).toEqual(RIGHT)
    expect(add(hashes, 1, 1)).toBeUndefined()
    expect(add(hashes, 1, 2)).toBeUndefined()
    add(hashes, 2, 1)
    expect(add(hashes, 2, 2)).toEqual(RIGHT)
  })
})
