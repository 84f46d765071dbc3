import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FieldFault, type JsonObject } from './fields.js'
import { Op } from './op.js'
import { parseInfoHash } from '../ids.js'
import {
  chunkRequests,
  decodePeerRequest,
  decodeTrackerRequest,
  encodePeerRequest,
  encodeTrackerRequest,
  type Base64,
} from './request.js'

const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes).toString('base64'),
  decode: (text) =>
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined,
}
const overTheWire = (object: JsonObject): JsonObject => JSON.parse(JSON.stringify(object)) as JsonObject
const sender = { PEER_ID: 'ab'.repeat(16), IP_ADDRESS: '127.0.0.1', PORT: '8001' }
const hash = 'cd'.repeat(32)

test.each<JsonObject>([
  { OP_CODE: 100, ...sender },
  { OP_CODE: 100, ...sender, QUERY: 'ubuntu', OFFSET: 3, LIMIT: 10 },
  { OP_CODE: 110, ...sender, TORRENT_ID: 7, WITH_METAINFO: true },
  { OP_CODE: 120, ...sender, TORRENT_ID: 7 },
  { OP_CODE: 110, ...sender, TORRENT_ID: 7, INFO_HASH: hash, WIRES: ['json'] },
  { OP_CODE: 120, ...sender, TORRENT_ID: 7, INFO_HASH: hash, WIRES: ['json', 'bittorrent', 'tls'] },
  { OP_CODE: 130, ...sender, TORRENT_ID: 7 },
  { OP_CODE: 140, ...sender, FILE_NAME: 'ein Bild.png', NUM_OF_CHUNKS: 3 },
  {
    OP_CODE: 140,
    ...sender,
    FILE_NAME: '写真',
    NUM_OF_CHUNKS: 3,
    FILE_SIZE: 40000,
    ROOT_HASH: hash,
    INFO_HASH: hash,
    METAINFO: 'AAEC',
  },
])('B1 B4 tracker request %j survives the way there and back', (object) => {
  const request = decodeTrackerRequest(object, base64)
  const again = overTheWire(encodeTrackerRequest(request, base64))
  expect(again).toMatchObject(object)
  expect(decodeTrackerRequest(again, base64)).toEqual(request)
})

test.each<JsonObject>([
  { OP_CODE: 150, TORRENT_ID: 1 },
  { OP_CODE: 160, INFO_HASH: hash },
  { OP_CODE: 190, TORRENT_ID: 1, INFO_HASH: hash },
  { OP_CODE: 150, TORRENT_ID: 1, PEER_ID: sender.PEER_ID, PORT: '8001' },
  { OP_CODE: 195, CHUNK_IDX: 0 },
  { OP_CODE: 195, CHUNK_IDX: 12, TORRENT_ID: 1, WITH_PROOF: true },
])('B2 B4 peer request %j survives the way there and back', (object) => {
  const request = decodePeerRequest(object)
  const again = overTheWire(encodePeerRequest(request))
  expect(again).toMatchObject(object)
  expect(decodePeerRequest(again)).toEqual(request)
})

test('GET_CHUNK as text is the request that was meant', () => {
  const asker = decodePeerRequest({ OP_CODE: 150, ...sender, TORRENT_ID: 1 }).asker
  const torrent = { torrentId: undefined, infoHash: parseInfoHash(hash) }
  fc.assert(
    fc.property(fc.nat(), fc.boolean(), (chunk, withProof) => {
      const object = JSON.parse(chunkRequests(asker, torrent)(chunk, withProof)) as JsonObject
      expect(decodePeerRequest(object)).toEqual({ op: 'GET_CHUNK', asker, torrent, chunk, withProof })
    }),
  )
})

test('a simple peer may send PORT as a number and ids as text', () => {
  const request = decodeTrackerRequest({ OP_CODE: 120, ...sender, PORT: 8001, TORRENT_ID: '7' }, base64)
  expect(request).toMatchObject({ torrentId: 7, sender: { port: 8001 } })
})

test('a wire of the future is passed over, and what is said twice counts once', () => {
  const request = decodeTrackerRequest({ OP_CODE: 100, ...sender, WIRES: ['tls', 'quic', 'tls', 7] }, base64)
  expect(request.sender.wires).toEqual(['tls'])
})

test.each<[string, JsonObject]>([
  ['WIRES', { OP_CODE: 100, ...sender, WIRES: 'json' }],
  ['WIRES', { OP_CODE: 100, ...sender, WIRES: ['json', 'json', 'json', 'json', 'json'] }],
  ['INFO_HASH', { OP_CODE: 120, ...sender, TORRENT_ID: 1, INFO_HASH: 'ab' }],
  ['OP_CODE', { OP_CODE: 'x'.repeat(10_000), ...sender }],
  ['OP_CODE', { ...sender }],
  ['OP_CODE', { OP_CODE: '100', ...sender }],
  ['OP_CODE', { OP_CODE: 195, ...sender }],
  ['PEER_ID', { OP_CODE: 100, ...sender, PEER_ID: 'me' }],
  ['PORT', { OP_CODE: 100, ...sender, PORT: '0' }],
  ['PORT', { OP_CODE: 100, ...sender, PORT: '65536' }],
  ['IP_ADDRESS', { OP_CODE: 100, ...sender, IP_ADDRESS: '' }],
  ['TORRENT_ID', { OP_CODE: 110, ...sender }],
  ['TORRENT_ID', { OP_CODE: 110, ...sender, TORRENT_ID: -1 }],
  ['TORRENT_ID', { OP_CODE: 110, ...sender, TORRENT_ID: 1.5 }],
  ['FILE_NAME', { OP_CODE: 140, ...sender, FILE_NAME: '../x', NUM_OF_CHUNKS: 1 }],
  ['FILE_NAME', { OP_CODE: 140, ...sender, FILE_NAME: 'a\u0000', NUM_OF_CHUNKS: 1 }],
  ['NUM_OF_CHUNKS', { OP_CODE: 140, ...sender, FILE_NAME: 'a', NUM_OF_CHUNKS: 2 ** 40 }],
  ['METAINFO', { OP_CODE: 140, ...sender, FILE_NAME: 'a', NUM_OF_CHUNKS: 1, METAINFO: '***' }],
])('a fault in %s is told in one line that names it: %j', (name, object) => {
  expect(() => decodeTrackerRequest(object, base64)).toThrow(FieldFault)
  expect(() => decodeTrackerRequest(object, base64)).toThrow(name)
})

test('whatever the fields hold, the answer is a request or a FieldFault of one short line', () => {
  const field = fc.oneof(fc.jsonValue(), fc.nat(), fc.constantFrom(sender.PEER_ID, '8001', hash))
  const object = fc.record(
    {
      OP_CODE: fc.constantFrom(...Object.values(Op)),
      PEER_ID: field,
      IP_ADDRESS: field,
      PORT: field,
      TORRENT_ID: field,
      FILE_NAME: field,
      NUM_OF_CHUNKS: field,
      INFO_HASH: field,
      CHUNK_IDX: field,
      METAINFO: field,
      QUERY: field,
    },
    { requiredKeys: ['OP_CODE'] },
  )
  fc.assert(
    fc.property(object, (fields) => {
      for (const decode of [() => decodeTrackerRequest(fields, base64), () => decodePeerRequest(fields)]) {
        try {
          decode()
        } catch (error) {
          expect(error).toBeInstanceOf(FieldFault)
          expect((error as Error).message.length).toBeLessThan(200)
          expect((error as Error).message).not.toContain('\n')
        }
      }
    }),
    { numRuns: 2000 },
  )
})
