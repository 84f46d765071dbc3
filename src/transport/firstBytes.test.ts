import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginsWithKey, dialectOf, isTextLike } from './firstBytes.js'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

test.each([
  ['{"OP_CODE"', 'json'],
  ['{ "', 'json'],
  ['{\r\n', 'json'],
  ['{}', 'json'],
  ['{{', 'json'],
  ['\r\n\t {"', 'json'],
  [' '.repeat(1024) + '{"', 'json'],
  [' '.repeat(1025) + '{"', 'unknown'],
  ['{x', 'unknown'],
  ['[1', 'unknown'],
  ['\u0013BitTorrent protocol', 'bittorrent'],
  ['\u0013BitTorrent protocoL', 'unknown'],
  ['\u0016\u0003\u0001', 'tls'],
  ['\u0016\u0004', 'unknown'],
  ['GET /', 'http'],
  ['OPTIONS *', 'http'],
  ['GETX', 'unknown'],
  ['get /', 'unknown'],
  ['\u0000', 'unknown'],
])('a connection that begins %j speaks %s, however it is cut', (text, dialect) => {
  const whole = bytes(text)
  expect(dialectOf(whole)).toBe(dialect)
  for (let length = 0; length < whole.length; length++) {
    expect([undefined, dialect]).toContain(dialectOf(whole.subarray(0, length)))
  }
})

test('any bytes are told apart by the time there are a little over 1 KiB', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1026, maxLength: 1100 }), (random) => {
      expect(dialectOf(random)).toBeDefined()
    }),
  )
})

test('text is answered in text, bytes are not', () => {
  expect(['hello', 'ein Wört', '{\u0000', '\n'].map((text) => isTextLike(bytes(text)))).toEqual(
    Array(4).fill(true),
  )
  expect(['', '\u0000', 'a\u0001b', '\u0016\u0003'].map((text) => isTextLike(bytes(text)))).toEqual(
    Array(4).fill(false),
  )
})

test('a key is told from text once all of it is here', () => {
  const key = Buffer.alloc(96, 'x')
  expect(beginsWithKey(key)).toBe('no')
  key[95] = 1
  expect(beginsWithKey(key.subarray(0, 95))).toBe('maybe')
  expect(beginsWithKey(key)).toBe('yes')
  expect(beginsWithKey(Buffer.concat([Buffer.alloc(96, 'x'), Buffer.of(0)]))).toBe('no')
})
