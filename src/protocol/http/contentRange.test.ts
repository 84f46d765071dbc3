import { expect, test } from 'vitest'
import { parseContentRange } from './contentRange.js'

test.each([
  ['bytes 0-0/1', { first: 0, last: 0, size: 1 }],
  ['bytes 16384-32767/100000', { first: 16384, last: 32767, size: 100000 }],
  ['Bytes  5-9/*', { first: 5, last: 9, size: undefined }],
])('RFC 9110: %s is read', (text, range) => {
  expect(parseContentRange(text)).toEqual(range)
})

test.each([
  '',
  'bytes',
  'bytes */1000',
  'bytes 5-4/10',
  'bytes 0-10/10',
  'bytes 0-9/10, bytes 10-19/20',
  'items 0-9/10',
  'bytes -9/10',
  'bytes 0-9',
  'bytes 0x0-9/10',
  `bytes 0-${'9'.repeat(30)}/*`,
])('what is no range of bytes, as %j, is none', (text) => {
  expect(parseContentRange(text)).toBeUndefined()
})
