import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64, decodeInto } from './base64.js'

test('B5 D5 any bytes survive the way there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(new Uint8Array(base64.decode(base64.encode(bytes)) ?? [])).toEqual(bytes)
      expect(base64.encode(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    }),
  )
})

test('what is not base64, or longer than its place, is none', () => {
  for (const text of [
    'A',
    'AA',
    'AAA',
    'A===',
    '====',
    'AA=A',
    'AAAA====',
    ' AAA',
    'A\nAA',
    'AAAAé',
    '*'.repeat(4),
  ])
    expect(base64.decode(text)).toBeUndefined()
  expect(decodeInto(Buffer.alloc(2), 'AAAA')).toBeUndefined()
  expect(decodeInto(Buffer.alloc(3), 'AAAA')).toHaveLength(3)
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bytes = base64.decode(text)
      if (bytes !== undefined) expect(bytes.length).toBe(Math.floor((text.replace(/=+$/, '').length * 3) / 4))
    }),
  )
})
