import { wirePeerIdOf } from '../../../protocol/wire/peerId.js'
import { addressOf } from '../addressRange.js'
import type { TorrentRecord } from '../catalog.js'
import type { Mirror } from '../members.js'
import type { PeerRecord } from '../peerSet.js'
import type { Role } from '../announce.js'
import type { Swarms } from './swarms.js'

/** Where BitTorrent clients can find a registered peer; undefined where it does not speak their wire. */
const wireAddressOf = ({ listed }: PeerRecord): Uint8Array | undefined =>
  listed.wires.includes('bittorrent') ? addressOf(listed.host) : undefined

/** Has registered peers that speak the BitTorrent wire in the swarm of each torrent that they are in. */
export class SwarmMirror implements Mirror {
  readonly #swarms: Swarms

  constructor(swarms: Swarms) {
    this.#swarms = swarms
  }

  enter({ swarm }: TorrentRecord, peer: PeerRecord, role: Role): void {
    const address = wireAddressOf(peer)
    if (swarm === undefined || address === undefined) return
    this.#swarms.register(swarm, address, peer.listed.port, wirePeerIdOf(peer.peerId), role === 'seeder')
  }

  exit({ swarm }: TorrentRecord, peer: PeerRecord): void {
    const address = wireAddressOf(peer)
    if (swarm === undefined || address === undefined) return
    this.#swarms.unregister(swarm, address, peer.listed.port, wirePeerIdOf(peer.peerId))
  }
}
