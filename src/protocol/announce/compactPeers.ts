import { concatBytes } from '../bytes.js'
import type { Endpoint } from '../ids.js'
import { MAX_PEERS_IN_LIST } from '../limits.js'
import { COMPACT_IPV4, COMPACT_IPV6, decodeContact, encodeContact, parseAddress } from '../wire/address.js'
import type { AnnouncedPeer } from './announce.js'

/** Bytes of a contact, by address family (BEP 23, BEP 7). */
const COMPACT_SIZE = { IPv4: COMPACT_IPV4, IPv6: COMPACT_IPV6 } as const
export type Family = keyof typeof COMPACT_SIZE

const MULTICAST_IPV4 = 224
const MULTICAST_IPV6 = 0xff

/** Whether a peer can be where `host` says: an address of one machine, and neither a name nor "any". */
const isOfOneMachine = (host: string): boolean => {
  const address = parseAddress(host)
  const [first = 0] = address ?? []
  if (address === undefined || address.every((byte) => byte === 0)) return false
  return address.length === 4 ? first > 0 && first < MULTICAST_IPV4 : first < MULTICAST_IPV6
}

/** Whether somebody could be reached there. Names are not looked up for a tracker. */
export const isUsable = ({ host, port }: Endpoint): boolean =>
  Number.isInteger(port) && port > 0 && port <= 65_535 && isOfOneMachine(host)

/** The contacts of one family, one after the other. */
export const encodePeers = (peers: readonly Endpoint[], family: Family): Uint8Array =>
  concatBytes(
    peers
      .map(encodeContact)
      .filter((contact): contact is Uint8Array => contact?.length === COMPACT_SIZE[family]),
  )

/** The peers of a compact list: MAX_PEERS_IN_LIST at most, without those that nobody could reach and what is cut off. */
export const decodePeers = (bytes: Uint8Array, family: Family): readonly AnnouncedPeer[] => {
  const size = COMPACT_SIZE[family]
  const count = Math.min(Math.floor(bytes.length / size), MAX_PEERS_IN_LIST)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
    .map(decodeContact)
    .filter((contact): contact is Endpoint => contact !== undefined && isUsable(contact))
    .map((contact) => ({ ...contact, peerId: undefined }))
}
