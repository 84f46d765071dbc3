import { ID_BYTES } from '../../../protocol/announce/announce.js'
import { COMPACT_IPV4, COMPACT_IPV6 } from '../../../protocol/wire/address.js'
import type { Announced } from '../announce.js'
import { IPV6_ENTRY, writeEntry } from './entry.js'
import { BYTE, type PeerSlab } from './peerSlab.js'
import type { Swarm } from './swarm.js'

const EMPTY = new Uint8Array(0)

export type PackedPeers = Pick<Announced, 'ipv4' | 'ipv6' | 'peerIds'>

export const NO_PEERS: PackedPeers = { ipv4: EMPTY, ipv6: EMPTY, peerIds: EMPTY }

// From the platform's pool, which costs a tenth of memory of one's own; each answer is sent, and then forgotten.
const allocate = (length: number): Uint8Array => (length === 0 ? EMPTY : Buffer.allocUnsafe(length))

/** Members of a swarm, by the first `count` of `places`, as announces are answered. */
export const packPeers = (
  slab: PeerSlab,
  { members, entries }: Swarm,
  places: Int32Array,
  count: number,
  withPeerIds: boolean,
): PackedPeers => {
  let ipv6Count = 0
  for (let index = 0; index < count; index++) if (entries[places[index] as number] === IPV6_ENTRY) ipv6Count++
  const ipv4Count = count - ipv6Count
  const ipv4 = allocate(ipv4Count * COMPACT_IPV4)
  const ipv6 = allocate(ipv6Count * COMPACT_IPV6)
  const peerIds = allocate(withPeerIds ? count * ID_BYTES : 0)
  let at4 = 0
  let at6 = 0
  for (let index = 0; index < count; index++) {
    const place = places[index] as number
    const entry = entries[place] as number
    const slot = members[place] as number
    const order = entry === IPV6_ENTRY ? ipv4Count + at6 : at4
    if (entry === IPV6_ENTRY) slab.read(slot, BYTE.contact, COMPACT_IPV6, ipv6, COMPACT_IPV6 * at6++)
    else writeEntry(entry, ipv4, COMPACT_IPV4 * at4++)
    if (withPeerIds) slab.read(slot, BYTE.peerId, ID_BYTES, peerIds, ID_BYTES * order)
  }
  return { ipv4, ipv6, peerIds }
}
