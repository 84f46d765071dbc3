import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeUtf8 } from '../../protocol/bytes.js'
import { crc32c } from './crc32c.js'
import { peerPriority } from './peerPriority.js'

const at = (host: string, port = 6881) => ({ host, port })

test('crc32c gives the values of RFC 3720, appendix B.4, and the check value of the algorithm', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e)
  expect(crc32c(encodeUtf8('123456789'))).toBe(0xe3069283)
})

test('priorities are those of the examples of BEP 40', () => {
  expect(peerPriority(at('123.213.32.10'), at('98.76.54.32'))).toBe(0xec2d7224)
  expect(peerPriority(at('123.213.32.10'), at('123.213.32.234'))).toBe(0x99568189)
})

test('in one /16 the third byte counts whole; of IPv6 three groups, and one byte more in the same /48 and /56', () => {
  const crc = (hex: string): number => crc32c(Buffer.from(hex, 'hex'))
  expect(peerPriority(at('10.1.255.255'), at('10.1.2.255'))).toBe(crc('0a0102550a01ff55'))
  expect(peerPriority(at('2001:db8:1:ffff::'), at('2001:db8:2:ffff::'))).toBe(
    crc(`20010db800015555${'0'.repeat(16)}20010db800025555${'0'.repeat(16)}`),
  )
  expect(peerPriority(at('2001:db8:1:ffff::'), at('2001:db8:1:1fff::'))).toBe(
    crc(`20010db800011f55${'0'.repeat(16)}20010db80001ff55${'0'.repeat(16)}`),
  )
  expect(peerPriority(at('2001:db8:1:ffff::ff'), at('2001:db8:1:ff1f::'))).toBe(
    crc(`20010db80001ff1f${'0'.repeat(16)}20010db80001ffff${'0'.repeat(14)}55`),
  )
})

test('of one address the ports decide', () => {
  expect(peerPriority(at('10.0.0.1', 0x1234), at('10.0.0.1', 0x0102))).toBe(
    crc32c(Uint8Array.of(1, 2, 0x12, 0x34)),
  )
})

test('both sides come to the same number, and a name or another family to none', () => {
  const side = fc.record({ host: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) })
  fc.assert(
    fc.property(side, side, (one, other) => {
      expect(peerPriority(one, other)).toBe(peerPriority(other, one))
      expect(peerPriority(one, other) === undefined).toBe(one.host.includes(':') !== other.host.includes(':'))
    }),
  )
  expect(peerPriority(at('10.0.0.1'), at('peer.example'))).toBeUndefined()
})
