import { encodeCalls } from '../../protocol/json/reachAnswer.js'
import { refuse, reply, stranger, type Operation } from './operation.js'

export const awaitCalls: Operation<'AWAIT_CALLS'> = async (request, { caller, reach, peer, store, now }) => {
  const { peerId, port } = request.sender
  await store.touch(peer, now)
  const said = { peerId, port, offersRelay: request.offersRelay, isProven: peer.isProven === true }
  const awaited = await reach.presence.await(said, caller)
  switch (awaited.outcome) {
    case 'called':
      return reply('AWAIT_CALLS', 'SUCCESS', encodeCalls({ seenAs: caller.host, calls: awaited.calls }))
    case 'foreign':
      return stranger('AWAIT_CALLS', 'foreign')
    case 'full':
      return refuse('AWAIT_CALLS', 'FAIL', awaited.limit)
  }
}
