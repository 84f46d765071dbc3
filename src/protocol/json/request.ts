import {
  parseInfoHash,
  parseInfoHashV1,
  parsePeerId,
  parsePort,
  parseRootHash,
  parseTorrentId,
  type InfoHash,
  type InfoHashV1,
  type PeerId,
  type RootHash,
  type TorrentId,
} from '../ids.js'
import { MAX_CHUNKS, MAX_METAINFO, MAX_NAME_BYTES } from '../limits.js'
import { encodeUtf8 } from '../bytes.js'
import {
  asBoolean,
  asCount,
  asString,
  FieldFault,
  optional,
  required,
  text,
  type JsonObject,
} from './fields.js'
import { Op, opName } from './op.js'

/** Who sends a tracker request and where it says it listens. */
export interface Sender {
  readonly peerId: PeerId
  readonly host: string
  readonly port: number
}

/** Base64 with padding, handed in since this folder knows no built-in. `decode` answers undefined for what is not base64. */
export interface Base64 {
  readonly encode: (bytes: Uint8Array) => string
  readonly decode: (text: string) => Uint8Array | undefined
}

export type TrackerRequest =
  | {
      readonly op: 'GET_LIST'
      readonly sender: Sender
      readonly query: string | undefined
      readonly offset: number
      readonly limit: number | undefined
    }
  | {
      readonly op: 'GET_TORRENT'
      readonly sender: Sender
      readonly torrentId: TorrentId
      readonly withMetainfo: boolean
    }
  | { readonly op: 'START_SEED'; readonly sender: Sender; readonly torrentId: TorrentId }
  | { readonly op: 'STOP_SEED'; readonly sender: Sender; readonly torrentId: TorrentId }
  | ({ readonly op: 'UPLOAD_FILE'; readonly sender: Sender } & Upload)

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

/** Which torrent a peer request means; the info-hash wins, and with neither it is the one that is seeded. */
export interface TorrentName {
  readonly torrentId: TorrentId | undefined
  readonly infoHash: InfoHash | undefined
}

export type PeerRequest =
  | { readonly op: 'STATUS_INTERESTED' | 'STATUS_UNINTERESTED' | 'GET_PEERS'; readonly torrent: TorrentName }
  | {
      readonly op: 'GET_CHUNK'
      readonly torrent: TorrentName
      readonly chunk: number
      readonly withProof: boolean
    }

const TORRENT_ID = 'a torrent id'
const COUNT = 'a whole number'
const torrentIdOf = (object: JsonObject): TorrentId =>
  required(object, 'TORRENT_ID', TORRENT_ID, parseTorrentId)

const senderOf = (object: JsonObject): Sender => ({
  peerId: required(object, 'PEER_ID', '32 hexadecimal characters', text(parsePeerId)),
  host: required(object, 'IP_ADDRESS', 'an address', (value) => {
    const host = asString(value)
    return host !== undefined && host.length > 0 && host.length <= 255 ? host : undefined
  }),
  port: required(object, 'PORT', 'a port from 1 to 65535', (value) => parsePort(value) || undefined),
})

/** A name for one file or folder: shown to people and used on disks, so nothing that could lead elsewhere. */
export const parseFileName = (value: unknown): string | undefined => {
  const name = asString(value)
  if (name === undefined || name === '' || name === '.' || name === '..') return undefined

  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return undefined
  return encodeUtf8(name).length <= MAX_NAME_BYTES ? name : undefined
}

const uploadOf = (object: JsonObject, base64: Base64): Upload => ({
  fileName: required(object, 'FILE_NAME', 'a file name without a path', parseFileName),
  chunks: required(object, 'NUM_OF_CHUNKS', 'a number of chunks', (value) => {
    const count = asCount(value)
    return count !== undefined && count <= MAX_CHUNKS ? count : undefined
  }),
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

/**
 * Reads a request to a tracker.
 *
 * @throws FieldFault with the line that goes into ERROR
 */
export const decodeTrackerRequest = (object: JsonObject, base64: Base64): TrackerRequest => {
  const op = opName(object.OP_CODE)
  switch (op) {
    case 'GET_LIST':
      return {
        op,
        sender: senderOf(object),
        query: optional(object, 'QUERY', 'text', asString),
        offset: optional(object, 'OFFSET', COUNT, asCount) ?? 0,
        limit: optional(object, 'LIMIT', COUNT, asCount),
      }
    case 'GET_TORRENT': {
      const withMetainfo = optional(object, 'WITH_METAINFO', 'true or false', asBoolean) ?? false
      return { op, sender: senderOf(object), torrentId: torrentIdOf(object), withMetainfo }
    }
    case 'START_SEED':
    case 'STOP_SEED':
      return { op, sender: senderOf(object), torrentId: torrentIdOf(object) }
    case 'UPLOAD_FILE':
      return { op, sender: senderOf(object), ...uploadOf(object, base64) }
    default:
      throw new FieldFault(
        `OP_CODE is ${JSON.stringify(object.OP_CODE) ?? 'missing'}: no operation of a tracker`,
      )
  }
}

const torrentNameOf = (object: JsonObject): TorrentName => ({
  torrentId: optional(object, 'TORRENT_ID', TORRENT_ID, parseTorrentId),
  infoHash: optional(object, 'INFO_HASH', '64 hexadecimal characters', text(parseInfoHash)),
})

const namedTorrentOf = (object: JsonObject): TorrentName => {
  const name = torrentNameOf(object)
  if (name.torrentId === undefined && name.infoHash === undefined) {
    throw new FieldFault('TORRENT_ID is missing: expected it or INFO_HASH')
  }
  return name
}

/**
 * Reads a request to a peer.
 *
 * @throws FieldFault with the line that goes into ERROR
 */
export const decodePeerRequest = (object: JsonObject): PeerRequest => {
  const op = opName(object.OP_CODE)
  switch (op) {
    case 'STATUS_INTERESTED':
    case 'STATUS_UNINTERESTED':
    case 'GET_PEERS':
      return { op, torrent: namedTorrentOf(object) }
    case 'GET_CHUNK':
      return {
        op,
        torrent: torrentNameOf(object),
        chunk: required(object, 'CHUNK_IDX', 'the number of a chunk', asCount),
        withProof: optional(object, 'WITH_PROOF', 'true or false', asBoolean) ?? false,
      }
    default:
      throw new FieldFault(
        `OP_CODE is ${JSON.stringify(object.OP_CODE) ?? 'missing'}: no operation of a peer`,
      )
  }
}

/** The fields of a sender as they travel; PORT is a string. */
export const senderFields = (sender: Sender): JsonObject => ({
  IP_ADDRESS: sender.host,
  PORT: String(sender.port),
  PEER_ID: sender.peerId,
})

/** The object that `decodeTrackerRequest` reads back as `request`. Undefined fields vanish in JSON. */
export const encodeTrackerRequest = (request: TrackerRequest, base64: Base64): JsonObject => {
  const head = { OP_CODE: Op[request.op], ...senderFields(request.sender) }
  switch (request.op) {
    case 'GET_LIST':
      return { ...head, QUERY: request.query, OFFSET: request.offset, LIMIT: request.limit }
    case 'GET_TORRENT':
      return { ...head, TORRENT_ID: request.torrentId, WITH_METAINFO: request.withMetainfo }
    case 'START_SEED':
    case 'STOP_SEED':
      return { ...head, TORRENT_ID: request.torrentId }
    case 'UPLOAD_FILE':
      return {
        ...head,
        FILE_NAME: request.fileName,
        NUM_OF_CHUNKS: request.chunks,
        FILE_SIZE: request.fileSize,
        ROOT_HASH: request.rootHash,
        INFO_HASH: request.infoHash,
        INFO_HASH_V1: request.infoHashV1,
        METAINFO: request.metainfo && base64.encode(request.metainfo),
      }
  }
}

/** The object that `decodePeerRequest` reads back as `request`. */
export const encodePeerRequest = (request: PeerRequest): JsonObject => {
  const head = {
    OP_CODE: Op[request.op],
    TORRENT_ID: request.torrent.torrentId,
    INFO_HASH: request.torrent.infoHash,
  }
  return request.op === 'GET_CHUNK'
    ? { ...head, CHUNK_IDX: request.chunk, WITH_PROOF: request.withProof }
    : head
}
