import type { Departure } from '../../engine/swarm/effect.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { decodeChunk, decodePeers, decodeState } from '../../protocol/json/peerAnswer.js'
import {
  chunkRequests,
  encodePeerRequest,
  type Asker,
  type TorrentName,
} from '../../protocol/json/request.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { base64, decodeInto } from '../../transport/base64.js'
import { ConnectionLost, JsonConnection, type JsonConnectionOptions } from '../../transport/jsonConnection.js'
import type { DialPlan } from '../security/peerSecurity.js'
import type { Arrival, LinkEvents, PeerLink } from './link.js'

/** Milliseconds for a connection to stand and for each answer. */
const ANSWER_TIME = 15_000

/** Bytes of the largest honest answer: 1,000 peers in a list are 144 KB, or the bit field in base64, with room for the rest. */
const maxAnswerOf = (chunks: number): number => 256 * 1024 + 4 * Math.ceil(chunks / 24)

export interface JsonLinkOptions {
  readonly endpoint: Endpoint
  readonly torrent: TorrentName
  /** Chunks of the torrent. */
  readonly chunks: number
  readonly asker: Asker
  /** Whether it is dialled inside TLS, and whom it must prove to be. */
  readonly plan: DialPlan
  /** Whether the hash of a chunk is certain already, so that no proof is asked for. */
  readonly isCertain: (chunk: number) => boolean
  readonly events: LinkEvents
  readonly onMessage?: JsonConnectionOptions['onMessage']
}

/** A request that waits for its turn or its answer. */
interface Ask {
  readonly message: () => JsonObject | string
  readonly deliver: (answer: JsonObject) => void
  /** Whether the connection failed before this very request was answered once already. */
  attempts: number
  readonly isInterest: boolean
}

/**
 * The JSON protocol as the asking side. Peers that say how many requests they take get as many at once on one
 * connection; others one at a time, on a new connection each where they close after an answer.
 *
 * Invariant: a request that met a closed connection is sent once more on a new one, and no further.
 */
export class JsonLink implements PeerLink {
  readonly wire = 'json'
  readonly #options: JsonLinkOptions
  readonly #waiting: Ask[] = []
  /** The data of each chunk in turn: what is received is looked at and copied before the next comes. */
  readonly #data = Buffer.allocUnsafeSlow(CHUNK_SIZE)
  readonly #chunkRequest: (chunk: number, withProof: boolean) => string
  readonly #underWay = new Set<Ask>()
  #connection: JsonConnection | undefined
  #isOpening = false
  #limit = 1
  /** The peer never answered STATUS_INTERESTED: a simple one that knows only GET_CHUNK. */
  #knowsNoInterest = false
  #isOver = false

  constructor(options: JsonLinkOptions) {
    this.#options = options
    this.#chunkRequest = chunkRequests(options.asker, options.torrent)
  }

  get arrival(): Arrival | undefined {
    const isSecure = this.#options.plan.kind === 'secure'
    return this.#connection?.isOpen === true ? { isDialled: true, detour: undefined, isSecure } : undefined
  }

  interest(): void {
    if (this.#knowsNoInterest) return this.#assumeEverything()
    const { asker, torrent } = this.#options
    const message = () => encodePeerRequest({ op: 'STATUS_INTERESTED', asker, torrent })
    this.#ask({ message, deliver: (answer) => this.#readState(answer), attempts: 0, isInterest: true })
  }

  disinterest(): void {
    // Peers of the JSON protocol are interested in as long as they are connected to.
  }

  request(chunks: readonly number[]): void {
    for (const chunk of chunks) this.#waiting.push(this.#chunkAsk(chunk))
    this.#pump()
  }

  cancel(): void {
    // The JSON protocol has no way to say so.
  }

  findPeers(): void {
    const { asker, torrent, events } = this.#options
    const message = () => encodePeerRequest({ op: 'GET_PEERS', asker, torrent })
    const deliver = (answer: JsonObject): void => events.peers([...decodePeers(answer).values()])
    if (!this.#knowsNoInterest) this.#ask({ message, deliver, attempts: 0, isInterest: false })
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { asker, torrent } = this.#options
    const connection = this.#connection
    if (connection === undefined || !connection.isOpen || this.#knowsNoInterest) return connection?.close()
    const bye = encodePeerRequest({ op: 'STATUS_UNINTERESTED', asker, torrent })
    connection
      .request(bye)
      .catch(() => undefined)
      .finally(() => connection.close())
  }

  #chunkAsk(chunk: number): Ask {
    const message = () => this.#chunkRequest(chunk, !this.#options.isCertain(chunk))
    return { message, deliver: (answer) => this.#readChunk(chunk, answer), attempts: 0, isInterest: false }
  }

  #ask(ask: Ask): void {
    this.#waiting.push(ask)
    this.#pump()
  }

  /** Sends what may be sent, on a connection that it makes where there is none. */
  #pump(): void {
    if (this.#isOver || this.#isOpening || this.#waiting.length === 0) return
    if (this.#connection?.isOpen !== true) return void this.#open()
    while (this.#underWay.size < this.#limit) {
      const ask = this.#waiting.shift()
      if (ask === undefined) return
      this.#send(ask, this.#connection)
    }
  }

  async #open(): Promise<void> {
    this.#isOpening = true
    const { endpoint, onMessage, plan } = this.#options
    try {
      if (plan.kind === 'refused') throw new ConnectionLost('stranger', 'it showed another key than is meant')
      const connection = await JsonConnection.open(endpoint, {
        timeout: ANSWER_TIME,
        maxAnswer: maxAnswerOf(this.#options.chunks),
        ...(plan.kind === 'secure' && { secure: plan.secure }),
        ...(onMessage && { onMessage }),
      })
      if (this.#isOver) return connection.close()
      this.#connection = connection
      this.#isOpening = false
      this.#pump()
    } catch (error) {
      this.#isOpening = false
      this.#lose(error instanceof ConnectionLost ? error.kind : 'unreachable', (error as Error).message)
    }
  }

  #send(ask: Ask, connection: JsonConnection): void {
    this.#underWay.add(ask)
    connection.request(ask.message()).then(
      (answer) => {
        this.#underWay.delete(ask)
        if (!this.#isOver) ask.deliver(answer)
        this.#pump()
      },
      (error: unknown) => this.#retry(ask, error),
    )
  }

  #retry(ask: Ask, error: unknown): void {
    this.#underWay.delete(ask)
    if (this.#isOver) return
    const kind = error instanceof ConnectionLost ? error.kind : 'closed'
    if (ask.isInterest && (kind === 'stalled' || (kind === 'closed' && ask.attempts > 0))) {
      this.#knowsNoInterest = true
      this.#assumeEverything()
    } else if (kind === 'closed' && ask.attempts === 0) {
      ask.attempts++
      this.#waiting.unshift(ask)
    } else return this.#lose(kind, (error as Error).message)
    this.#pump()
  }

  #readState(answer: JsonObject): void {
    const { chunks, events } = this.#options
    const state = decodeState(answer, chunks, base64)
    if (state === 'unknownTorrent') return this.#lose('closed', 'it does not have this torrent')
    if (state === 'malformed') return this.#lose('garbage', 'its bit field does not fit the torrent')
    this.#limit = state.requests
    events.state({ isChoking: state.isChoking, has: state.has, limit: state.requests })
  }

  #assumeEverything(): void {
    this.#options.events.state({ isChoking: false, has: undefined, limit: 1 })
  }

  #readChunk(chunk: number, answer: JsonObject): void {
    const { events } = this.#options
    const read = decodeChunk(answer, chunk, base64, (text) => decodeInto(this.#data, text))
    if (read === 'malformed') return this.#lose('garbage', 'an answer to GET_CHUNK is malformed')
    if (typeof read === 'string') return events.refused(chunk, read)
    events.chunk(chunk, read.data, read.proof)
  }

  #lose(reason: Departure, detail: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#connection?.close()
    this.#options.events.lost(reason, detail)
  }
}
