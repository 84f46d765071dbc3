import { randomBytes } from 'node:crypto'
import { toHex } from '../../protocol/hex.js'
import { parseTicket, type Endpoint, type PeerId, type Ticket } from '../../protocol/ids.js'
import type { RelayAnswer } from '../../protocol/json/reachAnswer.js'
import { RelayDesk, type RelayStatus } from '../../transport/relay/relayDesk.js'
import { isInReach, rangeOfHost } from '../store/addressRange.js'
import { CallBacks } from './callBack.js'
import { Presence, type Present } from './presence.js'
import { Punches } from './punches.js'

/** Pairs of one address that the tracker carries: a household that fetches from a few peers at once. */
const MAX_PAIRS_PER_ADDRESS = 8

export interface ReachOptions {
  /** Connections that the tracker carries itself; 0: none. */
  readonly maxRelayed: number
  /** Bytes a second of all of them. */
  readonly relayRate: number
  readonly now: () => number
  /** For tests. Milliseconds. */
  readonly callBackPause?: number
}

/** What a tracker does for peers that cannot simply connect to one another. */
export class Reach {
  readonly presence = new Presence()
  readonly punches = new Punches()
  readonly callBacks: CallBacks
  readonly desk: RelayDesk

  constructor({ maxRelayed, relayRate, now, callBackPause }: ReachOptions) {
    this.callBacks = new CallBacks(now, callBackPause)
    const maxPairsPerAddress = MAX_PAIRS_PER_ADDRESS
    this.desk = new RelayDesk({ maxPairs: maxRelayed, maxPairsPerAddress, rate: relayRate, now })
  }

  get relay(): RelayStatus {
    return this.desk.status
  }

  /** Has the connection of `asker`, who comes from `host`, and `target` carried; undefined where nobody does that now. */
  arrangeRelay(asker: PeerId, host: string, target: Present): RelayAnswer | undefined {
    const ticket = newTicket()
    const relay = this.#carrier(ticket, asker, host, target)
    if (relay === 'none') return undefined
    const isTold = this.presence.call(target.peerId, { kind: 'RELAY', ticket, peerId: asker, relay })
    return isTold ? { ticket, relay } : undefined
  }

  /** Peers that offer it come first: the tracker has other things to do. Undefined: the tracker. */
  #carrier(ticket: Ticket, asker: PeerId, host: string, target: Present): Endpoint | undefined | 'none' {
    const others = this.presence
      .relays()
      .filter(({ peerId }) => peerId !== asker && peerId !== target.peerId)
      .filter((peer) => isNamed(peer.host, host) && isNamed(peer.host, target.host))
    const chosen = others[Math.floor(Math.random() * others.length)]
    if (chosen !== undefined && this.presence.call(chosen.peerId, { kind: 'CARRY', ticket }))
      return { host: chosen.host, port: chosen.port }
    return this.desk.admit(ticket) ? undefined : 'none'
  }

  close(): void {
    this.desk.close()
  }
}

/** Whether a peer at `host` may be told of one at `other`. */
export const isNamed = (other: string, host: string): boolean =>
  isInReach(rangeOfHost(other), rangeOfHost(host))

export const newTicket = (): Ticket => {
  const ticket = parseTicket(toHex(randomBytes(16)))
  if (ticket === undefined) throw new Error('16 bytes are a ticket')
  return ticket
}
