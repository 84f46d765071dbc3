import type { BencodeDict } from '../../bencode.js'
import { encodeBencode } from '../../bencode.js'
import { concatBytes } from '../../bytes.js'
import { MAX_METAINFO } from '../../limits.js'
import { integerOf, splitDictionary } from './dictionary.js'

/** Bytes of each piece of the metadata but the last (BEP 9 "metadata"). */
export const METADATA_PIECE = 16 * 1024

/** The last piece of the largest metadata: 12,533,760 / 16,384 is 765. */
const LAST_PIECE = Math.ceil(MAX_METAINFO / METADATA_PIECE) - 1

/** `msg_type` (BEP 9 "extension message"). */
const MESSAGE_TYPE = { request: 0, data: 1, reject: 2 } as const

/** A message of ut_metadata: the info dictionary, a piece at a time (BEP 9). */
export type MetadataMessage =
  | { readonly kind: 'request' | 'reject'; readonly piece: number }
  | {
      readonly kind: 'data'
      readonly piece: number
      /** Bytes of the whole info dictionary. */
      readonly totalSize: number
      /** 16 KiB, or what is left of the whole. */
      readonly data: Uint8Array
    }

/** Of a type that BEP 9 does not define; it must be ignored. */
export interface OtherMetadata {
  readonly kind: 'other'
}

/** Bytes of `piece` of metadata that has `totalSize`. */
export const metadataPieceLength = (piece: number, totalSize: number): number =>
  Math.max(0, Math.min(METADATA_PIECE, totalSize - piece * METADATA_PIECE))

export const encodeMetadata = (message: MetadataMessage): Uint8Array => {
  const msg_type = MESSAGE_TYPE[message.kind]
  if (message.kind !== 'data') return encodeBencode({ msg_type, piece: message.piece })
  const head = encodeBencode({ msg_type, piece: message.piece, total_size: message.totalSize })
  return concatBytes([head, message.data])
}

const decodeData = (dict: BencodeDict, piece: number, data: Uint8Array): MetadataMessage | undefined => {
  const totalSize = integerOf(dict, 'total_size', 1, MAX_METAINFO)
  if (totalSize === undefined || data.length === 0) return undefined
  if (data.length !== metadataPieceLength(piece, totalSize)) return undefined
  return { kind: 'data', piece, totalSize, data }
}

/**
 * Undefined when `payload` is not of BEP 9: no type, a piece past MAX_METAINFO, or data that has not
 * the length of its piece. The data is a view of `payload`.
 */
export const decodeMetadata = (payload: Uint8Array): MetadataMessage | OtherMetadata | undefined => {
  const split = splitDictionary(payload)
  const type = split?.dict.get('msg_type')
  if (split === undefined || typeof type !== 'number') return undefined
  if (type < MESSAGE_TYPE.request || type > MESSAGE_TYPE.reject) return { kind: 'other' }
  const piece = integerOf(split.dict, 'piece', 0, LAST_PIECE)
  if (piece === undefined) return undefined
  if (type === MESSAGE_TYPE.data) return decodeData(split.dict, piece, split.rest)
  return { kind: type === MESSAGE_TYPE.request ? 'request' : 'reject', piece }
}
