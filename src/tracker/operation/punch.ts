import { encodePunch } from '../../protocol/json/reachAnswer.js'
import { isNamed, newTicket } from '../reach/reach.js'
import { absent, refuse, reply, type Operation } from './operation.js'

export const punch: Operation<'PUNCH'> = async (request, { caller, reach }) => {
  const { target, sender } = request
  const present = reach.presence.find(target)
  if (present === undefined || !isNamed(present.host, caller.host)) return absent('PUNCH')
  if (!reach.punches.hasRoom(target)) return refuse('PUNCH', 'FAIL', 'too many want to reach that peer')
  const ticket = newTicket()
  const asked = reach.punches.ask(ticket, caller, present)
  reach.presence.call(target, { kind: 'PUNCH', ticket, peerId: sender.peerId })
  const other = await asked
  if (other === undefined) return refuse('PUNCH', 'FAIL', 'the other side did not answer')
  return reply('PUNCH', 'SUCCESS', encodePunch(other))
}
