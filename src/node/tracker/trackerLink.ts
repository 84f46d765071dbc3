import { JsonTracker } from '../../discovery/jsonTracker.js'
import { ShoalError, type ErrorCode } from '../../protocol/errors.js'
import { formatTrackerAddress, type TrackerAddress } from '../../protocol/trackerAddress.js'
import { retOf } from '../../protocol/json/answer.js'
import { asCount, asString, type JsonObject } from '../../protocol/json/fields.js'
import { opName } from '../../protocol/json/op.js'
import { encodeTrackerRequest, type Sender, type TrackerRequest } from '../../protocol/json/request.js'
import type { Logger } from '../../support/log.js'
import { messageLine } from '../../support/messageLine.js'
import { base64 } from '../../transport/base64.js'
import type { CertifiedKey } from '../../support/tls/selfSigned.js'
import { ConnectionLost, JsonConnection, requestOnce, type Loss } from '../../transport/jsonConnection.js'
import type { ServerDialling } from '../../transport/secure/dialServer.js'

/** Milliseconds for a connection to a tracker and for its answer. */
const ANSWER_TIME = 10_000

/** One tracker as this peer knows it. */
export class TrackerLink {
  readonly endpoint: TrackerAddress
  /** Its address as a key. */
  readonly key: string
  readonly tracker: JsonTracker
  /** Whether it answered when it was last asked; undefined: it was not asked yet. */
  isReachable: boolean | undefined
  /** This peer, as the tracker is told of it. */
  readonly sender: Sender
  readonly #logger: Logger
  readonly #secure: ServerDialling | undefined

  /** An address as a key. */
  static keyOf({ host, port, tls }: TrackerAddress): string {
    return formatTrackerAddress({ host, port, tls: tls && { fingerprint: undefined } })
  }

  constructor(endpoint: TrackerAddress, sender: Sender, logger: Logger, identity: CertifiedKey) {
    this.endpoint = endpoint
    this.key = TrackerLink.keyOf(endpoint)
    this.#logger = logger
    const { host: name, tls } = endpoint
    this.#secure = tls && { identity, name, pin: tls.fingerprint }
    this.sender = sender
    this.tracker = new JsonTracker({ sender, base64, ask: (request) => this.#ask(request) })
  }

  /** @throws ShoalError TRACKER_UNREACHABLE, TRACKER_UNTRUSTED, TRACKER_ANSWER_INVALID */
  ask(request: TrackerRequest): Promise<JsonObject> {
    return this.#ask(encodeTrackerRequest(request, base64))
  }

  /** A connection on which more than one request may be sent, or a request whose answer takes long. @throws ConnectionLost */
  open(options: {
    readonly host: string
    readonly timeout: number
    readonly localAddress?: string
  }): Promise<JsonConnection> {
    const { host, ...rest } = options
    return JsonConnection.open(
      { host, port: this.endpoint.port },
      { ...rest, secure: this.#secure, onMessage: this.#onMessage },
    )
  }

  readonly #onMessage = (direction: string, message: JsonObject | string): void =>
    this.#logger.debug(() => `${direction} tracker ${this.key} ${messageLine(message)}`)

  async #ask(request: JsonObject): Promise<JsonObject> {
    const options = { timeout: ANSWER_TIME, secure: this.#secure, onMessage: this.#onMessage }
    try {
      const answer = await requestOnce(this.endpoint, request, options)
      this.isReachable = true
      this.#logger.info(
        () => `Tracker ${this.key} answered ${saidOf(request)} with ${retOf(answer) ?? 'nonsense'}`,
      )
      return answer
    } catch (error) {
      this.isReachable = false
      const code = (error instanceof ConnectionLost && CODES[error.kind]) || 'TRACKER_UNREACHABLE'
      throw new ShoalError(code, `tracker ${this.key}: ${(error as Error).message}`, { cause: error })
    }
  }
}

/** Of what else can happen than that a tracker is not reached. */
const CODES: Partial<Record<Loss, ErrorCode>> = {
  garbage: 'TRACKER_ANSWER_INVALID',
  stranger: 'TRACKER_UNTRUSTED',
}

/** A request in short. */
const saidOf = (request: JsonObject): string => {
  const about = asCount(request.TORRENT_ID) ?? asString(request.FILE_NAME)
  return `${opName(request.OP_CODE) ?? 'a request'}${about === undefined ? '' : ` ${about}`}`
}
