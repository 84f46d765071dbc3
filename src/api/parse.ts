import type { TransferPeer, TransferState } from '../node/api.js'
import { CATALOGUE, type ErrorCode } from '../protocol/errors.js'
import { parseInfoHash, parseInfoHashV1, parsePeerId, parsePort, parseTorrentId } from '../protocol/ids.js'
import {
  asBoolean,
  asCount,
  asObject,
  asString,
  FieldFault,
  optional,
  required,
  text,
  type JsonObject,
} from '../protocol/json/fields.js'
import type {
  ErrorDocument,
  PeerDocument,
  PeersDocument,
  StatusDocument,
  StopDocument,
  TorrentName,
  TrackerDocument,
  TransferDocument,
} from './contract.js'

/**
 * Documents of the API as a client reads them: whoever listens at an address need not be a Shoal peer, nor one of
 * this version. Each of these throws a FieldFault where the document is not what it should be.
 */

const STATES: Readonly<Record<TransferState, true>> = {
  finding: true,
  hashing: true,
  connecting: true,
  downloading: true,
  finishing: true,
  seeding: true,
  finished: true,
  paused: true,
  failed: true,
  stopped: true,
}
const PEER_STATES: Readonly<Record<TransferPeer['state'], true>> = {
  connecting: true,
  choked: true,
  downloading: true,
  idle: true,
}

const keyOf =
  <Key extends string>(table: Readonly<Record<Key, unknown>>) =>
  (value: unknown): Key | undefined =>
    typeof value === 'string' && Object.hasOwn(table, value) ? (value as Key) : undefined

const count = (object: JsonObject, name: string): number => required(object, name, 'a whole number', asCount)
const string = (object: JsonObject, name: string): string => required(object, name, 'text', asString)
const stateOf = (object: JsonObject, name: string): TransferState =>
  required(object, name, 'a state', keyOf(STATES))

const objectOf = (value: unknown): JsonObject => {
  const object = asObject(value)
  if (object === undefined) throw new FieldFault('expected an object')
  return object
}

const listOf = <Item>(
  object: JsonObject,
  name: string,
  parse: (item: JsonObject) => Item,
): readonly Item[] => {
  const list = object[name]
  if (!Array.isArray(list)) throw new FieldFault(`${name}: expected a list`)
  return list.map((item) => parse(objectOf(item)))
}

const parseEndpoint = (object: JsonObject) => ({
  host: string(object, 'host'),
  port: required(object, 'port', 'a port', parsePort),
})

const parsePeerIdField = text(parsePeerId)

/** An error of the catalogue, as a transfer's `error` and as a problem. */
export const parseError = (value: unknown): ErrorDocument => {
  const object = objectOf(value)
  return {
    code: required(object, 'code', 'a code of the catalogue', keyOf<ErrorCode>(CATALOGUE)),
    detail: string(object, 'detail'),
    remedy: string(object, 'remedy'),
  }
}

const parseName = (object: JsonObject): TorrentName => ({
  id: string(object, 'id'),
  torrentId: optional(object, 'torrentId', 'a torrent id', parseTorrentId),
  infoHash: optional(object, 'infoHash', 'an info-hash', text(parseInfoHash)),
  infoHashV1: optional(object, 'infoHashV1', 'an info-hash', text(parseInfoHashV1)),
  name: string(object, 'name'),
  state: stateOf(object, 'state'),
})

const parseTransfer = (object: JsonObject): TransferDocument => ({
  ...parseName(object),
  error: object.error === undefined ? undefined : parseError(object.error),
  size: count(object, 'size'),
  done: count(object, 'done'),
  chunks: count(object, 'chunks'),
  chunksDone: count(object, 'chunksDone'),
  downloadRate: count(object, 'downloadRate'),
  uploadRate: count(object, 'uploadRate'),
  downloaded: count(object, 'downloaded'),
  uploaded: count(object, 'uploaded'),
  eta: optional(object, 'eta', 'seconds', asCount),
  peers: count(object, 'peers'),
  path: string(object, 'path'),
})

const parseTracker = (object: JsonObject): TrackerDocument => ({
  ...parseEndpoint(object),
  isReachable: optional(object, 'isReachable', 'true or false', asBoolean),
})

export const parseStatus = (value: unknown): StatusDocument => {
  const object = objectOf(value)
  return {
    peerId: required(object, 'peerId', 'a peer id', parsePeerIdField),
    ...parseEndpoint(object),
    trackers: listOf(object, 'trackers', parseTracker),
    transferCount: count(object, 'transferCount'),
    transfers: listOf(object, 'transfers', parseTransfer),
  }
}

const parsePeer = (object: JsonObject): PeerDocument => ({
  peerId: optional(object, 'peerId', 'a peer id', parsePeerIdField),
  isWebSeed: optional(object, 'isWebSeed', 'true or false', asBoolean),
  ...parseEndpoint(object),
  state: required(object, 'state', 'a state', keyOf(PEER_STATES)),
  chunks: count(object, 'chunks'),
  downloaded: count(object, 'downloaded'),
  downloadRate: count(object, 'downloadRate'),
})

export const parsePeers = (value: unknown): PeersDocument => {
  const object = objectOf(value)
  return {
    ...parseName(object),
    chunks: count(object, 'chunks'),
    peerCount: count(object, 'peerCount'),
    peers: listOf(object, 'peers', parsePeer),
  }
}

export const parseStop = (value: unknown): StopDocument => {
  const object = objectOf(value)
  return { ...parseName(object), was: stateOf(object, 'was') }
}
