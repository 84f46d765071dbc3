import { concatBytes } from '../../protocol/bytes.js'
import type { Endpoint } from '../../protocol/ids.js'
import { parseAddress } from '../../protocol/wire/address.js'
import { crc32c } from './crc32c.js'

/** Bytes that count whole of two addresses in different networks: a /16 of IPv4, a /48 of IPv6 (BEP 40). */
const wholeBytes = (address: Uint8Array): number => (address.length === 4 ? 2 : 6)

/** Of the bytes that do not count whole these bits do. */
const PARTLY = 0x55

const compare = (left: Uint8Array, right: Uint8Array): number => {
  const at = left.findIndex((byte, index) => byte !== right[index])
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

const masked = (address: Uint8Array, whole: number): Uint8Array =>
  address.map((byte, index) => (index < whole ? byte : byte & PARTLY))

const portBytes = (port: number): Uint8Array => Uint8Array.of(port >>> 8, port & 0xff)

/**
 * How much two peers should be connected to each other, the same number from either side: a higher one is preferred.
 * It spreads connections evenly, and gives nobody a way to be everybody's neighbour (BEP 40). Undefined where the two
 * have no addresses of one family.
 */
export const peerPriority = (own: Endpoint, peer: Endpoint): number | undefined => {
  const [left, right] = [parseAddress(own.host), parseAddress(peer.host)]
  if (left === undefined || right === undefined || left.length !== right.length) return undefined
  const common = left.findIndex((byte, index) => byte !== right[index])
  const whole = wholeBytes(left)
  const sides =
    common < 0
      ? [portBytes(own.port), portBytes(peer.port)]
      : [left, right].map((address) => masked(address, common < whole ? whole : common + 1))
  return crc32c(concatBytes(sides.sort(compare)))
}
