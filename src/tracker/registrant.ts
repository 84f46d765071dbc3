import { isIP } from 'node:net'
import type { Sender } from '../protocol/json/request.js'
import type { Caller } from '../transport/jsonService.js'
import type { Registrant } from './store/store.js'

/** Addresses that mean "any of mine" and lead nowhere from elsewhere. */
const isUnspecified = (host: string): boolean => host === '0.0.0.0' || /^[0:]+$/.test(host)

/** An address that others can connect to as it stands. A zone (fe80::1%eth0) means something to its own machine only. */
const isUsable = (host: string): boolean => isIP(host) !== 0 && !host.includes('%') && !isUnspecified(host)

/**
 * Who sends, as it is to be registered: at the address that its request came from, on the port that it declares;
 * with `trustDeclared` at the address that it declares, where that is one.
 */
export const registrantOf = (
  sender: Sender,
  { host: source, provenId }: Pick<Caller, 'host' | 'provenId'>,
  trustDeclared: boolean,
): Registrant => {
  const { peerId, port, wires } = sender
  const host = trustDeclared && isUsable(sender.host) ? sender.host : source
  return { peerId, source, listed: { host, port, wires }, isProven: provenId === peerId }
}
