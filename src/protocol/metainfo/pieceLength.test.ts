import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPieceLength, pieceLengthFor } from './pieceLength.js'

test('about 1,000 to 2,000 pieces, from 16 KiB to 16 MiB', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger().map(Math.abs), fc.nat(40), (large, shift) => {
      const size = Math.floor(large / 2 ** shift)
      const length = pieceLengthFor(size)
      const pieces = size / length
      expect(isPieceLength(length)).toBe(true)
      expect(length).toBeLessThanOrEqual(2 ** 24)
      if (length > 2 ** 14) expect(pieces).toBeGreaterThan(1000)
      if (length < 2 ** 24) expect(pieces).toBeLessThanOrEqual(2000)
    }),
  )
  expect(pieceLengthFor(0)).toBe(2 ** 14)
  expect(pieceLengthFor(2 ** 30)).toBe(2 ** 20)
})

test.each([0, 1, 2 ** 13, 2 ** 14 + 1, 3 * 2 ** 14, 2 ** 27, Infinity, NaN])(
  '%d is no piece length',
  (length) => {
    expect(isPieceLength(length)).toBe(false)
  },
)
