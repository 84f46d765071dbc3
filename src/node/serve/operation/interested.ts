import { encodeState } from '../../../protocol/json/peerAnswer.js'
import { MAX_PEERS_IN_LIST, MAX_REQUESTS_SERVED } from '../../../protocol/limits.js'
import { base64 } from '../../../transport/base64.js'
import { slotKey, type Operation } from '../context.js'

/** A slot where one is free, and what this peer has. One who is interested is a peer that others may want to know. */
export const interested: Operation<'STATUS_INTERESTED'> = ({ slots }, request, torrent, caller) => {
  const { peerId, port } = request.asker
  if (
    peerId !== undefined &&
    port !== undefined &&
    torrent.peers.size < MAX_PEERS_IN_LIST &&
    !torrent.peers.has(peerId)
  ) {
    torrent.peers.set(peerId, {
      host: caller.host,
      port,
      wires: caller.provenId === peerId ? ['json', 'tls'] : [],
    })
  }
  const isServed = slots.request(slotKey(request, torrent, caller))
  return encodeState({ isChoking: !isServed, has: torrent.has, requests: MAX_REQUESTS_SERVED }, base64)
}
