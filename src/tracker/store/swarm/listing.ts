import { ID_BYTES } from '../../../protocol/announce/announce.js'
import type { PeerId } from '../../../protocol/ids.js'
import type { ListedPeer } from '../../../protocol/json/answer.js'
import type { AddressRange } from '../addressRange.js'
import { listedWirePeer, madePeerId } from '../wirePeer.js'
import { BYTE, FLAG, NONE, type PeerSlab } from './peerSlab.js'
import type { Swarm } from './swarm.js'
import { CONTACT_BYTES } from './swarmPeers.js'
import type { Swarms } from './swarms.js'

type Table = Map<PeerId, ListedPeer>

const addTo = (table: Table, slab: PeerSlab, slot: number): void => {
  const contact = new Uint8Array(CONTACT_BYTES)
  const peerId = new Uint8Array(ID_BYTES)
  slab.read(slot, BYTE.contact, CONTACT_BYTES, contact, 0)
  slab.read(slot, BYTE.peerId, ID_BYTES, peerId, 0)
  const id = madePeerId(peerId, contact)
  // Who registered under an id is not replaced by a stranger that chose the same.
  if (!table.has(id)) table.set(id, listedWirePeer(contact))
}

/** Fills the tables of seeders and leechers up to `count` with BitTorrent clients that did not register themselves. */
export const addWirePeers = (
  { peers, sampler }: Pick<Swarms, 'peers' | 'sampler'>,
  swarm: Swarm,
  [seeders, leechers]: readonly [Table, Table],
  count: number,
  range: AddressRange,
): void => {
  const { members, seeders: end } = swarm
  const wish = { mask: FLAG.registered, flags: 0, range, self: NONE }
  const chosen = new Int32Array(Math.max(0, count))
  const found = sampler.choose(swarm, { ...wish, first: 0, end, count: count - seeders.size }, chosen)
  for (const place of chosen.subarray(0, found)) addTo(seeders, peers.slab, members[place] as number)
  const others = { first: end, end: members.length, count: count - leechers.size }
  const foundOthers = sampler.choose(swarm, { ...wish, ...others }, chosen)
  for (const place of chosen.subarray(0, foundOthers)) addTo(leechers, peers.slab, members[place] as number)
}
