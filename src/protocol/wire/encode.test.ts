import { expect, test } from 'vitest'
import { fromHex, toHex } from '../hex.js'
import { WireDecoder } from './decoder.js'
import { encodeMessage, writePieceHeader } from './encode.js'
import { messageLimit } from './frame.js'
import type { KnownMessage, WireMessage } from './message.js'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const root = new Uint8Array(32).fill(0xaa)
const ROOT = 'aa'.repeat(32)
const range = { piece: 1, begin: 16_384, length: 16_384 }
const hashRange = { piecesRoot: root, baseLayer: 0, index: 512, length: 2, proofLayers: 9 }
const HASH_RANGE = `${ROOT} 00000000 00000200 00000002 00000009`

/** Written out by hand: length, id, fields. */
const known: readonly [string, KnownMessage, string][] = [
  ['BEP 3 keepalive', { kind: 'keepAlive' }, '00000000'],
  ['BEP 3 choke', { kind: 'choke' }, '00000001 00'],
  ['BEP 3 unchoke', { kind: 'unchoke' }, '00000001 01'],
  ['BEP 3 interested', { kind: 'interested' }, '00000001 02'],
  ['BEP 3 not interested', { kind: 'notInterested' }, '00000001 03'],
  ['BEP 3 have', { kind: 'have', piece: 0x01020304 }, '00000005 04 01020304'],
  ['BEP 3 have, the last index', { kind: 'have', piece: 0xffffffff }, '00000005 04 ffffffff'],
  ['BEP 3 bitfield', { kind: 'bitfield', bytes: bytes(0xff, 0x80) }, '00000003 05 ff80'],
  ['BEP 3 request', { kind: 'request', ...range }, '0000000d 06 00000001 00004000 00004000'],
  [
    'BEP 3 piece',
    { kind: 'piece', piece: 1, begin: 2, data: bytes(9, 8) },
    '0000000b 07 00000001 00000002 0908',
  ],
  ['BEP 3 cancel', { kind: 'cancel', ...range }, '0000000d 08 00000001 00004000 00004000'],
  ['BEP 5 port', { kind: 'port', port: 6881 }, '00000003 09 1ae1'],
  ['BEP 6 suggest', { kind: 'suggest', piece: 7 }, '00000005 0d 00000007'],
  ['BEP 6 have all', { kind: 'haveAll' }, '00000001 0e'],
  ['BEP 6 have none', { kind: 'haveNone' }, '00000001 0f'],
  ['BEP 6 reject', { kind: 'reject', ...range }, '0000000d 10 00000001 00004000 00004000'],
  ['BEP 6 allowed fast', { kind: 'allowedFast', piece: 7 }, '00000005 11 00000007'],
  ['BEP 10 extended', { kind: 'extended', id: 3, payload: bytes(0x64, 0x65) }, '00000004 14 03 6465'],
  ['BEP 52 hash request', { kind: 'hashRequest', ...hashRange }, `00000031 15 ${HASH_RANGE}`],
  [
    'BEP 52 hashes',
    { kind: 'hashes', ...hashRange, hashes: new Uint8Array(64).fill(0xbb) },
    `00000071 16 ${HASH_RANGE} ${'bb'.repeat(64)}`,
  ],
  ['BEP 52 hash reject', { kind: 'hashReject', ...hashRange }, `00000031 17 ${HASH_RANGE}`],
]

test.each(known)('%s is written and read as the BEP says', (_name, message, hex) => {
  const written = fromHex(hex.replaceAll(' ', ''))
  if (written === undefined) throw new Error('not hexadecimal')
  expect(encodeMessage(message)).toEqual(written)
  const read: WireMessage[] = []
  expect(new WireDecoder(messageLimit()).push(written, (found) => read.push(found))).toBeUndefined()
  expect(read).toEqual([message])
})

test('the header of a piece stands alone, and in a run of messages where it is asked to', () => {
  const message = { kind: 'piece', piece: 5, begin: 32_768, data: new Uint8Array(16_384).fill(1) } as const
  const whole = encodeMessage(message)
  expect(writePieceHeader(5, 32_768, 16_384)).toEqual(whole.subarray(0, 13))
  const run = new Uint8Array(40)
  expect(writePieceHeader(5, 32_768, 16_384, run, 20)).toBe(run)
  expect(toHex(run)).toBe(`${'00'.repeat(20)}00004009070000000500008000${'00'.repeat(7)}`)
})

test.each<[string, KnownMessage]>([
  ['a piece of 2^32', { kind: 'have', piece: 2 ** 32 }],
  ['a negative piece', { kind: 'have', piece: -1 }],
  ['half a piece', { kind: 'have', piece: 0.5 }],
  ['a port of 65,536', { kind: 'port', port: 65_536 }],
  ['an extension of 256', { kind: 'extended', id: 256, payload: root }],
  ['a root of 31 bytes', { kind: 'hashRequest', ...hashRange, piecesRoot: new Uint8Array(31) }],
])('%s is refused, not written as another', (_name, message) => {
  expect(() => encodeMessage(message)).toThrow(RangeError)
})
