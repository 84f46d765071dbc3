import { BYTE, type PeerSlab } from './peerSlab.js'

/**
 * What choosing among peers needs of one, as a number, so that a swarm has it in one piece of memory: from the lowest bit
 * 32 of an IPv4 address, 16 of its port, two of its flags (FLAG.paused, FLAG.registered) and three of its range, 53 in all,
 * which a number holds exactly. An IPv6 peer is only marked as one; it is looked up.
 */
export const IPV6_ENTRY = -1

const HIGH = 2 ** 32

/** Where in a contact in IPv6 form the IPv4 address begins. */
const IPV4_START = 12

export const entryOf = (slab: PeerSlab, slot: number, isIPv6: boolean): number => {
  if (isIPv6) return IPV6_ENTRY
  let low = 0
  for (let byte = 0; byte < 4; byte++) low = (low << 8) | slab.byte(slot, BYTE.contact + IPV4_START + byte)
  const port = (slab.byte(slot, BYTE.contact + 16) << 8) | slab.byte(slot, BYTE.contact + 17)
  const high = port | ((slab.byte(slot, BYTE.flags) & 3) << 16) | (slab.byte(slot, BYTE.range) << 18)
  return high * HIGH + (low >>> 0)
}

/** Flags and, from the third bit on, the range. */
export const marksIn = (entry: number): number => (entry / HIGH) >>> 16

/** Writes address and port, six bytes. */
export const writeEntry = (entry: number, into: Uint8Array, at: number): void => {
  const low = entry >>> 0
  const port = (entry / HIGH) & 0xffff
  into[at] = low >>> 24
  into[at + 1] = low >>> 16
  into[at + 2] = low >>> 8
  into[at + 3] = low
  into[at + 4] = port >>> 8
  into[at + 5] = port
}
