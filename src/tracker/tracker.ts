import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import { MAX_MESSAGE, MAX_METAINFO_MESSAGE } from '../protocol/limits.js'
import { asObject, type JsonObject } from '../protocol/json/fields.js'
import { Ret } from '../protocol/json/op.js'
import type { Logger } from '../support/log.js'
import { serveJson, type Answer, type Caller, type JsonServiceOptions } from '../transport/jsonService.js'
import { listen, type Listener } from '../transport/listener.js'
import { MessageRoom } from '../transport/messageRoom.js'
import { messageLine } from '../support/messageLine.js'
import { TrackerService } from './service.js'
import { MemoryStore } from './store/memory.js'
import type { StoreCounts, TrackerStore } from './store/store.js'

/** Large uploads under way at once, from all peers: 8 of the largest. */
const UPLOAD_ROOM = 8 * MAX_METAINFO_MESSAGE

/** Seconds between two announces of a peer. */
const DEFAULT_INTERVAL = 120

/** How a tracker is started. */
export interface TrackerOptions {
  /** `::` listens on both address families. */
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Whether any free port will do where `port` is taken. */
  readonly anyPortIfTaken?: boolean
  /** Seconds between two announces of a peer; one not heard from for 2.5 of them is dropped. */
  readonly interval?: number
  /** Whether peers are listed at the address that they declare rather than the one they come from. */
  readonly trustDeclared?: boolean
  /** Of one address. Loopback is exempt unless this is set. */
  readonly requestsPerSecond?: number
  /** Loopback is exempt unless this is set. */
  readonly connectionsPerAddress?: number
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

/** What the catalogue knows is no defect of this program. */
const logDefect =
  (logger: Logger) =>
  (error: unknown): void => {
    if (error instanceof ShoalError) logger.warn(`a request failed: ${error.message}`)
    else logger.error(() => `a request failed: ${(error as Error).stack ?? String(error)}`)
  }

const openPort = (options: TrackerOptions, service: TrackerService): Promise<Listener> => {
  const { logger } = options
  const json: JsonServiceOptions = {
    maxRequest: MAX_METAINFO_MESSAGE,
    limitOf,
    room: new MessageRoom(UPLOAD_ROOM),
    handle: (request, caller) => service.handle(request, caller.host),
    onDefect: logDefect(logger),
    onMessage: logMessage(logger),
  }
  return listen({
    host: options.host,
    port: options.port,
    anyPortIfTaken: options.anyPortIfTaken ?? false,
    connectionsPerAddress: options.connectionsPerAddress,
    handlers: { json: (socket) => serveJson(socket, json) },
    onRefused: (host, why) => logger.info(() => `refused a connection from ${host}: ${why}`),
  })
}

/**
 * Starts a tracker of the JSON protocol.
 *
 * @throws ShoalError ADDRESS_IN_USE
 */
export const startTracker = async (options: TrackerOptions): Promise<Tracker> => {
  const store = options.store ?? new MemoryStore()
  const service = new TrackerService({
    store,
    interval: options.interval ?? DEFAULT_INTERVAL,
    trustDeclared: options.trustDeclared ?? false,
    requestsPerSecond: options.requestsPerSecond,
    logger: options.logger,
    now: options.now ?? (() => performance.now()),
  })
  const listener = await openPort(options, service)
  return {
    endpoint: listener.endpoint,
    stats: async () => ({
      ...(await service.counts()),
      connections: listener.connections,
      requests: service.requests,
    }),
    stop: async () => {
      await listener.close()
      await store.close()
    },
  }
}
