import { equalBytes } from '../bytes.js'

/** BEP 3 "peer protocol": the name with its length before it, 8 reserved bytes, info-hash, peer id. */
export const HANDSHAKE = 68

const NAME = Uint8Array.from('\u0013BitTorrent protocol', (character) => character.charCodeAt(0))
const RESERVED = NAME.length
const INFO_HASH = RESERVED + 8
const PEER_ID = INFO_HASH + 20

/** What a peer says it can, each one bit of the reserved bytes. */
export interface Features {
  /** The extension protocol (BEP 10). */
  readonly extension: boolean
  /** The fast extension (BEP 6). */
  readonly fast: boolean
  /** May be answered with the v2 info-hash (BEP 52 "upgrade path"). */
  readonly v2: boolean
  /** Has a DHT node and sends its port (BEP 5). */
  readonly dht: boolean
  /** Speaks TLS on the same port. Of Shoal's alone: in others the bit means nothing. */
  readonly tls: boolean
}

export interface Handshake {
  readonly features: Features
  /** 20 bytes: the v1 info-hash, or the first of the v2 one. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
}

/** Reserved byte and bit of each feature. */
const BITS: Readonly<Record<keyof Features, readonly [byte: number, bit: number]>> = {
  extension: [5, 0x10],
  fast: [7, 0x04],
  v2: [7, 0x10],
  dht: [7, 0x01],
  tls: [4, 0x01],
}

/** @throws RangeError when info-hash or peer id have not 20 bytes */
export const encodeHandshake = ({ features, infoHash, peerId }: Handshake): Uint8Array => {
  if (infoHash.length !== 20 || peerId.length !== 20) throw new RangeError('not 20 bytes')
  const bytes = new Uint8Array(HANDSHAKE)
  bytes.set(NAME)
  for (const [name, [byte, bit]] of Object.entries(BITS)) {
    if (features[name as keyof Features]) bytes[RESERVED + byte] = (bytes[RESERVED + byte] ?? 0) | bit
  }
  bytes.set(infoHash, INFO_HASH)
  bytes.set(peerId, PEER_ID)
  return bytes
}

/** The handshake that the 68 bytes are, copied; undefined when they are none. Unknown reserved bits are ignored. */
export const decodeHandshake = (bytes: Uint8Array): Handshake | undefined => {
  if (bytes.length !== HANDSHAKE || !equalBytes(bytes.subarray(0, RESERVED), NAME)) return undefined
  const has = ([byte, bit]: readonly [number, number]): boolean => ((bytes[RESERVED + byte] ?? 0) & bit) !== 0
  return {
    features: {
      extension: has(BITS.extension),
      fast: has(BITS.fast),
      v2: has(BITS.v2),
      dht: has(BITS.dht),
      tls: has(BITS.tls),
    },
    infoHash: new Uint8Array(bytes.subarray(INFO_HASH, PEER_ID)),
    peerId: new Uint8Array(bytes.subarray(PEER_ID)),
  }
}
