import { toHex } from '../../protocol/hex.js'
import { ID_BYTES } from '../../protocol/announce/announce.js'
import type { PeerId } from '../../protocol/ids.js'
import type { ListedPeer } from '../../protocol/json/answer.js'
import { formatAddress } from '../../protocol/wire/address.js'
import { ADDRESS_BYTES, isIPv4At } from './addressRange.js'

/** What a BitTorrent client's port speaks. */
const WIRES = ['bittorrent'] as const

/** Bytes of a BitTorrent peer id that its client drew at random (BEP 20), and of an address that go into a PEER_ID. */
const RANDOM_BYTES = 12
const ADDRESS_PART = 4

/**
 * A PEER_ID for a BitTorrent client: the random part of its own id, and a mark of where it listens, which tells the two
 * addresses of one client apart. `contact` is an address in IPv6 form and a port.
 */
export const madePeerId = (peerId: Uint8Array, contact: Uint8Array): PeerId => {
  const made = new Uint8Array(RANDOM_BYTES + ADDRESS_PART)
  made.set(peerId.subarray(ID_BYTES - RANDOM_BYTES))
  contact.forEach((byte, index) => {
    const at = RANDOM_BYTES + (index % ADDRESS_PART)
    made[at] = Math.imul(made[at] ?? 0, 31) + byte
  })
  return toHex(made) as PeerId
}

/** How lists name a BitTorrent client. */
export const listedWirePeer = (contact: Uint8Array): ListedPeer => {
  const address = contact.subarray(isIPv4At(contact, 0) ? ADDRESS_BYTES - 4 : 0, ADDRESS_BYTES)
  const port = ((contact[ADDRESS_BYTES] ?? 0) << 8) | (contact[ADDRESS_BYTES + 1] ?? 0)
  return { host: formatAddress(address) ?? '', port, wires: WIRES }
}
