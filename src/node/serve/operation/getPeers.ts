import { encodePeerTable } from '../../../protocol/json/answer.js'
import { Op, Ret } from '../../../protocol/json/op.js'
import type { Operation } from '../context.js'

/** Peers in one answer: at 144 bytes at most each, 100 fit one read of a simple client. */
const MAX_PEERS = 100

/** The peers of the torrent that this one heard of. */
export const getPeers: Operation<'GET_PEERS'> = (_, request, torrent) => {
  const others = [...torrent.peers].filter(([peerId]) => peerId !== request.asker.peerId)
  const peers = new Map(others.slice(-MAX_PEERS))
  return { OP_CODE: Op.GET_PEERS, RET_CODE: Ret.SUCCESS, PEER_LIST: encodePeerTable(peers) }
}
