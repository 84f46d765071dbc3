import { expect, test } from 'vitest'
import { isSameContent, wantedRange } from './range.js'

test.each([
  ['bytes=0-0', 0, 0],
  ['bytes=0-99', 0, 99],
  ['bytes=10-', 10, 99],
  ['bytes=10-1000', 10, 99],
  ['bytes=-1', 99, 99],
  ['bytes=-1000', 0, 99],
  ['BYTES= 5-6 ', 5, 6],
] as const)('%j of 100 bytes is %d to %d', (header, first, last) =>
  expect(wantedRange(header, 100)).toEqual({ kind: 'part', first, last }),
)

test.each(['bytes=100-', 'bytes=100-200', 'bytes=-0', 'bytes=9999999999999999-'])(
  '%j is past the end of 100 bytes',
  (header) => expect(wantedRange(header, 100).kind).toBe('unsatisfiable'),
)

test('nothing can be a part of an empty file', () => {
  for (const header of ['bytes=0-', 'bytes=-5']) expect(wantedRange(header, 0).kind).toBe('unsatisfiable')
})

test.each([
  undefined,
  '',
  'bytes',
  'bytes=',
  'bytes=-',
  'bytes=5-4',
  'bytes=1-2,3-4',
  'bytes=1-2, bytes=3-4',
  'bytes=0-99999999999999999',
  'bytes=-1-2',
  'lines=1-2',
  'bytes=a-b',
  'bytes=1-2x',
])('%j is passed over', (header) => expect(wantedRange(header, 100)).toEqual({ kind: 'whole' }))

test('a range of other content does not count', () => {
  expect(isSameContent(undefined, '"a"')).toBe(true)
  expect(isSameContent('"a"', '"a"')).toBe(true)
  expect(isSameContent('"b"', '"a"')).toBe(false)
  expect(isSameContent('W/"a"', '"a"')).toBe(false)
  expect(isSameContent('Wed, 21 Oct 2015 07:28:00 GMT', '"a"')).toBe(false)
  expect(isSameContent('"a"', undefined)).toBe(false)
})
