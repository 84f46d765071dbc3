import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatBytes, formatDuration, formatRate, parseBytes } from './units.js'

test.each([
  ['0', 0],
  ['512', 512],
  ['10M', 10 * 1024 ** 2],
  ['10m', 10 * 1024 ** 2],
  ['1.5K', 1536],
  ['2GiB', 2 * 1024 ** 3],
  ['3 MB', 3 * 1024 ** 2],
  ['64B', 64],
])('%s is %d bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
})

test.each(['', 'M', '-1', '1e3', '10X', '1..5', '0x10', '9999999999P', '10M/s', 'NaN'])(
  '%j is no amount',
  (text) => {
    expect(parseBytes(text)).toBeUndefined()
  },
)

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [64 * 1024 ** 2, '64 MiB'],
  [1023.99 * 1024, '1 MiB'],
  [5 * 1024 ** 4, '5 TiB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('an amount is never shown with more than ten characters', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      expect(formatBytes(bytes).length).toBeLessThanOrEqual(10)
    }),
  )
})

test.each([
  [7, '0:07'],
  [59.6, '1:00'],
  [754, '12:34'],
  [3723, '1:02:03'],
  [51 * 3600, '2d 3h'],
  [-1, '0:00'],
])('%d seconds are shown as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})

test('a rate is an amount a second', () => {
  expect(formatRate(2 * 1024 ** 2)).toBe('2 MiB/s')
})
