import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import {
  ActionDocument,
  ErrorDocument,
  PeersDocument,
  StatusDocument,
  TransferDetails,
  TransferDocument,
  type GetRequest,
  type ShareRequest,
} from './contract.js'
import { exchange, type Answer, type Question, type Service } from './exchange.js'
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

const torrentPath = (id: string, more = ''): string => `/api/torrents/${encodeURIComponent(id)}${more}`

/** The HTTP API of a running peer, asked from another process. */
export class ApiClient {
  readonly #service: Service

  constructor(service: Service) {
    this.#service = service
  }

  get endpoint(): Endpoint {
    return this.#service.endpoint
  }

  /** What the peer is doing. @throws ShoalError PEER_NOT_RUNNING, UNAUTHORIZED */
  status(time = ASK_TIME): Promise<StatusDocument> {
    return this.#ask(StatusDocument, { method: 'GET', path: '/api/status', time })
  }

  /** Who has what of a torrent. @throws ShoalError PEER_NOT_RUNNING, TRANSFER_NOT_FOUND, UNAUTHORIZED */
  peers(id: string): Promise<PeersDocument> {
    return this.#ask(PeersDocument, { method: 'GET', path: torrentPath(id, '/peers'), time: ASK_TIME })
  }

  /** Stops a torrent; resolves once its tracker was told. @throws ShoalError PEER_NOT_RUNNING, TRANSFER_NOT_FOUND, UNAUTHORIZED */
  stop(id: string): Promise<ActionDocument> {
    return this.#ask(ActionDocument, { method: 'POST', path: torrentPath(id, '/stop'), time: STOP_TIME })
  }

  /** @throws ShoalError PEER_NOT_RUNNING, TRANSFER_NOT_FOUND, UNAUTHORIZED */
  torrent(id: string): Promise<TransferDetails> {
    return this.#ask(TransferDetails, { method: 'GET', path: torrentPath(id), time: ASK_TIME })
  }

  /** Has the peer share a path of its machine: it is listed at once, and hashed. @throws ShoalError */
  share(document: ShareRequest): Promise<TransferDocument> {
    return this.#ask(TransferDocument, { method: 'POST', path: '/api/shares', document, time: ASK_TIME })
  }

  /** Has the peer fetch a torrent by id, magnet link or URL: it is listed at once. @throws ShoalError */
  get(document: GetRequest): Promise<TransferDocument> {
    return this.#ask(TransferDocument, { method: 'POST', path: '/api/torrents', document, time: ASK_TIME })
  }

  /** Has the peer fetch what a .torrent describes. @throws ShoalError */
  getMetainfo(metainfo: Uint8Array, query: URLSearchParams): Promise<TransferDocument> {
    const path = `/api/torrents/metainfo?${query.toString()}`
    return this.#ask(TransferDocument, { method: 'POST', path, metainfo, time: STOP_TIME })
  }

  async #ask<Schema extends TSchema>(schema: Schema, question: Question): Promise<Static<Schema>> {
    const answer = await exchange(this.#service, question).catch((error: unknown) => this.#absent(error))
    if (!isSuccess(answer)) throw this.#problemOf(answer)
    return this.#read(schema, answer.document)
  }

  #problemOf({ document }: Answer): ShoalError {
    const { code, detail } = this.#read(ErrorDocument, document)
    return new ShoalError(code, detail)
  }

  /** Whoever listens at an address need not be a Shoal peer, nor one of this version. */
  #read<Schema extends TSchema>(schema: Schema, document: unknown): Static<Schema> {
    if (Check(schema, document)) return document
    return this.#absent(new Error('the document is another'))
  }

  #absent(cause: unknown): never {
    const { endpoint, fingerprint } = this.#service
    throw new ShoalError(
      'PEER_NOT_RUNNING',
      `No running peer answers at ${urlOf(endpoint, fingerprint === undefined ? 'http' : 'https')}: ${whyAbsent(cause)}`,
      { cause },
    )
  }
}
