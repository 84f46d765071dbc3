import { answerHead } from '../protocol/json/answer.js'
import { asString, type JsonObject } from '../protocol/json/fields.js'
import { Op, opName, Ret } from '../protocol/json/op.js'
import { relayTicketOf } from '../protocol/json/reachRequest.js'
import { decodeTrackerRequest } from '../protocol/json/request.js'
import type { Logger } from '../support/log.js'
import { isLoopback } from '../transport/address.js'
import { base64 } from '../transport/base64.js'
import type { Handover } from '../transport/handover.js'
import type { Answer, Caller } from '../transport/jsonService.js'
import type { InfoHashLists } from './announce/announceService.js'
import { peerName, requestLine } from './logLine.js'
import type { TrackerMetrics } from './metrics.js'
import { perform } from './operation/operations.js'
import { refuseStranger } from './operation/stranger.js'
import type { RateLimit } from './rateLimit.js'
import type { Reach } from './reach/reach.js'
import { registrantOf } from './registrant.js'
import type { Strain } from './strain.js'
import { PATIENCE, type Tuning } from './tuning.js'
import type { StoreCounts, TrackerStore } from './store/store.js'

/** Bytes of question or answer beyond which a request counts as several: what 64 KiB cost to parse or make is near that of one. */
const BYTES_PER_TOKEN = 64 * 1024

export interface ServiceOptions {
  readonly store: TrackerStore
  /** Which torrents may be shared. */
  readonly lists: InfoHashLists
  readonly strain: Strain
  readonly metrics: TrackerMetrics
  readonly trustDeclared: boolean
  /** How peers come to one another that cannot simply connect. */
  readonly reach: Reach
  readonly rate: RateLimit
  readonly tuning: Tuning
  readonly logger: Logger
  /** Milliseconds, never going back. */
  readonly now: () => number
}

/** A refusal of a request that was not looked into. */
const refuseAll = (object: JsonObject, why: string): Answer => {
  const op = opName(object.OP_CODE)
  return { ...answerHead(op && Op[op], Ret.FAIL), ERROR: why }
}

/** Characters; what is not text yet is small. */
const sizeOf = (answer: Answer): number => {
  if (typeof answer === 'string') return answer.length
  return Array.isArray(answer)
    ? (answer as readonly string[]).reduce((sum, piece) => sum + piece.length, 0)
    : 0
}

/** Answers requests, whatever they came by: who asks too much is refused, who is not heard from is dropped. */
export class TrackerService {
  readonly #options: ServiceOptions
  #requests = 0
  #swept = -Infinity

  constructor(options: ServiceOptions) {
    this.#options = options
  }

  /** Requests answered since the start. */
  get requests(): number {
    return this.#requests
  }

  async counts(): Promise<StoreCounts> {
    await this.#sweep(this.#options.now())
    return this.#options.store.counts()
  }

  /** @throws FieldFault for a malformed request */
  async handle(object: JsonObject, caller: Caller): Promise<Answer | Handover> {
    const { now: clock, strain, metrics, reach } = this.#options
    const { host: source } = caller
    const now = clock()
    this.#requests++
    metrics.count('json', 'request', strain.isOverloaded ? 'limited' : 'answered')
    if (strain.isOverloaded) return refuseAll(object, 'the tracker has too much to do: wait a moment')
    const isLimited = this.#options.tuning.isLoopbackLimited || !isLoopback(source)
    if (isLimited && !this.#options.rate.take(source, now)) return this.#refuseTooMany(object, source)
    const ticket = relayTicketOf(object)
    if (ticket !== undefined) return reach.desk.join(ticket, caller)
    if (!isLimited) return this.#answer(object, caller, now)
    this.#charge(source, asString(object.METAINFO)?.length ?? 0, now)
    const answer = await this.#answer(object, caller, now)
    this.#charge(source, sizeOf(answer), now)
    return answer
  }

  #charge(source: string, size: number, now: number): void {
    if (size >= BYTES_PER_TOKEN) this.#options.rate.charge(source, Math.floor(size / BYTES_PER_TOKEN), now)
  }

  async #answer(object: JsonObject, caller: Caller, now: number): Promise<Answer> {
    const { store, tuning, lists, trustDeclared, logger, strain, reach } = this.#options
    const request = decodeTrackerRequest(object, base64)
    const sender = registrantOf(request.sender, caller, trustDeclared)
    const peer = { ...sender, onlyIfKnown: strain.isMemoryFull }
    await this.#sweep(now)
    const call = { peer, store, lists, now, interval: tuning.interval, caller, reach }
    const refusal = refuseStranger(request, call)
    const reply = (refusal instanceof Promise ? await refusal : refusal) ?? (await perform(request, call))
    logger[request.op === 'AWAIT_CALLS' ? 'debug' : 'info'](() => requestLine(request, peer, reply))
    return reply.answer
  }

  #refuseTooMany(object: JsonObject, source: string): Answer {
    const why = `more than ${this.#options.tuning.requestsPerSecond} requests a second from this address: wait a moment`
    this.#options.logger.debug(() => `refused ${source}: ${why}`)
    return refuseAll(object, why)
  }

  /** Drops silent peers, at most once in a hundredth of the patience with them. */
  async #sweep(now: number): Promise<void> {
    const patience = this.#options.tuning.interval * PATIENCE * 1000
    if (now - this.#swept < patience / 100) return
    this.#swept = now
    const dropped = await this.#options.store.expire(now - patience)
    for (const { peerId, ...listed } of dropped) {
      this.#options.logger.info(
        () => `dropped ${peerName({ peerId, listed })}: not heard from for ${patience / 1000} s`,
      )
    }
  }
}
