import { MAX_PEERS_IN_LIST } from '../../protocol/limits.js'
import type { Endpoint, PeerId } from '../../protocol/ids.js'
import type { ListedPeer, PeerTable } from '../../protocol/json/answer.js'
import type { NodeContext } from '../context.js'
import type { Dialled } from '../security/peerSecurity.js'
import type { Torrent } from '../torrent/torrent.js'
import { Registration, type Role } from '../tracker/registration.js'

/**
 * A registration of `torrent` at every tracker; `onPeers` gets the peers that they name, this one left out. None of v1
 * alone: trackers list by what peers of the JSON protocol ask for, and they could ask for nothing of it.
 */
export const register = (
  context: NodeContext,
  torrent: Torrent,
  role: Role,
  onPeers: (endpoints: readonly Endpoint[]) => void,
): readonly Registration[] =>
  (torrent.layout.isStream ? [] : context.trackers).map((link) => {
    context.reachability.use(link)
    return new Registration({
      link,
      torrent,
      role,
      logger: context.logger,
      now: context.now,
      onPeers: (peers) => onPeers(admit(context, torrent, peers)),
    })
  })

/** Remembers who the peers are, and answers where they are. */
export const admit = (context: NodeContext, torrent: Torrent, peers: PeerTable): readonly Dialled[] => {
  const others = [...peers].filter(([peerId]) => peerId !== context.peerId)
  for (const [peerId, peer] of others) remember(torrent, peerId, peer)
  return others.map(([peerId, peer]) => ({ ...peer, peerId }))
}

/** Remembers who a peer is, as far as there is room. */
export const remember = ({ peers }: Torrent, peerId: PeerId, peer: ListedPeer): void => {
  if (peers.size < MAX_PEERS_IN_LIST || peers.has(peerId)) peers.set(peerId, peer)
}
