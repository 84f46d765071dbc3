import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeHandshake, encodeHandshake, HANDSHAKE, type Features } from './handshake.js'

const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 })
const NONE: Features = { extension: false, fast: false, v2: false, dht: false, tls: false }
const hash = new Uint8Array(20).fill(0xaa)
const peer = new Uint8Array(20).fill(0xbb)

const handshake = fc.record({
  features: fc.record({
    extension: fc.boolean(),
    fast: fc.boolean(),
    v2: fc.boolean(),
    dht: fc.boolean(),
    tls: fc.boolean(),
  }),
  infoHash: twenty,
  peerId: twenty,
})

test('a handshake is read as it was written', () => {
  fc.assert(
    fc.property(handshake, (written) => {
      const bytes = encodeHandshake(written)
      const read = decodeHandshake(bytes)
      bytes.fill(0)
      expect(read).toEqual(written)
    }),
  )
})

test.each<[string, Partial<Features>, number[]]>([
  ['BEP 3: all zero', {}, [0, 0, 0, 0, 0, 0, 0, 0]],
  ['BEP 10: reserved_byte[5] & 0x10', { extension: true }, [0, 0, 0, 0, 0, 0x10, 0, 0]],
  ['BEP 6: reserved[7] |= 0x04', { fast: true }, [0, 0, 0, 0, 0, 0, 0, 0x04]],
  ['BEP 5: the last bit', { dht: true, tls: false }, [0, 0, 0, 0, 0, 0, 0, 0x01]],
  ['BEP 52: the 4th most significant bit of the last byte', { v2: true }, [0, 0, 0, 0, 0, 0, 0, 0x10]],
])('reserved bits, %s', (_name, some, reserved) => {
  const features = { ...NONE, ...some }
  const expected = [
    19,
    ...Array.from('BitTorrent protocol', (character) => character.charCodeAt(0)),
    ...reserved,
    ...hash,
    ...peer,
  ]
  expect([...encodeHandshake({ features, infoHash: hash, peerId: peer })]).toEqual(expected)
  expect(decodeHandshake(Uint8Array.from(expected))?.features).toEqual(features)
})

test('bits that nobody knows are ignored, and another name or length is no handshake', () => {
  const bytes = encodeHandshake({ features: NONE, infoHash: hash, peerId: peer })
  const odd = bytes.slice().fill(0xea, 20, 28)
  expect(decodeHandshake(odd)?.features).toEqual(NONE)
  for (let index = 0; index < 20; index++) {
    const other = bytes.slice()
    other[index] = (other[index] ?? 0) ^ 1
    expect(decodeHandshake(other)).toBeUndefined()
  }
  expect(decodeHandshake(bytes.subarray(0, HANDSHAKE - 1))).toBeUndefined()
  expect(decodeHandshake(new Uint8Array([...bytes, 0]))).toBeUndefined()
})

test('a hash or id of another length is not written', () => {
  expect(() => encodeHandshake({ features: NONE, infoHash: hash.subarray(1), peerId: peer })).toThrow(
    RangeError,
  )
  expect(() => encodeHandshake({ features: NONE, infoHash: hash, peerId: peer.subarray(1) })).toThrow(
    RangeError,
  )
})
