import { randomBytes, X509Certificate } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import { SIP_KEY_BYTES } from '../protocol/sipHash.js'
import type { Logger } from '../support/log.js'
import { fingerprintOfKey } from '../support/tls/ownKey.js'
import type { CertifiedKey } from '../support/tls/selfSigned.js'
import { WebPages } from '../support/webPages.js'
import type { ListenOptions } from '../transport/listener.js'
import { secureHandler } from '../transport/secure/acceptSecure.js'
import { AnnounceService } from './announce/announceService.js'
import { ConnectionIds } from './announce/connectionIds.js'
import { HttpAnnounces } from './announce/http.js'
import { UdpService } from './announce/udp.js'
import { WebSocketService } from './announce/webSocket.js'
import { hashes } from './hashes.js'
import { FileLists, type ListFiles } from './infoHashLists.js'
import { jsonPort } from './jsonPort.js'
import { renderMetrics, TrackerMetrics, type RequestCount } from './metrics.js'
import { openPort, type Port } from './port.js'
import { RateLimit } from './rateLimit.js'
import { Reach } from './reach/reach.js'
import { TrackerService } from './service.js'
import type { TrackerStats } from './stats.js'
import { MemoryStore } from './store/memory.js'
import type { TrackerMode, TrackerStore } from './store/store.js'
import { Strain } from './strain.js'
import { Tuning, type TuningOptions } from './tuning.js'
import { pageRoutes } from './web/routes/page.js'
import { torrentRoutes } from './web/routes/torrents.js'
import { watchRoutes } from './web/routes/watch.js'
import { WebServer } from './web/webServer.js'
import { WebSocketPort } from './web/webSocketPort.js'

/** How a tracker is started. */
export interface TrackerOptions extends TuningOptions {
  /** `::` listens on both address families. */
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Whether any free port will do where `port` is taken. */
  readonly anyPortIfTaken?: boolean
  /** Whether peers of the JSON protocol are listed at the address that they declare rather than the one they come from. */
  readonly trustDeclared?: boolean
  /** Files of info-hashes, one a line. */
  readonly lists?: ListFiles
  /** Where clients reach the tracker, as .torrents and magnet links are to say; default: as the client says. */
  readonly publicUrl?: URL
  /** What a request must carry that removes a torrent; default: programs of this machine may. */
  readonly adminToken?: string
  /** Shared by trackers among which datagrams are spread, so that each takes the connection ids of the others. */
  readonly udpSecret?: string
  /** Addresses of proxies that say for whom they connect (PROXY protocol, version 1). */
  readonly proxies?: readonly string[]
  /** Bytes of objects and buffers beyond which no further peers are taken. */
  readonly maxMemory?: number
  /** Connections between peers that it carries where they have no other way; 0: none. */
  readonly maxRelayed?: number
  /** Bytes a second of all of them. */
  readonly relayRate?: number
  /** What it proves itself with over TLS; undefined: it speaks none. */
  readonly identity?: CertifiedKey | undefined
  /** Where the built web page is; default: there is none. */
  readonly pages?: string
  /** Of Shoal, as the page shows it. */
  readonly version?: string
  /** Milliseconds that /ready says no before connections are closed. */
  readonly drainTime?: number
  readonly logger: Logger
  /** Of the store in memory. Default: catalog. */
  readonly mode?: TrackerMode
  /** Default: in memory. Closed when the tracker stops. */
  readonly store?: TrackerStore
  /** Milliseconds, never going back; for tests. */
  readonly now?: () => number
}

/** Connections that a tracker carries at once, and their bytes a second: enough to begin with, and little of its uplink. */
const MAX_RELAYED = 64
const RELAY_RATE = 2 * 1024 * 1024

export type { TrackerStats } from './stats.js'

/** A running tracker. */
export interface Tracker {
  /** Where it listens, with the port that was taken. */
  readonly endpoint: Endpoint
  /** SHA-256 of its public key, by which it is known over TLS. */
  readonly fingerprint: string | undefined
  stats(): Promise<TrackerStats>
  /** Goes on with other settings, if there are any, and reads the lists again. */
  reload(options: TuningOptions | undefined): Promise<void>
  /** Says on /ready that it goes, lets answers under way leave, closes the port and the store. */
  stop(): Promise<void>
}

/** What the catalogue knows is no defect of this program. */
const logDefect =
  (logger: Logger) =>
  (error: unknown): void => {
    if (error instanceof ShoalError) logger.warn(`a request failed: ${error.message}`)
    else logger.error(() => `a request failed: ${(error as Error).stack ?? String(error)}`)
  }

const keyOf = (secret: string | undefined): Uint8Array =>
  secret === undefined
    ? randomBytes(SIP_KEY_BYTES)
    : hashes.sha256(Buffer.from(secret)).subarray(0, SIP_KEY_BYTES)

/** The parts of a tracker that do not listen. */
class Parts {
  readonly now: () => number
  readonly onDefect: (error: unknown) => void
  readonly store: TrackerStore
  readonly tuning: Tuning
  readonly strain: Strain
  readonly metrics = new TrackerMetrics()
  readonly reach: Reach
  readonly json: TrackerService
  readonly http: HttpAnnounces
  readonly udp: UdpService
  readonly webSocket: WebSocketService
  readonly #options: TrackerOptions

  constructor(options: TrackerOptions, lists: FileLists) {
    const { logger } = options
    const { metrics } = this
    this.#options = options
    this.now = options.now ?? (() => performance.now())
    this.onDefect = logDefect(logger)
    this.store = options.store ?? new MemoryStore({ mode: options.mode ?? 'catalog' })
    this.tuning = new Tuning(options)
    this.strain = new Strain({ maxMemory: options.maxMemory })
    const { now, store, tuning, strain, onDefect } = this
    const rate = new RateLimit(() => tuning.requestsPerSecond)
    const { maxRelayed = MAX_RELAYED, relayRate = RELAY_RATE } = options
    const reach = new Reach({ maxRelayed, relayRate, now })
    this.reach = reach
    const trustDeclared = options.trustDeclared ?? false
    const service = new AnnounceService({ store, tuning, rate, lists, now, strain })
    this.json = new TrackerService({
      store,
      tuning,
      rate,
      trustDeclared,
      reach,
      logger,
      now,
      lists,
      strain,
      metrics,
    })
    this.http = new HttpAnnounces(service, metrics)
    this.udp = new UdpService({
      service,
      ids: new ConnectionIds(keyOf(options.udpSecret)),
      metrics,
      strain,
      onDefect,
    })
    this.webSocket = new WebSocketService({ service, random: Math.random, metrics })
  }

  /** Serves what is HTTP or begins with it. */
  webServer(
    stats: () => Promise<TrackerStats>,
    unready: () => string | undefined,
    pages: WebPages,
  ): WebServer {
    const { store, onDefect, metrics, strain } = this
    const { publicUrl, adminToken, logger, maxMemory, version = '' } = this.#options
    const onRemoved = (torrentId: number, host: string): void =>
      logger.info(() => `removed torrent ${torrentId}, as asked from ${host}`)
    const watched = { stats, unready, renderMetrics: (seen: TrackerStats) => renderMetrics(seen, metrics) }
    const requests = (): readonly RequestCount[] => metrics.counts
    return new WebServer({
      announces: this.http,
      routes: [
        ...watchRoutes(watched),
        ...torrentRoutes({ store, publicUrl, adminToken, onRemoved }),
        ...pageRoutes({ stats, requests, pages, version, maxMemory }),
      ],
      upgrade: new WebSocketPort({ service: this.webSocket, onDefect }).upgrade,
      onDefect,
      strain,
    })
  }

  async stats(port: Port): Promise<TrackerStats> {
    const { delay, isOverloaded, isMemoryFull } = this.strain
    return {
      ...(await this.json.counts()),
      connections: port.connections,
      requests: this.json.requests,
      webSocketPeers: this.webSocket.peers,
      waiting: this.reach.presence.size,
      relay: this.reach.relay,
      delay,
      isOverloaded,
      isMemoryFull,
    }
  }
}

type Handlers = ListenOptions['handlers']

/** The same inside TLS, where there is something to speak it with. */
const handlersOf = (
  handlers: Handlers,
  identity: CertifiedKey | undefined,
  onRefused: (host: string, why: string) => void,
): Handlers =>
  identity === undefined
    ? handlers
    : { ...handlers, tls: secureHandler({ identity, isOpen: true, handlers, onRefused }) }

/**
 * Starts a tracker: on one port number the JSON protocol, HTTP and WebSocket by the first bytes of a connection, the same
 * inside TLS, and UDP.
 *
 * @throws ShoalError ADDRESS_IN_USE, CONFIG_INVALID where a list cannot be read
 */
export const startTracker = async (options: TrackerOptions): Promise<Tracker> => {
  const { logger } = options
  const lists = await FileLists.open(options.lists ?? { allow: undefined, deny: undefined }, logger)
  const parts = new Parts(options, lists)
  let leaving: string | undefined
  const stats = (): Promise<TrackerStats> => parts.stats(port)
  const pages = await WebPages.open(options.pages)
  const web = parts.webServer(stats, () => leaving, pages)
  const rest = (): void => {
    lists.close()
    parts.strain.stop()
  }
  const onRefused = (host: string, why: string): void =>
    logger.info(() => `refused a connection from ${host}: ${why}`)
  const listenOptions = {
    host: options.host,
    port: options.port,
    anyPortIfTaken: options.anyPortIfTaken ?? false,
    connectionsPerAddress: () => parts.tuning.connectionsPerAddress,
    isProxy: (host: string) => options.proxies?.includes(host) === true,
    handlers: handlersOf(
      { json: jsonPort(parts.json, logger, parts.onDefect), http: web.serve },
      options.identity,
      onRefused,
    ),
    onRefused,
  }
  const port = await openPort(listenOptions, parts.udp.receive).catch((error: unknown) => {
    rest()
    throw error
  })
  return {
    endpoint: port.endpoint,
    fingerprint: options.identity && fingerprintOfKey(new X509Certificate(options.identity.cert).publicKey),
    stats,
    reload: async (tuning) => {
      if (tuning !== undefined) parts.tuning.change(tuning)
      await lists.reload()
    },
    stop: async () => {
      leaving = 'the tracker is about to stop'
      await pause(options.drainTime ?? 0)
      parts.reach.close()
      await port.close()
      rest()
      await parts.store.close()
    },
  }
}
