import { isIPv4, isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import { LocalDiscovery } from '../discovery/localDiscovery.js'
import { TrackerClient } from '../discovery/trackerClient.js'
import { Choker } from '../engine/choker/choker.js'
import { SharedLimit } from '../engine/rate/budget.js'
import { OwnAddress } from '../engine/swarm/ownAddress.js'
import type { Family } from '../protocol/announce/compactPeers.js'
import { ShoalError } from '../protocol/errors.js'
import type { TorrentEntry } from '../protocol/json/answer.js'
import type { Sender } from '../protocol/json/request.js'
import { MAX_MESSAGE } from '../protocol/limits.js'
import { isLoopbackHost } from '../support/loopback.js'
import { messageLine } from '../support/messageLine.js'
import { serveJson } from '../transport/jsonService.js'
import { listen, type Listener } from '../transport/listener.js'
import { BlockCache } from '../storage/blockCache.js'
import type {
  GetOptions,
  NodeOptions,
  NodeStatus,
  RateLimits,
  SeedOptions,
  ShareOptions,
  ShoalPeer,
  Transfer,
} from './api.js'
import type { NodeContext } from './context.js'
import { takeIdentity, type Identity } from './identity.js'
import { Limits } from './limits.js'
import { Sampler } from './report/sampler.js'
import { answerPeer } from './serve/peerService.js'
import { Session } from './session/session.js'
import type { ServeContext } from './serve/context.js'
import { Slots } from './serve/slots.js'
import { serveMse } from './serve/wire/mseService.js'
import { serveWire } from './serve/wire/wireService.js'
import type { Torrent } from './torrent/torrent.js'
import { TorrentTable } from './torrent/torrentTable.js'
import { wirePeerIdOf } from '../protocol/wire/peerId.js'
import { Ways } from './wire/ways.js'
import { TrackerLink } from './tracker/trackerLink.js'
import type { ManagedTransfer } from './transfer/managedTransfer.js'
import { listGet } from './transfer/startGet.js'
import { listSeed, listShare } from './transfer/startShare.js'

/** Requests of one connection worked on at once: while one chunk is read others are sent. 32 chunks are 512 KiB. */
const CHUNKS_AHEAD = 32

/**
 * Starts a peer: takes its identity, opens its port, and waits for work.
 *
 * @throws ShoalError ADDRESS_IN_USE, STATE_LOCKED, DISK_FAILED
 */
export const startPeer = async (options: NodeOptions): Promise<ShoalPeer> => {
  const identity = await takeIdentity(options.state)
  try {
    return await open(options, identity)
  } catch (error) {
    await identity.release()
    throw error
  }
}

const open = async (options: NodeOptions, identity: Identity): Promise<ShoalPeer> => {
  const { logger, trackers, host, port, anyPortIfTaken } = options
  const now = (): number => performance.now()
  const wirePeerId = wirePeerIdOf(identity.peerId)
  const torrents = new TorrentTable(trackers.map(({ host, port }) => TrackerLink.keyOf({ host, port })))
  const transfers: NodeContext['transfers'] = new Set()
  const limits = new Limits({ download: options.downloadLimit, upload: options.uploadLimit }, now)
  const choker = new Choker({ random: Math.random, limit: options.uploadLimit })
  const serving: ServeContext = {
    torrents,
    slots: new Slots(choker, now),
    uploadLimit: limits.upload,
    ways: new Ways(),
    ownAddress: new OwnAddress(),
    port: () => listener.endpoint.port,
    onBroken: (torrent, error) => breakTransfer(transfers, torrent, error),
    now,
  }
  const listener = await listen({
    host,
    port,
    anyPortIfTaken,
    handlers: {
      json: (socket) => serveJson(socket, jsonOptions(serving, options)),
      ...(options.isJsonOnly !== true && {
        bittorrent: (socket) => serveWire(socket, serving, wirePeerId),
        mse: (socket) => serveMse(socket, serving, wirePeerId),
      }),
    },
  })
  const sender: Sender = {
    peerId: identity.peerId,
    host,
    port: listener.endpoint.port,
    wires: options.isJsonOnly === true ? ['json'] : ['json', 'bittorrent'],
  }
  const stopping = new AbortController()
  const trackerClient = new TrackerClient()
  const context: NodeContext = {
    options,
    peerId: identity.peerId,
    wirePeerId,
    serving,
    endpoint: { host, port: listener.endpoint.port },
    trackers: trackers.map((endpoint) => new TrackerLink(endpoint, sender, logger)),
    announce: trackerClient.announce,
    localDiscovery: openLocalDiscovery(options, listener.endpoint.port, now),
    torrents,
    transfers,
    opening: new Map(),
    nextKey: countFrom(1),
    stopping: stopping.signal,
    limits,
    downloadLimit: new SharedLimit(limits.download),
    cache: new BlockCache(),
    logger,
    now,
    random: Math.random,
  }
  serving.slots.start()
  const session = options.isLasting === true ? new Session(context, identity.name) : undefined
  await session?.begin()
  const sampler = new Sampler(transfers)
  sampler.start()
  return new Peer({ context, choker, listener, trackerClient, identity, session, stopping, sampler })
}

const countFrom = (first: number): (() => number) => {
  let next = first
  return () => next++
}

/** A peer that only this machine reaches has nobody to find elsewhere. */
const openLocalDiscovery = (
  { host, logger, noLocalDiscovery }: NodeOptions,
  port: number,
  now: () => number,
): LocalDiscovery | undefined =>
  noLocalDiscovery === true || isLoopbackHost(host)
    ? undefined
    : new LocalDiscovery({ port, families: familiesOf(host), logger, now })

/** The families on which a peer listens that was given `host`; a name may mean both. */
const familiesOf = (host: string): readonly Family[] => {
  if (isIPv4(host)) return ['IPv4']
  return isIPv6(host) && host !== '::' ? ['IPv6'] : ['IPv4', 'IPv6']
}

const jsonOptions = (serving: ServeContext, { logger }: NodeOptions): Parameters<typeof serveJson>[1] => ({
  maxRequest: MAX_MESSAGE,
  concurrency: CHUNKS_AHEAD,
  handle: (request, caller) => answerPeer(serving, request, caller),
  onDefect: (error) =>
    logger.error(`A request failed: ${error instanceof Error ? error.stack : String(error)}`),
  onMessage: (direction, message, caller) =>
    logger.debug(() => `${direction} ${caller.host}:${caller.port} ${messageLine(message)}`),
})

const breakTransfer = (transfers: NodeContext['transfers'], torrent: Torrent, error: unknown): void => {
  for (const { course } of transfers) if (course.run?.torrent === torrent) course.run.break(error)
}

/** Begins it; what goes wrong is its own to tell. */
const keep = (transfer: ManagedTransfer): ManagedTransfer => {
  void transfer.begin().catch((error: unknown) => transfer.course.fail(error))
  return transfer
}

/** Begins it, and drops it when nothing comes of that. @throws what begins it throws */
const orDrop = async (transfer: ManagedTransfer): Promise<Transfer> => {
  try {
    return await transfer.begin()
  } catch (error) {
    await transfer.stop()
    throw error
  }
}

/** What a peer is made of. */
interface Parts {
  readonly context: NodeContext
  readonly choker: Choker
  readonly listener: Listener
  readonly trackerClient: TrackerClient
  readonly identity: Identity
  readonly session: Session | undefined
  readonly stopping: AbortController
  readonly sampler: Sampler
}

class Peer implements ShoalPeer {
  readonly #context: NodeContext
  readonly #parts: Parts
  #stopping: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#context = parts.context
  }

  get peerId() {
    return this.#context.peerId
  }

  get endpoint() {
    return this.#context.endpoint
  }

  get transfers() {
    return [...this.#context.transfers]
  }

  get limits(): RateLimits {
    return this.#context.limits.rates
  }

  setLimits(changes: Partial<RateLimits>): void {
    this.#context.limits.change(changes)
    this.#parts.choker.limit = this.limits.upload
  }

  get trackers(): NodeStatus['trackers'] {
    return this.#context.trackers.map(({ endpoint, isReachable }) => ({ endpoint, isReachable }))
  }

  get status(): NodeStatus {
    const { peerId, endpoint } = this.#context
    return {
      peerId,
      endpoint,
      trackers: this.trackers,
      transfers: this.transfers.map((transfer) => transfer.status),
    }
  }

  get history() {
    return this.#parts.sampler.history
  }

  async list(query?: string): Promise<readonly TorrentEntry[]> {
    let failure: unknown = new ShoalError(
      'CONFIG_INVALID',
      'no tracker is set: name one with --tracker HOST:PORT',
    )
    for (const link of this.#context.trackers) {
      try {
        return await link.tracker.list(query)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  addShare(path: string, options: ShareOptions = {}): Transfer {
    return keep(listShare(this.#context, path, options))
  }

  addGet(what: string | Uint8Array, options: GetOptions): Transfer {
    return keep(listGet(this.#context, what, options))
  }

  async share(path: string, options: ShareOptions = {}) {
    return orDrop(listShare(this.#context, path, options))
  }

  async get(what: string | Uint8Array, options: GetOptions) {
    return orDrop(listGet(this.#context, what, options))
  }

  async seed(torrentFile: string, folder: string, options: SeedOptions) {
    return orDrop(listSeed(this.#context, torrentFile, folder, options))
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const { session, stopping, sampler, listener, trackerClient, identity } = this.#parts
    stopping.abort()
    sampler.stop()
    await session?.end()
    await Promise.all(this.transfers.map((transfer) => transfer.stop()))
    this.#context.localDiscovery?.close()
    trackerClient.close()
    await listener.close()
    this.#context.serving.slots.stop()
    await identity.release()
  }
}
