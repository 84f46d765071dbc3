import { isIPv4, isIPv6 } from 'node:net'
import { performance } from 'node:perf_hooks'
import { LocalDiscovery } from '../discovery/localDiscovery.js'
import { TrackerClient } from '../discovery/trackerClient.js'
import { Choker } from '../engine/choker/choker.js'
import { SharedLimit } from '../engine/rate/budget.js'
import { OwnAddress } from '../engine/swarm/ownAddress.js'
import type { Family } from '../protocol/announce/compactPeers.js'
import type { InfoHash, PeerId } from '../protocol/ids.js'
import type { PeerAddress } from '../protocol/json/wire.js'
import type { Sender } from '../protocol/json/request.js'
import { MAX_MESSAGE } from '../protocol/limits.js'
import { isLoopbackHost } from '../support/loopback.js'
import { messageLine } from '../support/messageLine.js'
import { serveJson } from '../transport/jsonService.js'
import type { GreetingOptions, Handler } from '../transport/greeting.js'
import { listen } from '../transport/listener.js'
import { secureHandler } from '../transport/secure/acceptSecure.js'
import { BlockCache } from '../storage/blockCache.js'
import { readyDiskThread } from '../storage/disk/thread.js'
import type { NodeOptions, ShoalPeer } from './api.js'
import type { NodeContext } from './context.js'
import { takeIdentity, type Identity } from './identity.js'
import { Limits } from './limits.js'
import { Sampler } from './report/sampler.js'
import { Traffic } from './report/traffic.js'
import { answerPeer } from './serve/peerService.js'
import { RunningPeer } from './runningPeer.js'
import { Session } from './session/session.js'
import type { ServeContext } from './serve/context.js'
import { Slots } from './serve/slots.js'
import { serveMse } from './serve/wire/mseService.js'
import { serveWire } from './serve/wire/wireService.js'
import { PeerSecurity, type Dialled } from './security/peerSecurity.js'
import type { Torrent } from './torrent/torrent.js'
import { TorrentTable } from './torrent/torrentTable.js'
import { wirePeerIdOf } from '../protocol/wire/peerId.js'
import { Ways } from './wire/ways.js'
import { Reachability } from './reach/reachability.js'
import { remember } from './transfer/register.js'
import { TrackerLink } from './tracker/trackerLink.js'

/** Requests of one connection worked on at once: while one chunk is read others are sent. 32 chunks are 512 KiB. */
const CHUNKS_AHEAD = 32

/**
 * Starts a peer: takes its identity, opens its port, and waits for work.
 *
 * @throws ShoalError ADDRESS_IN_USE, STATE_LOCKED, DISK_FAILED
 */
export const startPeer = async (options: NodeOptions): Promise<ShoalPeer> => {
  if (options.isFetching === true) readyDiskThread()
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
  const torrents = new TorrentTable(trackers.map((tracker) => TrackerLink.keyOf(tracker)))
  const transfers: NodeContext['transfers'] = new Set()
  const security = new PeerSecurity(options.encryption ?? 'preferred', identity.key, logger, now)
  const limits = new Limits({ download: options.downloadLimit, upload: options.uploadLimit }, now)
  const choker = new Choker({ random: Math.random, limit: options.uploadLimit })
  const serving: ServeContext = {
    torrents,
    slots: new Slots(choker, now),
    uploadLimit: limits.upload,
    ways: new Ways(),
    security,
    ownAddress: new OwnAddress(),
    traffic: new Traffic(),
    port: () => listener.endpoint.port,
    relay: () => reachability.desk,
    routeOf: (arrival) => reachability.routeOf(arrival),
    onBroken: (torrent, error) => breakTransfer(transfers, torrent, error),
    now,
  }
  const json: Handler = (socket) => serveJson(socket, jsonOptions(serving, options))
  const inside: GreetingOptions['handlers'] = {
    json,
    ...(options.isJsonOnly !== true && { bittorrent: (socket) => serveWire(socket, serving, wirePeerId) }),
  }
  const onRefused = (caller: string, why: string): void =>
    security.report(`Peer ${caller} is refused: ${why}`)
  // JSON it must speak also without TLS: relays are joined so.
  const hasMse = options.isJsonOnly !== true && security.mode !== 'required'
  const listener = await listen({
    host,
    port,
    anyPortIfTaken,
    handlers: {
      ...(security.mode === 'required' ? { json } : inside),
      ...(hasMse && { mse: (socket) => serveMse(socket, serving, wirePeerId) }),
      ...(security.speaksTls && {
        tls: secureHandler({ identity: identity.key, handlers: inside, onRefused }),
      }),
    },
    ...(security.mode === 'required' && { onRefused }),
  })
  const sender = {
    peerId: identity.peerId,
    host,
    port: listener.endpoint.port,
    wires: [
      'json',
      ...(options.isJsonOnly === true ? [] : (['bittorrent'] as const)),
      ...(security.speaksTls ? (['tls'] as const) : []),
    ],
  } satisfies Sender as Sender & { port: number }
  const reachability = new Reachability({
    options,
    sender,
    security,
    listener,
    connectTo: (peer, peerId, infoHash) => connectTo(torrents, peer, peerId, infoHash),
    logger,
    now,
    random: Math.random,
  })
  const stopping = new AbortController()
  const trackerClient = new TrackerClient()
  const context: NodeContext = {
    options,
    peerId: identity.peerId,
    wirePeerId,
    serving,
    endpoint: { host, port: listener.endpoint.port },
    trackers: trackers.map((endpoint) => new TrackerLink(endpoint, sender, logger, identity.key)),
    reachability,
    announce: trackerClient.announce,
    localDiscovery: openLocalDiscovery(options, listener.endpoint.port, now),
    torrents,
    transfers,
    opening: new Map(),
    nextKey: countFrom(1),
    seedLimit: options.seedLimit,
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
  return new RunningPeer({ context, choker, listener, trackerClient, identity, session, stopping, sampler })
}

/** A peer that was told to wait for it wants a torrent. */
const connectTo = (torrents: TorrentTable, peer: PeerAddress, peerId: PeerId, infoHash: InfoHash): void => {
  const torrent = torrents.find({ infoHash, torrentId: undefined })
  if (torrent === undefined) return
  remember(torrent, peerId, { ...peer, wires: peer.wires ?? [] })
  const listed: Dialled = { ...peer, peerId }
  torrent.connect?.(listed)
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
