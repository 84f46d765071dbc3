import { CHUNK_SIZE, MAX_PROOF_HASHES } from '../limits.js'
import { WIRE_ID } from './message.js'

/** Bytes of the length before each message (BEP 3 "peer protocol"). */
export const PREFIX = 4

/** Id, then piece, begin and length. */
const RANGE = 1 + 3 * 4

/** Id, then piece and begin: what stands before a block's data. */
export const BLOCK_HEAD = 1 + 2 * 4

/** A SHA-256. */
export const HASH = 32

/** Id, a root of 32 bytes, then base layer, index, length and proof layers: 49 bytes. */
export const HASH_RANGE = 1 + HASH + 4 * 4

/** Of the base layer in one message: BEP 52 "hash request" says that length should not be greater. */
const MAX_BASE_HASHES = 512

/** A `hashes` message: 49 + (512 + 40 uncles) x 32 bytes is 17,713; more than a block's 9 + 16,384. */
export const MAX_HASHES = HASH_RANGE + (MAX_BASE_HASHES + MAX_PROOF_HASHES) * HASH

/** An `extended` message: a piece of metadata is 16 KiB and about 60 bytes, 400 peers by PEX at most 7.4 KB. */
export const MAX_EXTENDED = 32 * 1024

/** Pieces that a bit field may tell of while the metadata is unknown: 2^23 are 1 MiB of bits, 128 GiB at 16 KiB. */
const MAX_UNKNOWN_PIECES = 2 ** 23

/** Why a stream cannot be read on. */
export type WireFault = 'too-large' | 'malformed'

/** Bytes of a message, its id included; of those above the least, `step` at a time. */
interface Lengths {
  readonly least: number
  readonly most: number
  readonly step: number
}

const exactly = (length: number): Lengths => ({ least: length, most: length, step: 1 })
const between = (least: number, most: number, step = 1): Lengths => ({ least, most, step })

const LENGTHS: Readonly<Record<keyof typeof WIRE_ID, Lengths>> = {
  choke: exactly(1),
  unchoke: exactly(1),
  interested: exactly(1),
  notInterested: exactly(1),
  have: exactly(5),
  bitfield: between(1, Infinity),
  request: exactly(RANGE),
  piece: between(BLOCK_HEAD, BLOCK_HEAD + CHUNK_SIZE),
  cancel: exactly(RANGE),
  port: exactly(3),
  suggest: exactly(5),
  haveAll: exactly(1),
  haveNone: exactly(1),
  reject: exactly(RANGE),
  allowedFast: exactly(5),
  extended: between(2, MAX_EXTENDED),
  hashRequest: exactly(HASH_RANGE),
  hashes: between(HASH_RANGE, MAX_HASHES, HASH),
  hashReject: exactly(HASH_RANGE),
}

/** What is known of an id, found without a search. */
const BY_ID: (Lengths | undefined)[] = []
for (const [kind, id] of Object.entries(WIRE_ID)) BY_ID[id] = LENGTHS[kind as keyof typeof WIRE_ID]

export const isKnownId = (id: number): boolean => BY_ID[id] !== undefined

/** What is wrong with a message of `id` that announces `length` bytes, id included. Unknown ids may have any. */
export const lengthFault = (id: number, length: number): WireFault | undefined => {
  const lengths = BY_ID[id]
  if (lengths === undefined) return undefined
  if (length < lengths.least) return 'malformed'
  if (length > lengths.most) return lengths.least === lengths.most ? 'malformed' : 'too-large'
  return (length - lengths.least) % lengths.step === 0 ? undefined : 'malformed'
}

/**
 * The largest message, in bytes after its length, that a peer of a torrent with so many pieces has cause to send:
 * a bit field with its id, or MAX_EXTENDED, which is larger than every other. Without a number: 1 MiB and the id.
 */
export const messageLimit = (pieces = MAX_UNKNOWN_PIECES): number =>
  Math.max(MAX_EXTENDED, 1 + Math.ceil(pieces / 8))
