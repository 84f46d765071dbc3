import type { PeerId } from '../../../protocol/ids.js'
import type { ListedPeer } from '../../../protocol/json/answer.js'
import { isInReach, rangeAt, rangeOfHost, type AddressRange } from '../addressRange.js'
import type { Asker, TorrentView } from '../store.js'
import { listedWirePeer, madePeerId } from '../wirePeer.js'
import { contentIn, idIn, peersIn, type Row } from './rows.js'
import { REGISTERED, type SwarmPeer } from './swarmPeer.js'
import type { RedisSwarms } from './swarms.js'

type Table = Map<PeerId, ListedPeer>

const tableOf = (flat: readonly string[] | object, maxPeers: number, range: AddressRange): Table => {
  const seen = peersIn(flat).filter(([, { host }]) => isInReach(rangeOfHost(host), range))
  return new Map(seen.slice(0, maxPeers))
}

/** Fills a table up with BitTorrent clients that did not register themselves. */
const addWirePeers = (
  table: Table,
  others: readonly SwarmPeer[],
  maxPeers: number,
  range: AddressRange,
): void => {
  for (const { contact, flags, peerId } of others) {
    if (table.size >= maxPeers) return
    if ((flags & REGISTERED) !== 0 || !isInReach(rangeAt(contact, 0), range)) continue
    const made = madePeerId(peerId, contact)
    // Who registered under an id is not replaced by a stranger that chose the same.
    if (!table.has(made)) table.set(made, listedWirePeer(contact))
  }
}

/** A torrent as `asker` is told of it. */
export const viewOf = async (
  swarms: RedisSwarms,
  [id, content, seeding, leeching, isPeopled]: Row,
  maxPeers: number,
  asker: Asker,
): Promise<TorrentView> => {
  const range = rangeOfHost(asker.host)
  const seeders = tableOf(seeding, maxPeers, range)
  const leechers = tableOf(leeching, maxPeers, range)
  if (isPeopled === 1 && asker.wires.includes('bittorrent')) {
    const [otherSeeders, otherLeechers] = await swarms.view(id, maxPeers)
    addWirePeers(seeders, otherSeeders, maxPeers, range)
    addWirePeers(leechers, otherLeechers, maxPeers, range)
  }
  return { torrentId: idIn(id), content: contentIn(content), seeders, leechers }
}
