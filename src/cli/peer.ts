import type { RunningApi } from '../api/server.js'
import type { CertificateSource } from '../api/tls/certificate.js'
import { urlOf } from '../api/url.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import { ShoalError } from '../protocol/errors.js'
import type { TrackerAddress } from '../protocol/trackerAddress.js'
import { isAtLeast } from '../support/config.js'
import type { Call } from './definition.js'
import { settingDocuments } from './settingDocuments.js'
import { formatEndpoint, type askingSettings, type peerSettings } from './settings.js'

export type PeerCall = Call<typeof peerSettings>
type AskingCall = Call<typeof askingSettings>

/** The trackers that are meant: --no-tracker, unless what names trackers outranks it. */
export const trackersOf = ({
  settings,
  origins,
}: Pick<AskingCall, 'settings' | 'origins'>): readonly TrackerAddress[] =>
  settings.noTracker && isAtLeast(origins.noTracker, origins.tracker) ? [] : settings.tracker

/** The node's options as flags, variables and file give them. */
const nodeOptions = (call: AskingCall): NodeOptions => ({
  host: call.settings.host,
  port: call.settings.port,
  anyPortIfTaken: call.origins.port.kind === 'default',
  trackers: trackersOf(call),
  peers: call.settings.peer,
  noLocalDiscovery: call.settings.noLocalDiscovery,
  noPortMapping: call.settings.noPortMapping,
  relay: call.settings.relay ? { rate: call.settings.relayRate } : undefined,
  noSuperSeeding: call.settings.noSuperSeeding,
  output: call.settings.output,
  state: call.settings.state,
  seedLimit: call.settings.seedLimit,
  downloadLimit: call.settings.downloadLimit,
  uploadLimit: call.settings.uploadLimit,
  allowUnverified: call.settings.allowUnverified,
  encryption: call.settings.encryption,
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

/** @throws ShoalError CONFIG_INVALID for a certificate without its key */
const certificateOf = ({ settings }: PeerCall): CertificateSource | undefined => {
  const { httpCert: cert, httpKey: key, httpTls, httpName: names, state } = settings
  if ((cert === undefined) !== (key === undefined))
    throw new ShoalError('CONFIG_INVALID', '--http-cert and --http-key go together, and one is missing')
  if (cert !== undefined && key !== undefined) return { kind: 'files', cert, key }
  return httpTls ? { kind: 'self-signed', state, names } : undefined
}

/** What a person needs to know of it: where it is, and its password at the only time that it can be told. */
const sayApi = ({ output, settings }: PeerCall, api: RunningApi): void => {
  const { endpoint, scheme, fingerprint, password } = api
  output.event({ event: 'http', ...endpoint, scheme, fingerprint, password })
  const asked = settings.http?.port
  const isElsewhere = asked !== undefined && asked !== 0 && endpoint.port !== asked
  const why = isElsewhere ? `, since port ${asked} is taken` : ''
  output.logger.info(`Web page and HTTP API at ${urlOf(endpoint, scheme)}${why}`)
  if (fingerprint !== undefined) output.logger.info(`Its certificate has the SHA-256 ${fingerprint}`)
  if (password !== undefined)
    output.note(
      `Password of the web page: ${password}\nIt is shown this once; make another with: shoal password`,
    )
}

/** Opens the HTTP API where it is wanted: --no-http, unless what gives an address outranks it. */
const openApi = async (call: PeerCall, peer: ShoalPeer): Promise<RunningApi | undefined> => {
  const { settings, origins, services, output, interrupt } = call
  const { http: endpoint, noHttp, state, httpName: names } = settings
  if (endpoint === undefined || (noHttp && isAtLeast(origins.noHttp, origins.http))) return undefined
  interrupt.signal.throwIfAborted()
  const api = await services.openApi({
    peer,
    endpoint,
    anyPortIfTaken: origins.http.kind === 'default',
    state,
    names,
    certificate: certificateOf(call),
    settings: settingDocuments(call),
    logger: output.logger,
  })
  sayApi(call, api)
  return api
}

/** Runs a peer for as long as `work` takes, and stops it however that ends. */
export const withPeer = async <T>(
  call: PeerCall,
  work: (peer: ShoalPeer) => Promise<T>,
  options: Pick<NodeOptions, 'isLasting' | 'isFetching'> = {},
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
