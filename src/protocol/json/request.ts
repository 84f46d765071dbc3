import {
  parseInfoHash,
  parsePeerId,
  parsePort,
  parseTorrentId,
  type InfoHash,
  type PeerId,
  type TorrentId,
} from '../ids.js'
import type { Base64 } from './base64.js'
import {
  asBoolean,
  asCount,
  asString,
  FieldFault,
  optional,
  required,
  shown,
  text,
  type JsonObject,
} from './fields.js'
import { Op, opName } from './op.js'
import { decodeReachRequest, reachFields, type ReachRequest } from './reachRequest.js'
import type { Sender } from './sender.js'
import { decodeUpload, encodeUpload, type Upload } from './upload.js'
import { encodeWires, parseWires } from './wire.js'

export type { Base64 } from './base64.js'
export type { Sender } from './sender.js'
export { parseFileName, type Upload } from './upload.js'

/** A torrent as one tracker calls it, and what the sender takes that to be: ids begin anew where a tracker does. */
interface Named {
  readonly torrentId: TorrentId
  /** When it is another than the id's, the torrent does not exist. */
  readonly infoHash: InfoHash | undefined
}

export type TrackerRequest =
  | {
      readonly op: 'GET_LIST'
      readonly sender: Sender
      readonly query: string | undefined
      readonly offset: number
      readonly limit: number | undefined
    }
  | ({ readonly op: 'GET_TORRENT'; readonly sender: Sender; readonly withMetainfo: boolean } & Named)
  | ({ readonly op: 'START_SEED'; readonly sender: Sender } & Named)
  | ({ readonly op: 'STOP_SEED'; readonly sender: Sender } & Named)
  | ({ readonly op: 'UPLOAD_FILE'; readonly sender: Sender } & Upload)
  | ReachRequest

/** Which torrent a peer request means; the info-hash wins, and with neither it is the one that is seeded. */
export interface TorrentName {
  readonly torrentId: TorrentId | undefined
  readonly infoHash: InfoHash | undefined
}

/** What a peer may say of itself when it asks another; simple peers say nothing. */
export interface Asker {
  readonly peerId: PeerId | undefined
  /** Where it listens, at the address that it asks from. */
  readonly port: number | undefined
}

export type PeerRequest =
  | {
      readonly op: 'STATUS_INTERESTED' | 'STATUS_UNINTERESTED' | 'GET_PEERS'
      readonly asker: Asker
      readonly torrent: TorrentName
    }
  | {
      readonly op: 'GET_CHUNK'
      readonly asker: Asker
      readonly torrent: TorrentName
      readonly chunk: number
      readonly withProof: boolean
    }

const TORRENT_ID = 'a torrent id'
const COUNT = 'a whole number'
const INFO_HASH = '64 hexadecimal characters'
const namedOf = (object: JsonObject): Named => ({
  torrentId: required(object, 'TORRENT_ID', TORRENT_ID, parseTorrentId),
  infoHash: optional(object, 'INFO_HASH', INFO_HASH, text(parseInfoHash)),
})

const senderOf = (object: JsonObject): Sender => ({
  peerId: required(object, 'PEER_ID', '32 hexadecimal characters', text(parsePeerId)),
  host: required(object, 'IP_ADDRESS', 'an address', (value) => {
    const host = asString(value)
    return host !== undefined && host.length > 0 && host.length <= 255 ? host : undefined
  }),
  port: required(object, 'PORT', 'a port from 1 to 65535', (value) => parsePort(value) || undefined),
  wires: optional(object, 'WIRES', 'a list of at most 4 names', parseWires) ?? [],
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
      return { op, sender: senderOf(object), ...namedOf(object), withMetainfo }
    }
    case 'START_SEED':
    case 'STOP_SEED':
      return { op, sender: senderOf(object), ...namedOf(object) }
    case 'UPLOAD_FILE':
      return { op, sender: senderOf(object), ...decodeUpload(object, base64) }
    case 'CHECK_REACHABILITY':
    case 'AWAIT_CALLS':
    case 'CALL_BACK':
    case 'PUNCH':
    case 'ANSWER_PUNCH':
    case 'RELAY':
      return decodeReachRequest(op, senderOf(object), object)
    default:
      throw new FieldFault(`OP_CODE is ${shown(object.OP_CODE)}: no operation of a tracker`)
  }
}

const torrentNameOf = (object: JsonObject): TorrentName => ({
  torrentId: optional(object, 'TORRENT_ID', TORRENT_ID, parseTorrentId),
  infoHash: optional(object, 'INFO_HASH', INFO_HASH, text(parseInfoHash)),
})

const namedTorrentOf = (object: JsonObject): TorrentName => {
  const name = torrentNameOf(object)
  if (name.torrentId === undefined && name.infoHash === undefined) {
    throw new FieldFault('TORRENT_ID is missing: expected it or INFO_HASH')
  }
  return name
}

const askerOf = (object: JsonObject): Asker => ({
  peerId: optional(object, 'PEER_ID', '32 hexadecimal characters', text(parsePeerId)),
  port: optional(object, 'PORT', 'a port', parsePort) || undefined,
})

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
      return { op, asker: askerOf(object), torrent: namedTorrentOf(object) }
    case 'GET_CHUNK':
      return {
        op,
        asker: askerOf(object),
        torrent: torrentNameOf(object),
        chunk: required(object, 'CHUNK_IDX', 'the number of a chunk', asCount),
        withProof: optional(object, 'WITH_PROOF', 'true or false', asBoolean) ?? false,
      }
    default:
      throw new FieldFault(`OP_CODE is ${shown(object.OP_CODE)}: no operation of a peer`)
  }
}

/** The fields of a sender as they travel; PORT is a string. */
const senderFields = (sender: Sender): JsonObject => ({
  IP_ADDRESS: sender.host,
  PORT: String(sender.port),
  PEER_ID: sender.peerId,
  WIRES: encodeWires(sender.wires),
})

const namedFields = (named: Named): JsonObject => ({
  TORRENT_ID: named.torrentId,
  INFO_HASH: named.infoHash,
})

/** The object that `decodeTrackerRequest` reads back as `request`. Undefined fields vanish in JSON. */
export const encodeTrackerRequest = (request: TrackerRequest, base64: Base64): JsonObject => {
  const head = { OP_CODE: Op[request.op], ...senderFields(request.sender) }
  switch (request.op) {
    case 'GET_LIST':
      return { ...head, QUERY: request.query, OFFSET: request.offset, LIMIT: request.limit }
    case 'GET_TORRENT':
      return { ...head, ...namedFields(request), WITH_METAINFO: request.withMetainfo }
    case 'START_SEED':
    case 'STOP_SEED':
      return { ...head, ...namedFields(request) }
    case 'UPLOAD_FILE':
      return { ...head, ...encodeUpload(request, base64) }
    default:
      return { ...head, ...reachFields(request) }
  }
}

/** The object that `decodePeerRequest` reads back as `request`. */
export const encodePeerRequest = (request: PeerRequest): JsonObject => {
  const head = {
    OP_CODE: Op[request.op],
    PEER_ID: request.asker.peerId,
    PORT: request.asker.port === undefined ? undefined : String(request.asker.port),
    TORRENT_ID: request.torrent.torrentId,
    INFO_HASH: request.torrent.infoHash,
  }
  return request.op === 'GET_CHUNK'
    ? { ...head, CHUNK_IDX: request.chunk, WITH_PROOF: request.withProof }
    : head
}

/** Makes GET_CHUNK requests about one torrent as JSON text, all but the chunk written once. */
export const chunkRequests = (
  asker: Asker,
  torrent: TorrentName,
): ((chunk: number, withProof: boolean) => string) => {
  const whole = encodePeerRequest({ op: 'GET_CHUNK', asker, torrent, chunk: 0, withProof: false })
  const head = JSON.stringify({ ...whole, CHUNK_IDX: undefined, WITH_PROOF: undefined }).slice(0, -1)
  return (chunk, withProof) => `${head},"CHUNK_IDX":${chunk},"WITH_PROOF":${withProof}}`
}
