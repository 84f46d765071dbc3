import { encodeRelay } from '../../protocol/json/reachAnswer.js'
import { absent, refuse, reply, type Operation } from './operation.js'

export const relay: Operation<'RELAY'> = (request, { caller, reach }) => {
  const present = reach.presence.find(request.target)
  if (present === undefined) return absent('RELAY')
  const answer = reach.arrangeRelay(request.sender.peerId, caller.host, present)
  return answer === undefined
    ? refuse('RELAY', 'FAIL', 'no relay has room')
    : reply('RELAY', 'SUCCESS', encodeRelay(answer))
}
