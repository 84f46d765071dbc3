import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import type { PeersDocument, StatusDocument, StopDocument } from './contract.js'
import { exchange, type Answer } from './exchange.js'
import { parseError, parsePeers, parseStatus, parseStop } from './parse.js'
import { urlOf } from './url.js'

/** How long a question may take, and a stop, which tells a tracker that may be slow; milliseconds. */
const ASK_TIME = 5_000
const STOP_TIME = 60_000

/** Why there is no answer, in words. */
const whyAbsent = (cause: unknown): string => {
  const { code, name } = cause as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'ABORT_ERR' || name === 'TimeoutError') return 'it does not answer in time'
  return `what answers is no Shoal peer of this version (${(cause as Error).message})`
}

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300

/** The HTTP API of a running peer, asked from another process. */
export class ApiClient {
  readonly endpoint: Endpoint

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  /** What the peer is doing. @throws ShoalError PEER_NOT_RUNNING */
  status(time = ASK_TIME): Promise<StatusDocument> {
    return this.#ask('GET', '/api/status', parseStatus, time)
  }

  /** Who has what of a torrent. @throws ShoalError PEER_NOT_RUNNING, TRANSFER_NOT_FOUND */
  peers(id: string): Promise<PeersDocument> {
    return this.#ask('GET', `/api/torrents/${encodeURIComponent(id)}/peers`, parsePeers, ASK_TIME)
  }

  /** Stops a torrent; resolves once its tracker was told. @throws ShoalError PEER_NOT_RUNNING, TRANSFER_NOT_FOUND */
  stop(id: string): Promise<StopDocument> {
    return this.#ask('POST', `/api/torrents/${encodeURIComponent(id)}/stop`, parseStop, STOP_TIME)
  }

  async #ask<Document>(
    method: 'GET' | 'POST',
    path: string,
    parse: (value: unknown) => Document,
    time: number,
  ): Promise<Document> {
    const answer = await exchange(this.endpoint, method, path, time).catch((error: unknown) =>
      this.#absent(error),
    )
    if (!isSuccess(answer)) throw this.#problemOf(answer)
    return this.#read(() => parse(answer.document))
  }

  #problemOf({ document }: Answer): ShoalError {
    const { code, detail } = this.#read(() => parseError(document))
    return new ShoalError(code, detail)
  }

  #read<Document>(parse: () => Document): Document {
    try {
      return parse()
    } catch (error) {
      return this.#absent(error)
    }
  }

  #absent(cause: unknown): never {
    throw new ShoalError(
      'PEER_NOT_RUNNING',
      `No running peer answers at ${urlOf(this.endpoint)}: ${whyAbsent(cause)}`,
      { cause },
    )
  }
}
