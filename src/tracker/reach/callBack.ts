import { connect } from 'node:net'
import type { Caller } from '../../transport/jsonService.js'
import { addressGroup } from '../../support/addressGroup.js'

/** Peers called back at once, and milliseconds until one counts as not reachable. */
const MAX_CALLS_BACK = 64
const CALL_BACK_TIME = 3_000

/** Milliseconds between two for one address, how many may come at once, and addresses remembered: at about 150 bytes each 1.5 MB. */
const PAUSE = 5_000
const BURST = 4
const MAX_REMEMBERED = 10_000

export type CallBack = 'reachable' | 'unreachable' | 'too-many'

/**
 * Connects to peers that want to know whether they can be reached, and sends nothing.
 *
 * Invariant: connects to the address alone that a request came from; one at a time for each, MAX_CALLS_BACK in all.
 */
export class CallBacks {
  readonly #now: () => number
  readonly #pause: number
  #underWay = 0
  /** Until when the checks of each are paid for, if one may be had each PAUSE; the one called last is the last. */
  readonly #paid = new Map<string, number>()

  constructor(now: () => number, pause = PAUSE) {
    this.#now = now
    this.#pause = pause
  }

  /** Whether `port` answers at the address of `caller`. */
  async try(caller: Caller, port: number): Promise<CallBack> {
    if (this.#underWay >= MAX_CALLS_BACK || !this.#take(addressGroup(caller.host))) return 'too-many'
    this.#underWay++
    try {
      return await callBack(caller, port)
    } finally {
      this.#underWay--
    }
  }

  #take(group: string): boolean {
    const now = this.#now()
    const paid = Math.max(now, this.#paid.get(group) ?? 0) + this.#pause
    if (paid - now > BURST * this.#pause) return false
    this.#paid.delete(group)
    this.#paid.set(group, paid)
    for (const [oldest] of this.#paid) {
      if (this.#paid.size <= MAX_REMEMBERED) break
      this.#paid.delete(oldest)
    }
    return true
  }
}

const callBack = ({ host, gone }: Caller, port: number): Promise<CallBack> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, signal: gone })
    const end = (outcome: CallBack) => (): void => {
      socket.destroy()
      resolve(outcome)
    }
    socket.setTimeout(CALL_BACK_TIME, end('unreachable'))
    socket.once('connect', end('reachable'))
    socket.on('error', end('unreachable'))
  })
