import type { Socket } from 'node:net'
import { answerHead } from '../../protocol/json/answer.js'
import { Op, Ret } from '../../protocol/json/op.js'
import type { Ticket } from '../../protocol/ids.js'
import { RELAY_JOIN_TIME } from '../../protocol/limits.js'
import { addressGroup } from '../../support/addressGroup.js'
import { Handover } from '../handover.js'
import type { Caller } from '../jsonService.js'
import type { Answer } from '../answerBatch.js'
import { Pacer } from './pacer.js'
import { RelayPair } from './relayPair.js'

/** Tickets that nobody, or one side, has come with yet. */
const MAX_TICKETS = 1024

export interface RelayDeskOptions {
  /** Connections of two peers carried at once. */
  readonly maxPairs: number
  /** The same that have one address (IPv6: /64) as a side. */
  readonly maxPairsPerAddress: number
  /** Bytes a second, both directions of all pairs together. */
  readonly rate: number
  /** Milliseconds. */
  readonly now: () => number
  /** Shorter, for tests. Milliseconds. */
  readonly joinTime?: number
}

/** What a relay does now. */
export interface RelayStatus {
  readonly pairs: number
  readonly maxPairs: number
  /** Bytes carried since the start. */
  readonly bytes: number
  /** Bytes a second at most. */
  readonly rate: number
}

/** One side that came and waits for the other. */
interface Waiting {
  readonly host: string
  readonly settle: (answer: Answer | Handover) => void
}

interface Admission {
  readonly timer: NodeJS.Timeout
  waiting: Waiting | undefined
}

const refusal = (why: string): Answer => ({ ...answerHead(Op.JOIN_RELAY, Ret.FAIL), ERROR: why })
const unknown: Answer = {
  ...answerHead(Op.JOIN_RELAY, Ret.NOT_FOUND),
  ERROR: 'no such TICKET, or it is too old',
}

/**
 * Brings together the two who come with one ticket, and carries what they say.
 *
 * Invariants: a ticket serves two connections, once; `#perAddress` holds no zero; no limit of the options is passed.
 */
export class RelayDesk {
  readonly #options: RelayDeskOptions
  readonly #admissions = new Map<Ticket, Admission>()
  readonly #pairs = new Set<RelayPair>()
  readonly #perAddress = new Map<string, number>()
  readonly #pacer: Pacer
  /** Pairs whose sockets are on their way from the JSON service count already. */
  #count = 0
  #bytes = 0

  constructor(options: RelayDeskOptions) {
    this.#options = options
    this.#pacer = new Pacer(options.rate, () => this.#count)
  }

  get status(): RelayStatus {
    const { maxPairs, rate } = this.#options
    return { pairs: this.#count, maxPairs, bytes: this.#bytes, rate }
  }

  /** Whether one more pair would be taken now. */
  get hasRoom(): boolean {
    return this.#count < this.#options.maxPairs && this.#admissions.size < MAX_TICKETS
  }

  /** Takes the two that come with `ticket` in the next seconds; returns whether there is room for them. */
  admit(ticket: Ticket): boolean {
    if (!this.hasRoom || this.#admissions.has(ticket)) return false
    const timer = setTimeout(() => this.#expire(ticket), this.#options.joinTime ?? RELAY_JOIN_TIME).unref()
    this.#admissions.set(ticket, { timer, waiting: undefined })
    return true
  }

  /** Answers JOIN_RELAY: the first waits for the second. */
  join(ticket: Ticket, { host, gone }: Caller): Answer | Handover | Promise<Answer | Handover> {
    const admission = this.#admissions.get(ticket)
    if (admission === undefined) return unknown
    const { waiting } = admission
    if (waiting !== undefined) return this.#pair(ticket, admission.timer, waiting, host)
    return new Promise((settle) => {
      const mine = { host, settle }
      admission.waiting = mine
      gone.addEventListener('abort', () => {
        if (admission.waiting === mine) admission.waiting = undefined
        settle(unknown)
      })
    })
  }

  close(): void {
    for (const ticket of [...this.#admissions.keys()]) this.#expire(ticket)
    for (const pair of [...this.#pairs]) pair.end()
  }

  #expire(ticket: Ticket): void {
    const admission = this.#admissions.get(ticket)
    clearTimeout(admission?.timer)
    this.#admissions.delete(ticket)
    admission?.waiting?.settle(refusal('the other side did not come'))
  }

  #pair(ticket: Ticket, timer: NodeJS.Timeout, first: Waiting, host: string): Answer | Handover {
    clearTimeout(timer)
    this.#admissions.delete(ticket)
    const groups = [...new Set([addressGroup(first.host), addressGroup(host)])]
    const why = this.#lacking(groups)
    if (why !== undefined) {
      first.settle(refusal(why))
      return refusal(why)
    }
    this.#count++
    for (const group of groups) this.#perAddress.set(group, (this.#perAddress.get(group) ?? 0) + 1)
    let one: Socket | undefined
    const take = (socket: Socket): void => {
      if (one === undefined) one = socket
      else this.#begin(one, socket, groups)
    }
    const handover = new Handover(answerHead(Op.JOIN_RELAY, Ret.SUCCESS), take)
    first.settle(handover)
    return handover
  }

  #lacking(groups: readonly string[]): string | undefined {
    const { maxPairs, maxPairsPerAddress } = this.#options
    if (this.#count >= maxPairs) return `the relay carries ${maxPairs} connections, its limit`
    return groups.some((group) => (this.#perAddress.get(group) ?? 0) >= maxPairsPerAddress)
      ? `the relay carries ${maxPairsPerAddress} connections of one address, its limit`
      : undefined
  }

  #begin(one: Socket, other: Socket, groups: readonly string[]): void {
    const pair: RelayPair = new RelayPair(one, other, {
      pacer: this.#pacer,
      now: this.#options.now,
      onBytes: (bytes) => (this.#bytes += bytes),
      onEnd: () => {
        setImmediate(() => this.#pairs.delete(pair))
        this.#leave(groups)
      },
    })
    this.#pairs.add(pair)
  }

  #leave(groups: readonly string[]): void {
    this.#count--
    for (const group of groups) {
      const left = (this.#perAddress.get(group) ?? 0) - 1
      if (left > 0) this.#perAddress.set(group, left)
      else this.#perAddress.delete(group)
    }
  }
}
