import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes } from './bytes.js'
import { fromHex, toHex } from './hex.js'

test('UTF-8 agrees with the platform, on text and on any bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text))
    }),
  )
  const platform = (bytes: Uint8Array): string | undefined => {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch {
      return undefined
    }
  }
  const nearText = fc
    .tuple(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 4 }), fc.nat(20))
    .map(([text, noise, cut]) => concatBytes([encodeUtf8(text).slice(cut), noise]))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), nearText), (bytes) => {
      expect(decodeUtf8(bytes)).toBe(platform(bytes))
    }),
    { numRuns: 2000 },
  )
})

test('hexadecimal round-trips and refuses what is not', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(equalBytes(fromHex(toHex(bytes)) ?? new Uint8Array(999), bytes)).toBe(true)
    }),
  )
  for (const bad of ['0', '0g', '  ', '+1']) expect(fromHex(bad)).toBeUndefined()
})
