import { encodePunch } from '../../protocol/json/reachAnswer.js'
import { refuse, reply, type Operation } from './operation.js'

export const answerPunch: Operation<'ANSWER_PUNCH'> = (request, { caller, reach }) => {
  const asker = reach.punches.answer(request.ticket, caller)
  return asker === undefined
    ? refuse('ANSWER_PUNCH', 'NOT_FOUND', 'no such TICKET, or it is too old')
    : reply('ANSWER_PUNCH', 'SUCCESS', encodePunch(asker))
}
