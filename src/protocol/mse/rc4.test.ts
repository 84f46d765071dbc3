import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../hex.js'
import { Rc4 } from './rc4.js'

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array()
const keyStream = (key: string, dropped: number): string =>
  toHex(new Rc4(bytes(key), dropped).apply(new Uint8Array(16)))

test.each([
  ['0102030405', 0, 'b2396305f03dc027ccc3524a0a1118a8'],
  ['0102030405', 1024, '30abbcc7c20b01609f23ee2d5f6bb7df'],
  ['0102030405060708090a0b0c0d0e0f10', 0, '9ac7cc9a609d1ef7b2932899cde41b97'],
  ['0102030405060708090a0b0c0d0e0f10', 1024, 'bdf0324e6083dcc6d3cedd3ca8c53c16'],
])('RFC 6229: the key stream of %s from byte %d on', (key, offset, expected) => {
  expect(keyStream(key, offset)).toBe(expected)
})

test('RFC 6229: what comes after bytes that were dropped is what comes after bytes that were used', () => {
  const used = new Rc4(bytes('0102030405'), 0)
  used.apply(new Uint8Array(1024))
  expect(toHex(used.apply(new Uint8Array(16)))).toBe(keyStream('0102030405', 1024))
})

test('the same key stream decrypts, wherever the stream is cut, and leaves what it reads where it has a place to write', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 256 }),
      fc.uint8Array(),
      fc.nat(100),
      (key, text, at) => {
        const sending = new Rc4(key, 1024)
        const receiving = new Rc4(key, 1024)
        const before = toHex(text)
        const sent = sending.apply(text, new Uint8Array(text.length))
        expect(toHex(text)).toBe(before)
        receiving.apply(sent.subarray(0, at))
        receiving.apply(sent.subarray(at))
        expect(toHex(sent)).toBe(before)
      },
    ),
  )
})
