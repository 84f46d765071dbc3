import { ADDRESS_BYTES, isIPv4At, writeAddress } from '../addressRange.js'
import { ID_BYTES } from '../../../protocol/announce/announce.js'
import type { SwarmCounts } from '../announce.js'

/** What a peer's flags say, as FLAG in memory does. */
export const PAUSED = 1
export const REGISTERED = 2

/** A peer as a swarm has it. */
export interface SwarmPeer {
  /** 16 bytes of address and two of port. */
  readonly contact: Uint8Array
  readonly flags: number
  readonly peerId: Uint8Array
}

/** What the script answers. */
export type Reply = readonly unknown[]

/** An address in IPv6 form and a port. */
export const contactOf = (address: Uint8Array, port: number): Uint8Array => {
  const contact = new Uint8Array(ADDRESS_BYTES + 2)
  writeAddress(address, contact, 0)
  contact[ADDRESS_BYTES] = port >>> 8
  contact[ADDRESS_BYTES + 1] = port & 0xff
  return contact
}

/** Bytes of a contact, and of one with its flags and peer id. */
const CONTACT = ADDRESS_BYTES + 2
const WHOLE = CONTACT + 1 + ID_BYTES

/** The peers of a sample, which the script answers in one piece; flags and peer ids only where they were wanted. */
export const peersIn = (sample: unknown, isWhole: boolean): readonly SwarmPeer[] => {
  const bytes = sample as Uint8Array
  const size = isWhole ? WHOLE : CONTACT
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const peer = bytes.subarray(index * size, (index + 1) * size)
    const flags = isWhole ? (peer[CONTACT] ?? 0) : 0
    return { contact: peer.subarray(0, CONTACT), flags, peerId: peer.subarray(CONTACT + 1) }
  })
}

/** Puts `items` in random order. */
export const shuffle = <Item>(items: Item[], random: () => number): Item[] => {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const item = items[last] as Item
    items[last] = items[other] as Item
    items[other] = item
  }
  return items
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)

/** As announces are answered. */
export const pack = (peers: readonly SwarmPeer[], withPeerIds: boolean) => {
  const ipv4 = peers.filter(({ contact }) => isIPv4At(contact, 0))
  const ipv6 = peers.filter(({ contact }) => !isIPv4At(contact, 0))
  return {
    ipv4: joined(ipv4.map(({ contact }) => contact.subarray(ADDRESS_BYTES - 4))),
    ipv6: joined(ipv6.map(({ contact }) => contact)),
    peerIds: joined(withPeerIds ? [...ipv4, ...ipv6].map(({ peerId }) => peerId) : []),
  }
}

/** How many there are, as the script answers it. */
export const countsIn = (reply: Reply): SwarmCounts => ({
  seeders: Number(reply[1] ?? 0),
  leechers: Number(reply[2] ?? 0),
  completed: Number(reply[3] ?? 0),
})
