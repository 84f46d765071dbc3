import { concatBytes, copyBytes, equalBytes } from '../bytes.js'
import { readUint16, readUint32, writeUint16, writeUint32 } from '../wire/uint.js'
import { ID_BYTES, MAX_SCRAPED, type AnnounceEvent, type AnnounceRequest } from './announce.js'
import { decodeUrlData, encodeUrlData } from './udpOptions.js'

/** Actions of both directions (BEP 15). */
export const UDP_ACTION = { connect: 0, announce: 1, scrape: 2, error: 3 } as const

/** Bytes of a connection id; it means something to its tracker only. */
export const CONNECTION_ID = 8

/** In place of a connection id where there is none yet: 0x41727101980. */
const PROTOCOL_ID = Uint8Array.of(0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80)

const HEADER = 16
/** Bytes of an announce without options. */
export const ANNOUNCE_BYTES = 98

/** Where the fields of an announce stand. */
export const ANNOUNCE_AT = {
  infoHash: 16,
  peerId: 36,
  downloaded: 56,
  left: 64,
  uploaded: 72,
  event: 80,
  key: 88,
  wanted: 92,
  port: 96,
} as const

/** "-1" as it is sent: as many peers as the tracker likes. */
const DEFAULT_WANTED = 0xffff_ffff

/** BEP 21 gives 'paused' no number, so a partial seed says nothing by UDP. */
const EVENTS: readonly (AnnounceEvent | undefined)[] = [undefined, 'completed', 'started', 'stopped']

interface Connected {
  /** Chosen anew for each request; the answer has it too. 32 bits. */
  readonly transaction: number
  /** 8 bytes that the tracker gave. */
  readonly connection: Uint8Array
}

export type UdpRequest =
  | { readonly action: 'connect'; readonly transaction: number }
  | (Connected & {
      readonly action: 'announce'
      /** Its key is 0 where there is none. */
      readonly announce: AnnounceRequest
      /** Path and query of the announce URL (BEP 41); empty: none. */
      readonly urlData: string
    })
  | (Connected & { readonly action: 'scrape'; readonly infoHashes: readonly Uint8Array[] })

const writeUint64 = (into: Uint8Array, offset: number, value: number): void => {
  writeUint32(into, offset, Math.floor(value / 2 ** 32))
  writeUint32(into, offset + 4, value % 2 ** 32)
}

/** More than 2^53 - 1 counts as that. */
const readUint64 = (bytes: Uint8Array, offset: number): number =>
  Math.min(readUint32(bytes, offset) * 2 ** 32 + readUint32(bytes, offset + 4), Number.MAX_SAFE_INTEGER)

const header = (connection: Uint8Array, action: number, transaction: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER)
  bytes.set(connection)
  writeUint32(bytes, 8, action)
  writeUint32(bytes, 12, transaction)
  return bytes
}

const announceBody = (announce: AnnounceRequest): Uint8Array => {
  const bytes = new Uint8Array(ANNOUNCE_BYTES)
  bytes.set(announce.infoHash, ANNOUNCE_AT.infoHash)
  bytes.set(announce.peerId, ANNOUNCE_AT.peerId)
  writeUint64(bytes, ANNOUNCE_AT.downloaded, announce.downloaded)
  writeUint64(bytes, ANNOUNCE_AT.left, announce.left)
  writeUint64(bytes, ANNOUNCE_AT.uploaded, announce.uploaded)
  writeUint32(bytes, ANNOUNCE_AT.event, Math.max(0, EVENTS.indexOf(announce.event)))
  writeUint32(bytes, ANNOUNCE_AT.key, announce.key ?? 0)
  writeUint32(bytes, ANNOUNCE_AT.wanted, announce.wanted ?? DEFAULT_WANTED)
  writeUint16(bytes, ANNOUNCE_AT.port, announce.port)
  return bytes.subarray(HEADER)
}

/** The datagram of a request. */
export const encodeUdpRequest = (request: UdpRequest): Uint8Array => {
  const { action, transaction } = request
  if (action === 'connect') return header(PROTOCOL_ID, UDP_ACTION.connect, transaction)
  const start = header(request.connection, UDP_ACTION[action], transaction)
  return action === 'announce'
    ? concatBytes([start, announceBody(request.announce), encodeUrlData(request.urlData)])
    : concatBytes([start, ...request.infoHashes])
}

/** What the number of an event means; unknown ones mean none. */
export const eventOf = (number: number): AnnounceEvent | undefined => EVENTS[number]

/** Peers asked for; undefined for a negative number, which is as many as the tracker likes. */
export const wantedOf = (number: number): number | undefined => (number > 0x7fff_ffff ? undefined : number)

const readAnnounce = (bytes: Uint8Array): AnnounceRequest => {
  return {
    infoHash: copyBytes(bytes, ANNOUNCE_AT.infoHash, ANNOUNCE_AT.infoHash + ID_BYTES),
    peerId: copyBytes(bytes, ANNOUNCE_AT.peerId, ANNOUNCE_AT.peerId + ID_BYTES),
    port: readUint16(bytes, ANNOUNCE_AT.port),
    uploaded: readUint64(bytes, ANNOUNCE_AT.uploaded),
    downloaded: readUint64(bytes, ANNOUNCE_AT.downloaded),
    left: readUint64(bytes, ANNOUNCE_AT.left),
    event: eventOf(readUint32(bytes, ANNOUNCE_AT.event)),
    wanted: wantedOf(readUint32(bytes, ANNOUNCE_AT.wanted)),
    key: readUint32(bytes, ANNOUNCE_AT.key),
  }
}

const readInfoHashes = (bytes: Uint8Array): readonly Uint8Array[] => {
  const count = Math.min(Math.floor((bytes.length - HEADER) / ID_BYTES), MAX_SCRAPED)
  return Array.from({ length: count }, (_, index) => {
    const start = HEADER + index * ID_BYTES
    return copyBytes(bytes, start, start + ID_BYTES)
  })
}

/** Reads a datagram that came to a tracker; undefined when it is no request. It may be longer than it must be. */
export const decodeUdpRequest = (bytes: Uint8Array): UdpRequest | undefined => {
  if (bytes.length < HEADER) return undefined
  const connection = copyBytes(bytes, 0, CONNECTION_ID)
  const action = readUint32(bytes, 8)
  const transaction = readUint32(bytes, 12)
  if (action === UDP_ACTION.connect)
    return equalBytes(connection, PROTOCOL_ID) ? { action: 'connect', transaction } : undefined
  if (action === UDP_ACTION.announce && bytes.length >= ANNOUNCE_BYTES) {
    const urlData = decodeUrlData(bytes.subarray(ANNOUNCE_BYTES))
    return { action: 'announce', transaction, connection, announce: readAnnounce(bytes), urlData }
  }
  return action === UDP_ACTION.scrape && bytes.length >= HEADER + ID_BYTES
    ? { action: 'scrape', transaction, connection, infoHashes: readInfoHashes(bytes) }
    : undefined
}
