import { randomBytes } from 'node:crypto'
import type { Endpoint } from '../protocol/ids.js'
import { MAX_MESSAGE, MAX_METAINFO_MESSAGE } from '../protocol/limits.js'
import { asObject, type JsonObject } from '../protocol/json/fields.js'
import { Ret } from '../protocol/json/op.js'
import { SIP_KEY_BYTES } from '../protocol/sipHash.js'
import type { Logger } from '../support/log.js'
import { serveJson, type Answer, type Caller, type JsonServiceOptions } from '../transport/jsonService.js'
import type { ListenOptions } from '../transport/listener.js'
import { MessageRoom } from '../transport/messageRoom.js'
import { messageLine } from '../support/messageLine.js'
import { AnnounceService } from './announce/announceService.js'
import { ConnectionIds } from './announce/connectionIds.js'
import { HttpAnnounces } from './announce/http.js'
import { UdpService } from './announce/udp.js'
import { openPort } from './port.js'
import { RateLimit } from './rateLimit.js'
import { TrackerService } from './service.js'
import { MemoryStore } from './store/memory.js'
import type { StoreCounts, TrackerStore } from './store/store.js'
import { WebServer } from './web/webServer.js'
import { Tuning, type TuningOptions } from './tuning.js'

/** Large uploads under way at once, from all peers: 8 of the largest. */
const UPLOAD_ROOM = 8 * MAX_METAINFO_MESSAGE

/** How a tracker is started. */
export interface TrackerOptions extends TuningOptions {
  /** `::` listens on both address families. */
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Whether any free port will do where `port` is taken. */
  readonly anyPortIfTaken?: boolean
  /** Whether peers are listed at the address that they declare rather than the one they come from. */
  readonly trustDeclared?: boolean
  readonly logger: Logger
  /** Default: in memory. Closed when the tracker stops. */
  readonly store?: TrackerStore
  /** Milliseconds, never going back; for tests. */
  readonly now?: () => number
}

export interface TrackerStats extends StoreCounts {
  readonly connections: number
  /** Requests answered since the start, refused ones included. */
  readonly requests: number
}

/** A running tracker. */
export interface Tracker {
  /** Where it listens, with the port that was taken. */
  readonly endpoint: Endpoint
  stats(): Promise<TrackerStats>
  /** Lets answers under way leave, closes the port and the store. */
  stop(): Promise<void>
}

const limitOf = (request: JsonObject): number =>
  request.METAINFO === undefined ? MAX_MESSAGE : MAX_METAINFO_MESSAGE

const logMessage =
  (logger: Logger): NonNullable<JsonServiceOptions['onMessage']> =>
  (direction: 'received' | 'sent', message: Answer, caller: Caller) => {
    const other = `${caller.host} port ${caller.port}`
    logger.debug(() => `${direction === 'sent' ? 'to' : 'from'} ${other}: ${messageLine(message)}`)
    const answer = direction === 'sent' ? asObject(message) : undefined
    if (answer?.RET_CODE !== Ret.BAD_REQUEST) return
    logger.info(() => `refused a request from ${other} -> ${Ret.BAD_REQUEST} ${String(answer.ERROR)}`)
  }

const logDefect =
  (logger: Logger) =>
  (error: unknown): void =>
    logger.error(() => `a request failed: ${(error as Error).stack ?? String(error)}`)

const listenOptions = (options: TrackerOptions, service: TrackerService, web: WebServer): ListenOptions => {
  const { logger } = options
  const json: JsonServiceOptions = {
    maxRequest: MAX_METAINFO_MESSAGE,
    limitOf,
    room: new MessageRoom(UPLOAD_ROOM),
    handle: (request, caller) => service.handle(request, caller.host),
    onDefect: logDefect(logger),
    onMessage: logMessage(logger),
  }
  return {
    host: options.host,
    port: options.port,
    anyPortIfTaken: options.anyPortIfTaken ?? false,
    connectionsPerAddress: options.connectionsPerAddress,
    handlers: { json: (socket) => serveJson(socket, json), http: (socket) => web.serve(socket) },
    onRefused: (host, why) => logger.info(() => `refused a connection from ${host}: ${why}`),
  }
}

/**
 * Starts a tracker of the JSON protocol.
 *
 * @throws ShoalError ADDRESS_IN_USE
 */
export const startTracker = async (options: TrackerOptions): Promise<Tracker> => {
  const store = options.store ?? new MemoryStore()
  const { logger, now = () => performance.now() } = options
  const tuning = new Tuning(options)
  const rate = new RateLimit(() => tuning.requestsPerSecond)
  const trustDeclared = options.trustDeclared ?? false
  const service = new TrackerService({ store, tuning, rate, trustDeclared, logger, now })
  const announces = new AnnounceService({ store, tuning, rate, lists: { refusalOf: () => undefined }, now })
  const udp = new UdpService({
    service: announces,
    ids: new ConnectionIds(randomBytes(SIP_KEY_BYTES)),
    now,
    onEvent: () => undefined,
    onDefect: logDefect(logger),
    isOverloaded: () => false,
  })
  const web = new WebServer({
    announces: new HttpAnnounces(announces),
    routes: [],
    upgrade: (_message, socket) => void socket.destroy(),
    onDefect: logDefect(logger),
    isOverloaded: () => false,
  })
  const port = await openPort(listenOptions(options, service, web), udp.receive)
  return {
    endpoint: port.endpoint,
    stats: async () => ({
      ...(await service.counts()),
      connections: port.connections,
      requests: service.requests,
    }),
    stop: async () => {
      await port.close()
      await store.close()
    },
  }
}
