import type { AnnounceRequest } from '../../protocol/announce/announce.js'
import { httpCodec } from '../../protocol/announce/codec.js'
import type { AnswerForm } from '../../protocol/announce/httpAnnounce.js'
import { encodeHttpAnnounced } from '../../protocol/announce/httpServer.js'
import { parseAddress } from '../../protocol/wire/address.js'
import type { Awaitable } from '../store/store.js'
import type { TrackerMetrics } from '../metrics.js'
import type { AnnounceOutcome, AnnounceService } from './announceService.js'

/** A status and a bencoded body. */
export interface BencodedAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Minutes after which a refusal may have passed (BEP 31). */
const RETRY_IN = 1

const COMPACT: AnswerForm = { isCompact: true, withoutPeerIds: true }

const refuse = (reason: string, isPassing: boolean, status = 200): BencodedAnswer => {
  const retryIn = isPassing ? RETRY_IN : Infinity
  return { status, body: httpCodec.announce.encodeResponse({ kind: 'failure', reason, retryIn }, COMPACT) }
}

/** For an answer that could not be made. */
export const FAILED: BencodedAnswer = refuse('the tracker cannot answer now', true, 503)

/** What is malformed may be well-formed the next time, so nothing is said about when to try again. */
const malformed = (reason: string): BencodedAnswer => ({
  status: 400,
  body: httpCodec.announce.encodeResponse({ kind: 'failure', reason, retryIn: undefined }, COMPACT),
})

const tooMany = (): BencodedAnswer => refuse('too many requests from this address: wait a moment', true, 429)

/** Announces and scrapes over HTTP (BEP 3, 7, 21, 23, 31, 48): the query in, the body out. */
export class HttpAnnounces {
  readonly #service: AnnounceService
  readonly #metrics: TrackerMetrics

  constructor(service: AnnounceService, metrics: TrackerMetrics) {
    this.#service = service
    this.#metrics = metrics
  }

  /**
   * The answer to an announce of `host`. A peer is listed where it was seen: `ip` in the query is passed over, or anyone
   * could send others wherever it likes.
   *
   * @throws ShoalError as the store does
   */
  announce(query: string, host: string): Awaitable<BencodedAnswer> {
    const address = parseAddress(host)
    if (address === undefined || !this.#service.admits(host)) return this.#limit('announce')
    const request = httpCodec.announce.decodeQuery(query)
    if (typeof request === 'string') return this.#refuseMalformed('announce', request)
    const outcome = this.#outcomeOf(request, request, address)
    return outcome instanceof Promise
      ? outcome.then((late) => this.#answer(late, request))
      : this.#answer(outcome, request)
  }

  /** The answer to a scrape of `host`. @throws ShoalError as the store does */
  async scrape(query: string, host: string): Promise<BencodedAnswer> {
    if (!this.#service.admits(host)) return this.#limit('scrape')
    const infoHashes = httpCodec.scrape.decodeQuery(query)
    if (infoHashes === undefined) return this.#refuseMalformed('scrape', 'info_hash')
    const entries = await this.#service.scrape(infoHashes)
    this.#metrics.count('http', 'scrape', 'answered')
    const scraped = entries.map((entry, index) => [infoHashes[index] ?? new Uint8Array(20), entry] as const)
    return { status: 200, body: httpCodec.scrape.encodeResponse(scraped) }
  }

  #limit(kind: 'announce' | 'scrape'): BencodedAnswer {
    this.#metrics.count('http', kind, 'limited')
    return tooMany()
  }

  #refuseMalformed(kind: 'announce' | 'scrape', parameter: string): BencodedAnswer {
    this.#metrics.count('http', kind, 'refused')
    return malformed(`${parameter} is missing or malformed`)
  }

  #outcomeOf(request: AnnounceRequest, form: AnswerForm, address: Uint8Array): Awaitable<AnnounceOutcome> {
    const { infoHash, peerId, port, event, wanted, left } = request
    const withPeerIds = !form.isCompact && !form.withoutPeerIds
    const isComplete = left === 0
    return this.#service.announce({
      infoHash,
      peerId,
      address,
      port,
      isComplete,
      event,
      wanted,
      families: 'both',
      withPeerIds,
    })
  }

  #answer(outcome: AnnounceOutcome, form: AnswerForm): BencodedAnswer {
    this.#metrics.count('http', 'announce', outcome.kind === 'refused' ? 'refused' : 'answered')
    if (outcome.kind === 'refused') return refuse(outcome.reason, outcome.isPassing)
    const { swarm, interval } = outcome
    const { seeders, leechers, ipv4, ipv6, peerIds } = swarm
    const minInterval = Math.ceil(interval / 2)
    const warning = swarm.isListed
      ? undefined
      : 'the tracker has no room left: others are not told of this peer'
    const answer = { interval, minInterval, seeders, leechers, ipv4, ipv6, peerIds, warning }
    return { status: 200, body: encodeHttpAnnounced(answer, form) }
  }
}
