import { BLOCK_HEAD, HASH, HASH_RANGE, PREFIX } from './frame.js'
import { WIRE_ID, type HashRange, type KnownMessage } from './message.js'
import { writeUint16, writeUint32 } from './uint.js'

/** Bytes of a `piece` message before its data. */
export const PIECE_HEADER = PREFIX + BLOCK_HEAD

const NOTHING = new Uint8Array(0)

/** A message with its length before it: id, integers of four bytes, `tail`. */
const frame = (id: number, numbers: readonly number[] = [], tail: Uint8Array = NOTHING): Uint8Array => {
  const head = PREFIX + 1 + 4 * numbers.length
  const bytes = new Uint8Array(head + tail.length)
  writeUint32(bytes, 0, bytes.length - PREFIX)
  bytes[PREFIX] = id
  numbers.forEach((number, index) => writeUint32(bytes, PREFIX + 1 + 4 * index, number))
  bytes.set(tail, head)
  return bytes
}

/**
 * Writes the 13 bytes that stand before `length` bytes of a block at `offset` of `into`, and returns `into`.
 * The data need never be copied: it is read from its file into the gaps between such headers.
 *
 * @throws RangeError when a number does not fit four bytes
 */
export const writePieceHeader = (
  piece: number,
  begin: number,
  length: number,
  into: Uint8Array = new Uint8Array(PIECE_HEADER),
  offset = 0,
): Uint8Array => {
  writeUint32(into, offset, BLOCK_HEAD + length)
  into[offset + PREFIX] = WIRE_ID.piece
  writeUint32(into, offset + PREFIX + 1, piece)
  writeUint32(into, offset + PREFIX + 5, begin)
  return into
}

/** Bytes of a `request` message. */
export const REQUEST_SIZE = PREFIX + 1 + 3 * 4

/** Writes a request at `offset` of `into`: many leave in one write. */
export const writeRequest = (
  piece: number,
  begin: number,
  length: number,
  into: Uint8Array,
  offset: number,
): void => {
  writeUint32(into, offset, REQUEST_SIZE - PREFIX)
  into[offset + PREFIX] = WIRE_ID.request
  writeUint32(into, offset + PREFIX + 1, piece)
  writeUint32(into, offset + PREFIX + 5, begin)
  writeUint32(into, offset + PREFIX + 9, length)
}

const encodePort = (port: number): Uint8Array => {
  const bytes = frame(WIRE_ID.port, [], new Uint8Array(2))
  writeUint16(bytes, PREFIX + 1, port)
  return bytes
}

const encodeExtended = (id: number, payload: Uint8Array): Uint8Array => {
  if ((id & 0xff) !== id) throw new RangeError(`${id} is no id of one byte`)
  const bytes = new Uint8Array(PREFIX + 2 + payload.length)
  writeUint32(bytes, 0, 2 + payload.length)
  bytes[PREFIX] = WIRE_ID.extended
  bytes[PREFIX + 1] = id
  bytes.set(payload, PREFIX + 2)
  return bytes
}

const encodeHashRange = (id: number, range: HashRange, hashes: Uint8Array = NOTHING): Uint8Array => {
  if (range.piecesRoot.length !== HASH) throw new RangeError('a root has 32 bytes')
  const bytes = frame(id, [], new Uint8Array(HASH_RANGE - 1 + hashes.length))
  bytes.set(range.piecesRoot, PREFIX + 1)
  const numbers = [range.baseLayer, range.index, range.length, range.proofLayers]
  numbers.forEach((number, index) => writeUint32(bytes, PREFIX + 1 + HASH + 4 * index, number))
  bytes.set(hashes, PREFIX + HASH_RANGE)
  return bytes
}

/**
 * The bytes of `message`, its length before it (BEP 3, 5, 6, 10, 52).
 *
 * @throws RangeError when a number does not fit its field, or a root has not 32 bytes
 */
export const encodeMessage = (message: KnownMessage): Uint8Array => {
  switch (message.kind) {
    case 'keepAlive':
      return new Uint8Array(PREFIX)
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'notInterested':
    case 'haveAll':
    case 'haveNone':
      return frame(WIRE_ID[message.kind])
    case 'have':
    case 'suggest':
    case 'allowedFast':
      return frame(WIRE_ID[message.kind], [message.piece])
    case 'request':
    case 'cancel':
    case 'reject':
      return frame(WIRE_ID[message.kind], [message.piece, message.begin, message.length])
    case 'bitfield':
      return frame(WIRE_ID.bitfield, [], message.bytes)
    case 'piece':
      return frame(WIRE_ID.piece, [message.piece, message.begin], message.data)
    case 'port':
      return encodePort(message.port)
    case 'extended':
      return encodeExtended(message.id, message.payload)
    case 'hashRequest':
    case 'hashReject':
      return encodeHashRange(WIRE_ID[message.kind], message)
    case 'hashes':
      return encodeHashRange(WIRE_ID.hashes, message, message.hashes)
    default:
      return message satisfies never
  }
}
