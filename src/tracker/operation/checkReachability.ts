import { encodeReachability } from '../../protocol/json/reachAnswer.js'
import { refuse, reply, type Operation } from './operation.js'

export const checkReachability: Operation<'CHECK_REACHABILITY'> = async (request, { caller, reach }) => {
  const { peerId, port } = request.sender
  const outcome = await reach.callBacks.try(caller, port)
  if (outcome === 'too-many')
    return refuse('CHECK_REACHABILITY', 'FAIL', 'too many checks: ask again in some seconds')
  const isReachable = outcome === 'reachable'
  const present = reach.presence.find(peerId)
  if (present?.host === caller.host && present.port === port) present.isReachable = isReachable
  const fields = encodeReachability({ isReachable, endpoint: { host: caller.host, port } })
  return reply('CHECK_REACHABILITY', 'SUCCESS', fields, isReachable ? 'reachable' : 'not reachable')
}
