import { encodeUtf8 } from '../bytes.js'
import {
  parseInfoHash,
  parseInfoHashV1,
  parseRootHash,
  type InfoHash,
  type InfoHashV1,
  type RootHash,
} from '../ids.js'
import { MAX_CHUNKS, MAX_METAINFO, MAX_NAME_BYTES } from '../limits.js'
import type { Base64 } from './base64.js'
import { asCount, asString, optional, required, text, type JsonObject } from './fields.js'

/** What a peer says of the content it shares; a simple peer sends the first two fields alone. */
export interface Upload {
  readonly fileName: string
  readonly chunks: number
  /** Bytes. */
  readonly fileSize: number | undefined
  readonly rootHash: RootHash | undefined
  readonly infoHash: InfoHash | undefined
  readonly infoHashV1: InfoHashV1 | undefined
  /** The .torrent, not yet looked into. */
  readonly metainfo: Uint8Array | undefined
}

/** A name for one file or folder: shown to people and used on disks, so nothing that could lead elsewhere. */
export const parseFileName = (value: unknown): string | undefined => {
  const name = asString(value)
  if (name === undefined || name === '' || name === '.' || name === '..') return undefined

  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return undefined
  return encodeUtf8(name).length <= MAX_NAME_BYTES ? name : undefined
}

/** A number of chunks that one torrent can have. */
export const asChunkCount = (value: unknown): number | undefined => {
  const count = asCount(value)
  return count !== undefined && count <= MAX_CHUNKS ? count : undefined
}

/** @throws FieldFault */
export const decodeUpload = (object: JsonObject, base64: Base64): Upload => ({
  fileName: required(object, 'FILE_NAME', 'a file name without a path', parseFileName),
  chunks: required(object, 'NUM_OF_CHUNKS', 'a number of chunks', asChunkCount),
  fileSize: optional(object, 'FILE_SIZE', 'a number of bytes', asCount),
  rootHash: optional(object, 'ROOT_HASH', '64 hexadecimal characters', text(parseRootHash)),
  infoHash: optional(object, 'INFO_HASH', '64 hexadecimal characters', text(parseInfoHash)),
  infoHashV1: optional(object, 'INFO_HASH_V1', '40 hexadecimal characters', text(parseInfoHashV1)),
  metainfo: optional(
    object,
    'METAINFO',
    `base64 of at most ${MAX_METAINFO} bytes`,
    text((value) => {
      const bytes = base64.decode(value)
      return bytes !== undefined && bytes.length <= MAX_METAINFO ? bytes : undefined
    }),
  ),
})

/** The fields that `decodeUpload` reads back. Undefined fields vanish in JSON. */
export const encodeUpload = (upload: Upload, base64: Base64): JsonObject => ({
  FILE_NAME: upload.fileName,
  NUM_OF_CHUNKS: upload.chunks,
  FILE_SIZE: upload.fileSize,
  ROOT_HASH: upload.rootHash,
  INFO_HASH: upload.infoHash,
  INFO_HASH_V1: upload.infoHashV1,
  METAINFO: upload.metainfo && base64.encode(upload.metainfo),
})
