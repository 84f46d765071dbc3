import { BLOCK_HEAD, HASH, HASH_RANGE } from './frame.js'
import { WIRE_ID, type HashRange, type WireMessage } from './message.js'
import { readUint16, readUint32 } from './uint.js'

/** Where one message stands: `start` is its id, `length` counts it. */
export interface Span {
  readonly bytes: Uint8Array
  readonly start: number
  readonly length: number
}

/** Always plain, whatever class `bytes` is of: of a Node buffer, subarray() would be one and take twice as long. */
const view = ({ bytes, start, length }: Span, from: number): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset + start + from, length - from)

const field = ({ bytes, start }: Span, index: number): number => readUint32(bytes, start + 1 + 4 * index)

const parseHashRange = (span: Span): HashRange => ({
  piecesRoot: view({ ...span, length: 1 + HASH }, 1),
  baseLayer: field(span, 8),
  index: field(span, 9),
  length: field(span, 10),
  proofLayers: field(span, 11),
})

const parseRange = (span: Span): { piece: number; begin: number; length: number } => ({
  piece: field(span, 0),
  begin: field(span, 1),
  length: field(span, 2),
})

/** The message at `span`, whose length `lengthFault` found right for its id. Its bytes are views. */
export const parseMessage = (id: number, span: Span): WireMessage => {
  switch (id) {
    case WIRE_ID.piece:
      return { kind: 'piece', piece: field(span, 0), begin: field(span, 1), data: view(span, BLOCK_HEAD) }
    case WIRE_ID.request:
      return { kind: 'request', ...parseRange(span) }
    case WIRE_ID.have:
      return { kind: 'have', piece: field(span, 0) }
    case WIRE_ID.cancel:
      return { kind: 'cancel', ...parseRange(span) }
    case WIRE_ID.reject:
      return { kind: 'reject', ...parseRange(span) }
    case WIRE_ID.suggest:
      return { kind: 'suggest', piece: field(span, 0) }
    case WIRE_ID.allowedFast:
      return { kind: 'allowedFast', piece: field(span, 0) }
    case WIRE_ID.bitfield:
      return { kind: 'bitfield', bytes: view(span, 1) }
    case WIRE_ID.port:
      return { kind: 'port', port: readUint16(span.bytes, span.start + 1) }
    case WIRE_ID.extended:
      return { kind: 'extended', id: span.bytes[span.start + 1] ?? 0, payload: view(span, 2) }
    case WIRE_ID.hashRequest:
      return { kind: 'hashRequest', ...parseHashRange(span) }
    case WIRE_ID.hashReject:
      return { kind: 'hashReject', ...parseHashRange(span) }
    case WIRE_ID.hashes:
      return { kind: 'hashes', ...parseHashRange(span), hashes: view(span, HASH_RANGE) }
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
