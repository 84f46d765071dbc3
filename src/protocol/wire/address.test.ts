import fc from 'fast-check'
import { isIP } from 'node:net'
import { expect, test } from 'vitest'
import { decodeContact, encodeContact, formatAddress, parseAddress } from './address.js'

const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc
    .array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 })
    .map((bytes) => Uint8Array.from(bytes)),
)

/** The platform's own canonical form. */
const canonical = (text: string): string => new URL(`http://[${text}]/`).hostname.slice(1, -1)

test('an address is read as it was written, in the one form that others write too', () => {
  fc.assert(
    fc.property(address, (bytes) => {
      const text = formatAddress(bytes) ?? ''
      expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6)
      expect(parseAddress(text)).toEqual(bytes)
      if (bytes.length === 16) expect(canonical(text)).toBe(text)
    }),
    { numRuns: 500 },
  )
})

test('text is an address when the platform says so, and of the same bytes', () => {
  const alphabet = fc.constantFrom(...'0123456789abF::..', '::', '1.2.3.4', '255', '256', '01')
  fc.assert(
    fc.property(
      fc.array(alphabet, { maxLength: 16 }).map((parts) => parts.join('')),
      (text) => {
        const bytes = parseAddress(text)
        expect(bytes?.length ?? 0).toBe({ 0: 0, 4: 4, 6: 16 }[isIP(text)])
        if (bytes?.length === 16) expect(formatAddress(bytes)).toBe(canonical(text))
      },
    ),
    { numRuns: 5000 },
  )
})

test.each([
  ['::', '0'.repeat(32)],
  ['::1', '0'.repeat(31) + '1'],
  ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ['::ffff:1.2.3.4', '00000000000000000000ffff01020304'],
  ['fe80::1%eth0', undefined],
  ['1.2.3', undefined],
  ['01.2.3.4', undefined],
  ['1::2::3', undefined],
  ['1.2.3.4::', undefined],
  ['1:2:3:4:5:6:7:8::', undefined],
  ['localhost', undefined],
  ['1'.repeat(46), undefined],
])('%s', (text, hex) => {
  const bytes = parseAddress(text)
  expect(bytes && Buffer.from(bytes).toString('hex')).toBe(hex)
})

test('a contact is an address and a port, big-endian (BEP 23)', () => {
  expect(encodeContact({ host: '127.0.0.1', port: 6881 })).toEqual(Uint8Array.of(127, 0, 0, 1, 0x1a, 0xe1))
  expect(decodeContact(Uint8Array.of(127, 0, 0, 1, 0x1a, 0xe1))).toEqual({ host: '127.0.0.1', port: 6881 })
  const six = { host: '2001:db8::5', port: 65_535 }
  expect(decodeContact(encodeContact(six) ?? new Uint8Array(0))).toEqual(six)
  expect(encodeContact({ host: 'a.name', port: 1 })).toBeUndefined()
  expect(decodeContact(new Uint8Array(7))).toBeUndefined()
  expect(decodeContact(new Uint8Array(0))).toBeUndefined()
})
