import { isNamed } from '../reach/reach.js'
import { absent, refuse, reply, type Operation } from './operation.js'

export const callBack: Operation<'CALL_BACK'> = ({ target, infoHash, sender }, { caller, reach }) => {
  const present = reach.presence.find(target)
  if (present === undefined || !isNamed(present.host, caller.host)) return absent('CALL_BACK')
  const endpoint = { host: caller.host, port: sender.port }
  const isTold = reach.presence.call(target, {
    kind: 'CALL_BACK',
    peerId: sender.peerId,
    endpoint,
    wires: sender.wires,
    infoHash,
  })
  return isTold
    ? reply('CALL_BACK', 'SUCCESS')
    : refuse('CALL_BACK', 'FAIL', 'too many want to reach that peer')
}
