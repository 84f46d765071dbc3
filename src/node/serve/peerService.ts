import { answerHead } from '../../protocol/json/answer.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { Op, Ret } from '../../protocol/json/op.js'
import { relayTicketOf } from '../../protocol/json/reachRequest.js'
import { decodePeerRequest, type PeerRequest } from '../../protocol/json/request.js'
import type { Handover } from '../../transport/handover.js'
import type { Answer, Caller } from '../../transport/jsonService.js'
import type { Torrent } from '../torrent/torrent.js'
import type { ServeContext } from './context.js'
import { getChunk } from './operation/getChunk.js'
import { getPeers } from './operation/getPeers.js'
import { interested } from './operation/interested.js'
import { uninterested } from './operation/uninterested.js'

const NO_RELAY: Answer = {
  ...answerHead(Op.JOIN_RELAY, Ret.NOT_FOUND),
  ERROR: 'this peer carries nothing for others',
}

/**
 * Answers one request of another peer.
 *
 * @throws FieldFault for a request that is malformed
 */
export const answerPeer = (
  context: ServeContext,
  object: JsonObject,
  caller: Caller,
): Answer | Handover | Promise<Answer | Handover> => {
  const ticket = relayTicketOf(object)
  if (ticket !== undefined) return context.relay?.()?.join(ticket, caller) ?? NO_RELAY
  const request = decodePeerRequest(object)
  const fault = faultOf(context, request, caller)
  if (fault !== undefined) return { ...answerHead(Op[request.op], Ret.FORBIDDEN), ERROR: fault }
  const torrent = context.torrents.find(request.torrent)
  if (torrent === undefined) return answerHead(Op[request.op], Ret.TORRENT_DOES_NOT_EXIST)
  return operate(context, request, torrent, caller)
}

/** Why `caller` may not ask this. */
const faultOf = (
  { security }: ServeContext,
  { asker: { peerId } }: PeerRequest,
  { host, provenId }: Caller,
): string | undefined => {
  if (provenId === undefined)
    return security.mode === 'required' ? 'this peer speaks inside TLS alone' : undefined
  if (peerId === undefined || peerId === provenId) return undefined
  security.report(`Peer ${host} is refused: its key is that of ${provenId}, and it says that it is ${peerId}`)
  return `PEER_ID is not that of the key, which is ${provenId}`
}

const operate = (
  context: ServeContext,
  request: PeerRequest,
  torrent: Torrent,
  caller: Caller,
): Answer | Promise<Answer> => {
  switch (request.op) {
    case 'STATUS_INTERESTED':
      return interested(context, { ...request, op: request.op }, torrent, caller)
    case 'STATUS_UNINTERESTED':
      return uninterested(context, { ...request, op: request.op }, torrent, caller)
    case 'GET_PEERS':
      return getPeers(context, { ...request, op: request.op }, torrent, caller)
    case 'GET_CHUNK':
      return getChunk(context, request, torrent, caller)
  }
}
