import { encodeCalls } from '../../protocol/json/reachAnswer.js'
import { foreign, refuse, reply, type Operation } from './operation.js'

export const awaitCalls: Operation<'AWAIT_CALLS'> = async (request, { caller, reach, peer, store, now }) => {
  const { peerId, port } = request.sender
  await store.touch(peer, now)
  const awaited = await reach.presence.await({ peerId, port, offersRelay: request.offersRelay }, caller)
  switch (awaited.outcome) {
    case 'called':
      return reply('AWAIT_CALLS', 'SUCCESS', encodeCalls({ seenAs: caller.host, calls: awaited.calls }))
    case 'foreign':
      return foreign('AWAIT_CALLS')
    case 'full':
      return refuse('AWAIT_CALLS', 'FAIL', awaited.limit)
  }
}
