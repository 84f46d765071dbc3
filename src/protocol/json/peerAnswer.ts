import { Bitfield } from '../bitfield.js'
import { concatBytes } from '../bytes.js'
import { MAX_PROOF_HASHES, MAX_REQUESTS_IN_FLIGHT } from '../limits.js'
import { HASH_SIZE } from '../merkle/tree.js'
import { parsePeerTable, retOf, type PeerTable } from './answer.js'
import type { Base64 } from './base64.js'
import { asCount, asString, type JsonObject } from './fields.js'
import { Op, Ret } from './op.js'

/** The answer to STATUS_INTERESTED. */
export interface StateAnswer {
  readonly isChoking: boolean
  /** What the peer has; undefined where it did not say. */
  readonly has: Bitfield | undefined
  /** Requests that the peer takes at once on one connection; 1 for one that did not say. */
  readonly requests: number
}

/** Why there is no chunk in an answer to GET_CHUNK. */
export type ChunkRefusal = 'missing' | 'choked' | 'failed'

/** A chunk as it came, nothing about it verified. */
export interface ChunkAnswer {
  readonly data: Uint8Array
  /** Sibling hashes, lowest first; undefined where none came. One that is malformed is empty, and proves nothing. */
  readonly proof: readonly Uint8Array[] | undefined
}

export const encodeState = (state: StateAnswer, base64: Base64): JsonObject =>
  state.isChoking
    ? { OP_CODE: Op.STATUS_CHOKED, RET_CODE: Ret.SUCCESS }
    : {
        OP_CODE: Op.STATUS_UNCHOKED,
        RET_CODE: Ret.SUCCESS,
        BITFIELD: state.has && base64.encode(state.has.bytes),
        REQUESTS: state.requests,
      }

/** Reads the answer to STATUS_INTERESTED about a torrent of `chunks`; undefined where the peer knows nothing of it. */
export const decodeState = (
  object: JsonObject,
  chunks: number,
  base64: Base64,
): StateAnswer | 'unknownTorrent' | 'malformed' => {
  const ret = retOf(object)
  if (ret === 'TORRENT_DOES_NOT_EXIST' || ret === 'NOT_FOUND') return 'unknownTorrent'
  if (object.OP_CODE === Op.STATUS_CHOKED) return { isChoking: true, has: undefined, requests: 1 }
  const bits = asString(object.BITFIELD)
  const bytes = bits === undefined ? undefined : base64.decode(bits)
  const has = bytes && Bitfield.from(bytes, chunks)
  if (bits !== undefined && has === undefined) return 'malformed'
  const requests = Math.min(asCount(object.REQUESTS) ?? 1, MAX_REQUESTS_IN_FLIGHT)
  return { isChoking: false, has, requests: Math.max(1, requests) }
}

/**
 * The answer to GET_CHUNK as pieces of JSON text. Written by hand: base64 needs no escaping, and this is what
 * a seeder does most.
 */
export const encodeChunk = (
  chunk: number,
  data: Uint8Array,
  proof: readonly Uint8Array[] | undefined,
  base64: Base64,
): readonly string[] => {
  const head = `{"OP_CODE":${Op.GET_CHUNK},"RET_CODE":${Ret.SUCCESS},"CHUNK_IDX":${chunk},"CHUNK_DATA":"`
  if (proof === undefined) return [head, base64.encode(data), '"}']
  return [head, base64.encode(data), '","CHUNK_PROOF":"', base64.encode(concatBytes(proof)), '"}']
}

/**
 * Reads the answer to GET_CHUNK. One for another chunk, or with data that is not base64, is malformed.
 * `decodeData` may put the data where it likes.
 */
export const decodeChunk = (
  object: JsonObject,
  chunk: number,
  base64: Base64,
  decodeData = base64.decode,
): ChunkAnswer | ChunkRefusal | 'malformed' => {
  const ret = retOf(object)
  if (object.OP_CODE === Op.STATUS_CHOKED || ret === 'FORBIDDEN') return 'choked'
  if (ret === 'NOT_FOUND' || ret === 'TORRENT_DOES_NOT_EXIST') return 'missing'
  if (ret !== 'SUCCESS') return 'failed'
  if (object.CHUNK_IDX !== undefined && asCount(object.CHUNK_IDX) !== chunk) return 'malformed'
  const text = asString(object.CHUNK_DATA)
  const data = text === undefined ? undefined : decodeData(text)
  if (data === undefined) return 'malformed'
  return { data, proof: decodeProof(object.CHUNK_PROOF, base64) }
}

const decodeProof = (value: unknown, base64: Base64): readonly Uint8Array[] | undefined => {
  const text = asString(value)
  if (text === undefined) return undefined
  const bytes = base64.decode(text)
  if (bytes === undefined || bytes.length % HASH_SIZE !== 0) return []
  if (bytes.length > MAX_PROOF_HASHES * HASH_SIZE) return []
  return Array.from({ length: bytes.length / HASH_SIZE }, (_, index) =>
    bytes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE),
  )
}

/** Reads the answer to GET_PEERS; what is no peer table is an empty one. */
export const decodePeers = (object: JsonObject): PeerTable => parsePeerTable(object.PEER_LIST) ?? new Map()
