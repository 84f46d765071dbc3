import type { RunningApi } from '../api/server.js'
import { urlOf } from '../api/url.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import type { Endpoint } from '../protocol/ids.js'
import { isAtLeast } from '../support/config.js'
import type { Call } from './definition.js'
import { formatEndpoint, type askingSettings, type peerSettings } from './settings.js'

export type PeerCall = Call<typeof peerSettings>
type AskingCall = Call<typeof askingSettings>

/** The trackers that are meant: --no-tracker, unless what names trackers outranks it. */
export const trackersOf = ({
  settings,
  origins,
}: Pick<AskingCall, 'settings' | 'origins'>): readonly Endpoint[] =>
  settings.noTracker && isAtLeast(origins.noTracker, origins.tracker) ? [] : settings.tracker

/** The node's options as flags, variables and file give them. */
const nodeOptions = (call: AskingCall): NodeOptions => ({
  host: call.settings.host,
  port: call.settings.port,
  anyPortIfTaken: call.origins.port.kind === 'default',
  trackers: trackersOf(call),
  peers: call.settings.peer,
  noLocalDiscovery: call.settings.noLocalDiscovery,
  noSuperSeeding: call.settings.noSuperSeeding,
  output: call.settings.output,
  state: call.settings.state,
  seedLimit: call.settings.seedLimit,
  downloadLimit: call.settings.downloadLimit,
  uploadLimit: call.settings.uploadLimit,
  allowUnverified: call.settings.allowUnverified,
  isJsonOnly: call.settings.noBittorrent,
  logger: call.output.logger,
})

/** Starts a peer; one that comes up only after the user gave up is stopped again. */
const start = async (call: AskingCall, options: NodeOptions): Promise<ShoalPeer> => {
  const starting = call.services.startPeer(options)
  try {
    return await call.interrupt.race(starting)
  } catch (error) {
    void starting.then(
      (peer) => peer.stop(),
      () => undefined,
    )
    throw error
  }
}

/** Runs a peer that only asks, for as long as `work` takes: any port will do, and nothing is said of it. */
export const withAskingPeer = async <T>(
  call: AskingCall,
  work: (peer: ShoalPeer) => Promise<T>,
): Promise<T> => {
  const { port, ...options } = nodeOptions(call)
  const peer = await start(call, { ...options, port: call.origins.port.kind === 'default' ? 0 : port })
  try {
    return await work(peer)
  } finally {
    await peer.stop()
  }
}

/** Opens the HTTP API where it is wanted: --no-http, unless what gives an address outranks it. */
const openApi = async (call: PeerCall, peer: ShoalPeer): Promise<RunningApi | undefined> => {
  const { settings, origins, services, output, interrupt } = call
  const { http: endpoint, noHttp, state } = settings
  if (endpoint === undefined || (noHttp && isAtLeast(origins.noHttp, origins.http))) return undefined
  interrupt.signal.throwIfAborted()
  const anyPortIfTaken = origins.http.kind === 'default'
  const { logger } = output
  const api = await services.openApi({ peer, endpoint, anyPortIfTaken, state, logger })
  output.event({ event: 'http', ...api.endpoint })
  const isElsewhere = endpoint.port !== 0 && api.endpoint.port !== endpoint.port
  const why = isElsewhere ? `, since port ${endpoint.port} is taken` : ''
  logger.info(`HTTP API at ${urlOf(api.endpoint)}${why}`)
  return api
}

/** Runs a peer for as long as `work` takes, and stops it however that ends. */
export const withPeer = async <T>(
  call: PeerCall,
  work: (peer: ShoalPeer) => Promise<T>,
  options: Pick<NodeOptions, 'isLasting'> = {},
): Promise<T> => {
  const { output, settings } = call
  const torrentLimits = { download: settings.torrentDownloadLimit, upload: settings.torrentUploadLimit }
  const peer = await start(call, { ...nodeOptions(call), torrentLimits, ...options })
  output.event({ event: 'listening', ...peer.endpoint, peerId: peer.peerId })
  output.logger.info(() => `Listening on ${formatEndpoint(peer.endpoint)} as ${peer.peerId}`)
  let api: RunningApi | undefined
  try {
    api = await openApi(call, peer)
    return await work(peer)
  } finally {
    await api?.close()
    await peer.stop()
    output.event({ event: 'stopped' })
  }
}

/** Nothing is left but to serve: returns once the user ends it. */
export const seedUntilInterrupted = async ({ output, interrupt }: PeerCall, what: string): Promise<void> => {
  interrupt.settle()
  output.event({ event: 'seeding' })
  output.note(`Seeding ${what} until Ctrl-C.`)
  await interrupt.raised()
  output.note('Stopping…')
}
