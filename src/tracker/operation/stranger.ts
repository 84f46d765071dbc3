import type { TrackerRequest } from '../../protocol/json/request.js'
import type { Awaitable } from '../store/store.js'
import { refuse, stranger, type Call, type Reply } from './operation.js'

/** What only asks, and what the store looks at itself while it changes who is registered. */
const LOOKED_AT_LATER: ReadonlySet<TrackerRequest['op']> = new Set([
  'GET_LIST',
  'GET_TORRENT',
  'START_SEED',
  'STOP_SEED',
  'UPLOAD_FILE',
])

/** Refuses who names a PEER_ID whose key another holds, before anything is done; undefined: go on. */
export const refuseStranger = (request: TrackerRequest, call: Call): Awaitable<Reply | undefined> => {
  const { peer, caller, reach } = call
  const isLater = LOOKED_AT_LATER.has(request.op)
  if (peer.isProven === true) {
    reach.presence.claim(peer.peerId)
    return isLater ? undefined : noteProof(call)
  }
  if (caller.provenId !== undefined)
    return refuse(request.op, 'FORBIDDEN', 'PEER_ID is not that of the key that this connection shows')
  return isLater ? undefined : refuseKeyed(request.op, call)
}

const noteProof = async ({ store, peer, now }: Call): Promise<undefined> => {
  await store.touch(peer, now)
}

const refuseKeyed = async (
  op: TrackerRequest['op'],
  { store, peer, reach }: Call,
): Promise<Reply | undefined> => {
  if (!(await store.isProven(peer.peerId))) return undefined
  // Another tracker of the same store may have seen the proof.
  reach.presence.claim(peer.peerId)
  return stranger(op, 'unproven')
}
