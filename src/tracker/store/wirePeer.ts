import { toHex } from '../../protocol/hex.js'
import { ID_BYTES } from '../../protocol/announce/announce.js'
import type { PeerId } from '../../protocol/ids.js'
import type { ListedPeer } from '../../protocol/json/answer.js'
import { formatAddress } from '../../protocol/wire/address.js'
import { hashes } from '../hashes.js'
import { ADDRESS_BYTES, isIPv4At } from './addressRange.js'

/** What a BitTorrent client's port speaks. */
const WIRES = ['bittorrent'] as const

/** Bytes of a PEER_ID. */
const PEER_ID_BYTES = 16

/**
 * A PEER_ID for a BitTorrent client, of its own id and of where it listens, which tells the two addresses of one client
 * apart. It is a hash of them, so that nobody can choose whose PEER_ID it is. `contact` is an address in IPv6 form and a port.
 */
export const madePeerId = (peerId: Uint8Array, contact: Uint8Array): PeerId => {
  const both = new Uint8Array(ID_BYTES + contact.length)
  both.set(peerId)
  both.set(contact, ID_BYTES)
  return toHex(hashes.sha256(both).subarray(0, PEER_ID_BYTES)) as PeerId
}

/** How lists name a BitTorrent client. */
export const listedWirePeer = (contact: Uint8Array): ListedPeer => {
  const address = contact.subarray(isIPv4At(contact, 0) ? ADDRESS_BYTES - 4 : 0, ADDRESS_BYTES)
  const port = ((contact[ADDRESS_BYTES] ?? 0) << 8) | (contact[ADDRESS_BYTES + 1] ?? 0)
  return { host: formatAddress(address) ?? '', port, wires: WIRES }
}
