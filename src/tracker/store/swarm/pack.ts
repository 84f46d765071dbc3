import { ID_BYTES } from '../../../protocol/announce/announce.js'
import { COMPACT_IPV4, COMPACT_IPV6 } from '../../../protocol/wire/address.js'
import type { Announced } from '../announce.js'
import { BYTE, type PeerSlab } from './peerSlab.js'
import { CONTACT_BYTES, FLAG } from './swarmPeers.js'

/** Where in a contact its compact form of six bytes begins. */
const IPV4_START = CONTACT_BYTES - COMPACT_IPV4

const EMPTY = new Uint8Array(0)

export type PackedPeers = Pick<Announced, 'ipv4' | 'ipv6' | 'peerIds'>

export const NO_PEERS: PackedPeers = { ipv4: EMPTY, ipv6: EMPTY, peerIds: EMPTY }

// From the platform's pool, which costs a tenth of memory of one's own; each answer is sent, and then forgotten.
const allocate = (length: number): Uint8Array => (length === 0 ? EMPTY : Buffer.allocUnsafe(length))

const isIPv6 = (slab: PeerSlab, slot: number): boolean => (slab.byte(slot, BYTE.flags) & FLAG.isIPv6) !== 0

/** Peers as announces are answered. */
export const packPeers = (slab: PeerSlab, slots: readonly number[], withPeerIds: boolean): PackedPeers => {
  let ipv6Count = 0
  for (const slot of slots) if (isIPv6(slab, slot)) ipv6Count++
  const ipv4Count = slots.length - ipv6Count
  const ipv4 = allocate(ipv4Count * COMPACT_IPV4)
  const ipv6 = allocate(ipv6Count * COMPACT_IPV6)
  const peerIds = allocate(withPeerIds ? slots.length * ID_BYTES : 0)
  let at4 = 0
  let at6 = 0
  for (const slot of slots) {
    const place = isIPv6(slab, slot) ? ipv4Count + at6 : at4
    if (place < ipv4Count)
      slab.read(slot, BYTE.contact + IPV4_START, COMPACT_IPV4, ipv4, COMPACT_IPV4 * at4++)
    else slab.read(slot, BYTE.contact, COMPACT_IPV6, ipv6, COMPACT_IPV6 * at6++)
    if (withPeerIds) slab.read(slot, BYTE.peerId, ID_BYTES, peerIds, ID_BYTES * place)
  }
  return { ipv4, ipv6, peerIds }
}
