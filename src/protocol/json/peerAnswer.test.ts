import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bitfield } from '../bitfield.js'
import { CHUNK_SIZE, SIMPLE_READ } from '../limits.js'
import type { Base64 } from './base64.js'
import type { JsonObject } from './fields.js'
import { decodeChunk, decodePeers, decodeState, encodeChunk, encodeState } from './peerAnswer.js'

const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes).toString('base64'),
  decode: (text) =>
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined,
}
const overTheWire = (object: JsonObject | readonly string[]): JsonObject =>
  JSON.parse(Array.isArray(object) ? object.join('') : JSON.stringify(object)) as JsonObject

test('B2 B5 D5 any chunk and its proof survive the way there and back', () => {
  const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(
      fc.nat(),
      fc.uint8Array({ maxLength: 300 }),
      fc.option(fc.array(hash, { maxLength: 40 })),
      (chunk, data, proof) => {
        const object = overTheWire(encodeChunk(chunk, data, proof ?? undefined, base64))
        expect(decodeChunk(object, chunk, base64)).toEqual({ data, proof: proof ?? undefined })
        expect(decodeChunk(object, chunk + 1, base64)).toBe('malformed')
      },
    ),
  )
})

test('an answer with a whole chunk and its proof in a file of 16 TiB fits one read of a simple client', () => {
  const proof = Array.from({ length: 30 }, () => new Uint8Array(32).fill(255))
  const answer = encodeChunk(2 ** 30, new Uint8Array(CHUNK_SIZE).fill(255), proof, base64).join('')
  expect(answer.length + 1).toBeLessThanOrEqual(SIMPLE_READ)
})

test('B2 the state of a peer survives the way there and back; a simple answer counts as having everything', () => {
  const has = Bitfield.empty(11)
  has.add(3)
  const state = { isChoking: false, has, requests: 64 }
  const read = decodeState(overTheWire(encodeState(state, base64)), 11, base64)
  expect(read).toMatchObject({ isChoking: false, requests: 64 })
  expect(typeof read === 'object' && read.has?.bytes).toEqual(has.bytes)
  expect(decodeState({ OP_CODE: 180 }, 11, base64)).toEqual({ isChoking: false, has: undefined, requests: 1 })
  expect(decodeState({ OP_CODE: 170, RET_CODE: 200 }, 11, base64)).toMatchObject({ isChoking: true })
  expect(decodeState({ OP_CODE: 180, BITFIELD: 'AA==' }, 11, base64)).toBe('malformed')
  expect(decodeState({ RET_CODE: 411 }, 11, base64)).toBe('unknownTorrent')
})

test.each<[JsonObject, string]>([
  [{ OP_CODE: 170, RET_CODE: 403 }, 'choked'],
  [{ OP_CODE: 195, RET_CODE: 404 }, 'missing'],
  [{ OP_CODE: 195, RET_CODE: 450 }, 'failed'],
  [{ OP_CODE: 195, RET_CODE: 200 }, 'malformed'],
  [{ OP_CODE: 195, CHUNK_IDX: 4, CHUNK_DATA: '*' }, 'malformed'],
])('%j is read as %s', (object, expected) => {
  expect(decodeChunk(object, 4, base64)).toBe(expected)
})

test('whatever an answer holds, it is read as a value and never throws', () => {
  const field = fc.oneof(fc.jsonValue(), fc.nat(), fc.base64String())
  const object = fc.record(
    {
      OP_CODE: fc.oneof(field, fc.constantFrom(170, 180, 195)),
      RET_CODE: fc.oneof(field, fc.constant(200)),
      BITFIELD: field,
      CHUNK_IDX: field,
      CHUNK_DATA: field,
      CHUNK_PROOF: field,
      REQUESTS: field,
      PEER_LIST: field,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(object, fc.nat(100), (fields, chunk) => {
      decodeState(fields, chunk, base64)
      decodePeers(fields)
      const answer = decodeChunk(fields, chunk, base64)
      if (typeof answer === 'object') for (const hash of answer.proof ?? []) expect(hash).toHaveLength(32)
    }),
  )
})
