import { BLOCK_HEAD, HASH, HASH_RANGE } from './frame.js'
import { WIRE_ID, type BlockRange, type HashRange, type WireMessage } from './message.js'
import { readUint16, readUint32 } from './uint.js'

/** Always plain, whatever class `bytes` is of: of a Node buffer, subarray() would be one and take twice as long. */
const view = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)

/** The integer `index` after the id at `start`. */
const field = (bytes: Uint8Array, start: number, index: number): number =>
  readUint32(bytes, start + 1 + 4 * index)

const parseHashRange = (bytes: Uint8Array, start: number): HashRange => ({
  piecesRoot: view(bytes, start + 1, start + 1 + HASH),
  baseLayer: field(bytes, start, 8),
  index: field(bytes, start, 9),
  length: field(bytes, start, 10),
  proofLayers: field(bytes, start, 11),
})

/** Written out rather than spread from what they share: requests and blocks are nearly all that is sent. */
const parseRange = <Kind extends string>(
  kind: Kind,
  bytes: Uint8Array,
  start: number,
): BlockRange & { readonly kind: Kind } => ({
  kind,
  piece: field(bytes, start, 0),
  begin: field(bytes, start, 1),
  length: field(bytes, start, 2),
})

/**
 * The message of `id`, which stands at `start` of `bytes`, with `length` bytes that `lengthFault` found right for it.
 * Its bytes are views.
 */
export const parseMessage = (id: number, bytes: Uint8Array, start: number, length: number): WireMessage => {
  const end = start + length
  switch (id) {
    case WIRE_ID.piece: {
      const data = view(bytes, start + BLOCK_HEAD, end)
      return { kind: 'piece', piece: field(bytes, start, 0), begin: field(bytes, start, 1), data }
    }
    case WIRE_ID.request:
      return parseRange('request', bytes, start)
    case WIRE_ID.have:
      return { kind: 'have', piece: field(bytes, start, 0) }
    case WIRE_ID.cancel:
      return parseRange('cancel', bytes, start)
    case WIRE_ID.reject:
      return parseRange('reject', bytes, start)
    case WIRE_ID.suggest:
      return { kind: 'suggest', piece: field(bytes, start, 0) }
    case WIRE_ID.allowedFast:
      return { kind: 'allowedFast', piece: field(bytes, start, 0) }
    case WIRE_ID.bitfield:
      return { kind: 'bitfield', bytes: view(bytes, start + 1, end) }
    case WIRE_ID.port:
      return { kind: 'port', port: readUint16(bytes, start + 1) }
    case WIRE_ID.extended:
      return { kind: 'extended', id: bytes[start + 1] ?? 0, payload: view(bytes, start + 2, end) }
    case WIRE_ID.hashRequest:
      return { kind: 'hashRequest', ...parseHashRange(bytes, start) }
    case WIRE_ID.hashReject:
      return { kind: 'hashReject', ...parseHashRange(bytes, start) }
    case WIRE_ID.hashes:
      return {
        kind: 'hashes',
        ...parseHashRange(bytes, start),
        hashes: view(bytes, start + HASH_RANGE, end),
      }
    default:
      return SIGNALS.get(id) ?? { kind: 'unknown', id }
  }
}

const SIGNALS: ReadonlyMap<number, WireMessage> = new Map(
  (['choke', 'unchoke', 'interested', 'notInterested', 'haveAll', 'haveNone'] as const).map((kind) => [
    WIRE_ID[kind],
    { kind },
  ]),
)
