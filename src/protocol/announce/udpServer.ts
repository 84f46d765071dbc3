import { readUint16, readUint32, writeUint32 } from '../wire/uint.js'
import { ID_BYTES, type AnnounceEvent } from './announce.js'
import { ANNOUNCE_AT, ANNOUNCE_BYTES, eventOf, UDP_ACTION, wantedOf } from './udpRequest.js'

/** Bytes before the contacts in an answer to an announce (BEP 15). */
export const UDP_ANNOUNCED_HEAD = 20

/**
 * The fields of an announce that a tracker works with. One such object serves for datagram after datagram: at tens of
 * thousands a second, what is made for each is what a tracker spends its time on.
 */
export class UdpAnnounce {
  readonly infoHash = new Uint8Array(ID_BYTES)
  readonly peerId = new Uint8Array(ID_BYTES)
  transaction = 0
  isComplete = false
  event: AnnounceEvent | undefined
  /** Undefined: as many peers as the tracker likes. */
  wanted: number | undefined
  port = 0

  /** Whether `bytes`, which came with a connection id, are an announce. What follows it (BEP 41) is passed over. */
  static isOne(bytes: Uint8Array): boolean {
    return bytes.length >= ANNOUNCE_BYTES && readUint32(bytes, 8) === UDP_ACTION.announce
  }

  /** Takes the fields of a datagram that is one. */
  read(bytes: Uint8Array): void {
    for (let index = 0; index < ID_BYTES; index++) {
      this.infoHash[index] = bytes[ANNOUNCE_AT.infoHash + index] ?? 0
      this.peerId[index] = bytes[ANNOUNCE_AT.peerId + index] ?? 0
    }
    this.transaction = readUint32(bytes, 12)
    this.isComplete =
      readUint32(bytes, ANNOUNCE_AT.left) === 0 && readUint32(bytes, ANNOUNCE_AT.left + 4) === 0
    this.event = eventOf(readUint32(bytes, ANNOUNCE_AT.event))
    this.wanted = wantedOf(readUint32(bytes, ANNOUNCE_AT.wanted))
    this.port = readUint16(bytes, ANNOUNCE_AT.port)
  }
}

/** The numbers of an answer to an announce; `interval` is in seconds. */
export interface AnnounceNumbers {
  readonly interval: number
  readonly leechers: number
  readonly seeders: number
}

/** Writes an answer to an announce into `into`, all but its contacts, which follow from UDP_ANNOUNCED_HEAD on. */
export const writeUdpAnnounced = (into: Uint8Array, transaction: number, numbers: AnnounceNumbers): void => {
  writeUint32(into, 0, UDP_ACTION.announce)
  writeUint32(into, 4, transaction)
  writeUint32(into, 8, numbers.interval)
  writeUint32(into, 12, numbers.leechers)
  writeUint32(into, 16, numbers.seeders)
}
