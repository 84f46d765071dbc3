import {
  parseInfoHash,
  parseInfoHashV1,
  parsePeerId,
  parsePort,
  parseRootHash,
  parseTorrentId,
  type Endpoint,
  type InfoHash,
  type InfoHashV1,
  type PeerId,
  type RootHash,
  type TorrentId,
} from '../ids.js'
import { CHUNK_SIZE, MAX_FILES, MAX_PEERS_IN_LIST } from '../limits.js'
import {
  asCount,
  asObject,
  asString,
  FieldFault,
  optional,
  required,
  text,
  type JsonObject,
} from './fields.js'
import type { Base64 } from './base64.js'
import { Ret, retName, type OpCode, type RetCode, type RetName } from './op.js'
import { asChunkCount, parseFileName } from './upload.js'
import { encodeWires, parseWires, type PeerAddress, type Wire } from './wire.js'

/** A peer as a list names it. */
export interface ListedPeer extends Endpoint {
  /** What it declared to speak; empty for a simple peer. */
  readonly wires: readonly Wire[]
}

/** Peers by id, as SEEDER_LIST, LEECHER_LIST and PEER_LIST carry them. */
export type PeerTable = ReadonlyMap<PeerId, ListedPeer>

/** One row of TORRENT_LIST. What a simple peer shared without hashes has neither size nor info-hash. */
export interface TorrentEntry {
  readonly torrentId: TorrentId
  readonly fileName: string
  readonly chunks: number
  /** Bytes. */
  readonly fileSize: number | undefined
  readonly infoHash: InfoHash | undefined
  readonly seeders: PeerTable
  readonly leechers: PeerTable
}

/** One file of a folder; an empty one has no root. */
export interface FileEntry {
  readonly path: string
  readonly size: number
  readonly rootHash: RootHash | undefined
}

/** TORRENT_OBJECT. */
export interface TorrentObject extends TorrentEntry {
  readonly rootHash: RootHash | undefined
  readonly infoHashV1: InfoHashV1 | undefined
  /** The files of a folder; undefined for a single file. */
  readonly files: readonly FileEntry[] | undefined
  /** The .torrent, not yet looked into. */
  readonly metainfo: Uint8Array | undefined
}

/** One entry of a peer table as it travels. */
export const encodeListedPeer = (peer: PeerAddress): JsonObject => ({
  IP_ADDRESS: peer.host,
  PORT: String(peer.port),
  WIRES: encodeWires(peer.wires),
})

export const encodePeerTable = (peers: ReadonlyMap<PeerId, PeerAddress>): JsonObject =>
  Object.fromEntries([...peers].map(([id, peer]) => [id, encodeListedPeer(peer)]))

/** An address or a host name: nothing that could be a command to a terminal. */
const HOST = /^[0-9A-Za-z.:_%-]{1,255}$/

const parseListedPeer = (value: unknown): ListedPeer | undefined => {
  const fields = asObject(value)
  const host = asString(fields?.IP_ADDRESS)
  const port = parsePort(fields?.PORT)
  if (host === undefined || !HOST.test(host) || !port) return undefined
  return { host, port, wires: parseWires(fields?.WIRES) ?? [] }
}

/** Reads a peer table; entries that are no peers are passed over, and so are those beyond MAX_PEERS_IN_LIST. */
export const parsePeerTable = (value: unknown): PeerTable | undefined => {
  const object = asObject(value)
  if (object === undefined) return undefined
  const peers = new Map<PeerId, ListedPeer>()
  for (const [key, entry] of Object.entries(object)) {
    if (peers.size === MAX_PEERS_IN_LIST) break
    const id = parsePeerId(key)
    const peer = parseListedPeer(entry)
    if (id !== undefined && peer !== undefined) peers.set(id, peer)
  }
  return peers
}

/** What a TORRENT_LIST row says of the content. Undefined fields vanish in JSON. */
export const encodeEntryFacts = (entry: Omit<TorrentEntry, 'seeders' | 'leechers'>): JsonObject => ({
  TORRENT_ID: entry.torrentId,
  FILE_NAME: entry.fileName,
  NUM_OF_CHUNKS: entry.chunks,
  FILE_SIZE: entry.fileSize,
  INFO_HASH: entry.infoHash,
})

/** What TORRENT_OBJECT says of the content, but for FILES and METAINFO. */
export const encodeObjectFacts = (
  torrent: Omit<TorrentObject, 'seeders' | 'leechers' | 'files' | 'metainfo'>,
): JsonObject => ({
  ...encodeEntryFacts(torrent),
  CHUNK_SIZE,
  ROOT_HASH: torrent.rootHash,
  INFO_HASH_V1: torrent.infoHashV1,
})

/** A row of FILES as it travels. */
export const encodeFileEntry = (file: FileEntry): JsonObject => ({
  PATH: file.path,
  FILE_SIZE: file.size,
  ROOT_HASH: file.rootHash,
})

/** @throws FieldFault */
export const decodeTorrentEntry = (object: JsonObject): TorrentEntry => ({
  torrentId: required(object, 'TORRENT_ID', 'a torrent id', parseTorrentId),
  fileName: required(object, 'FILE_NAME', 'a file name without a path', parseFileName),
  chunks: required(object, 'NUM_OF_CHUNKS', 'a number of chunks', asChunkCount),
  fileSize: optional(object, 'FILE_SIZE', 'a number of bytes', asCount),
  infoHash: optional(object, 'INFO_HASH', '64 hexadecimal characters', text(parseInfoHash)),
  seeders: optional(object, 'SEEDER_LIST', 'an object of peers', parsePeerTable) ?? new Map(),
  leechers: optional(object, 'LEECHER_LIST', 'an object of peers', parsePeerTable) ?? new Map(),
})

const decodeFileEntry = (value: unknown): FileEntry => {
  const object = asObject(value) ?? {}
  return {
    path: required(object, 'PATH', 'a path', asString),
    size: required(object, 'FILE_SIZE', 'a number of bytes', asCount),
    rootHash: optional(object, 'ROOT_HASH', '64 hexadecimal characters', text(parseRootHash)),
  }
}

const parseFiles = (value: unknown): readonly FileEntry[] | undefined =>
  Array.isArray(value) && value.length <= MAX_FILES ? value.map(decodeFileEntry) : undefined

/** @throws FieldFault, also where CHUNK_SIZE is another than 16 KiB */
export const decodeTorrentObject = (object: JsonObject, base64: Base64): TorrentObject => {
  const chunkSize = optional(object, 'CHUNK_SIZE', 'a number of bytes', asCount) ?? CHUNK_SIZE
  if (chunkSize !== CHUNK_SIZE) throw new FieldFault(`CHUNK_SIZE is ${chunkSize}: expected ${CHUNK_SIZE}`)
  return {
    ...decodeTorrentEntry(object),
    rootHash: optional(object, 'ROOT_HASH', '64 hexadecimal characters', text(parseRootHash)),
    infoHashV1: optional(object, 'INFO_HASH_V1', '40 hexadecimal characters', text(parseInfoHashV1)),
    files: optional(object, 'FILES', 'a list of files', parseFiles),
    metainfo: optional(object, 'METAINFO', 'base64', text(base64.decode)),
  }
}

/** The return code of an answer; one that a simple peer left out counts as SUCCESS. */
export const retOf = (answer: JsonObject): RetName | undefined =>
  answer.RET_CODE === undefined ? 'SUCCESS' : retName(answer.RET_CODE)

/** An answer's first two fields. OP_CODE is left out where the request's could not be read. */
export const answerHead = (op: OpCode | undefined, ret: RetCode): JsonObject =>
  op === undefined ? { RET_CODE: ret } : { OP_CODE: op, RET_CODE: ret }

/** The answer to a malformed request; `error` says which field and why. */
export const badRequest = (op: OpCode | undefined, error: string): JsonObject => ({
  ...answerHead(op, Ret.BAD_REQUEST),
  ERROR: error,
})
