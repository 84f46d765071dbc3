import type { AddressInfo } from 'node:net'
import type { ShoalPeer } from '../node/api.js'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import { isLoopbackHost } from '../support/loopback.js'
import { BUILT_PAGES, WebPages } from '../support/webPages.js'
import { Access } from './access/access.js'
import type { Door } from './access/guard.js'
import { keepAddress, type OwnAddress } from './addressFile.js'
import { createApp, type Certificate } from './app.js'
import type { ApiContext, App } from './context.js'
import type { SettingDocument } from './contract.js'
import { Events } from './events/events.js'
import { Uploads } from './uploads.js'
import { fingerprintOf, openCertificate, type CertificateSource } from './tls/certificate.js'
import { versionOfPackage } from '../support/version.js'

export interface ApiOptions {
  readonly peer: ShoalPeer
  /** Where it listens; port 0 for any. */
  readonly endpoint: Endpoint
  /** Whether any free port will do where that one is taken. */
  readonly anyPortIfTaken: boolean
  /** The folder in which its address is kept for the commands that look for it, and who may use it from elsewhere. */
  readonly state: string
  /** Names that lead to it besides its address. */
  readonly names?: readonly string[]
  /** Speaks HTTPS with it. */
  readonly certificate?: CertificateSource | undefined
  /** As the peer was started. */
  readonly settings?: readonly SettingDocument[]
  /** Where the built page is; default: beside this program. */
  readonly pages?: string
  readonly logger: Logger
}

export interface RunningApi {
  /** With the port that was taken. */
  readonly endpoint: Endpoint
  readonly scheme: 'http' | 'https'
  /** SHA-256 of the certificate. */
  readonly fingerprint: string | undefined
  /** The password that was made now, since there was none: it is told this once. */
  readonly password: string | undefined
  /** Ends open requests; the address is forgotten. */
  close(): Promise<void>
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** A name is looked up by the system; an address is what it says. */
const addressOf = (host: string): string => (host.toLowerCase() === 'localhost' ? '127.0.0.1' : host)

const bind = async (app: App, { endpoint: { host, port }, anyPortIfTaken }: ApiOptions): Promise<void> => {
  try {
    await app.listen({ host: addressOf(host), port })
  } catch (error) {
    if (!anyPortIfTaken || codeOf(error) !== 'EADDRINUSE') throw error
    await app.listen({ host: addressOf(host), port: 0 })
  }
}

const doorOf = ({ endpoint, names = [], certificate }: ApiOptions): Door => ({
  scheme: certificate === undefined ? 'http' : 'https',
  isOpen: !isLoopbackHost(endpoint.host),
  names: new Set(names.map((name) => name.toLowerCase())),
})

const contextOf = async (options: ApiOptions, door: Door): Promise<ApiContext> => {
  const { peer, state, logger, settings = [], pages = BUILT_PAGES } = options
  const { scheme } = door
  return {
    peer,
    access: new Access({ state, peerId: peer.peerId, scheme, now: () => Date.now() }),
    door,
    events: new Events(peer),
    uploads: new Uploads(peer),
    pages: await WebPages.open(pages),
    settings,
    version: versionOfPackage(),
    logger,
  }
}

/** Where commands of this machine find what listens on all addresses. */
const reachedAt = (address: string): string => {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}

const keep = async ({ state, peer, logger }: ApiOptions, own: OwnAddress): Promise<() => Promise<void>> =>
  keepAddress(state, peer.peerId, own).catch((error: unknown) => {
    logger.warn(`Commands will not find this peer by themselves: ${(error as Error).message}`)
    return async () => undefined
  })

/** The API as `options` want it, not listening yet, and what it stands on. @throws ShoalError CONFIG_INVALID */
export const createApi = async (
  options: ApiOptions,
): Promise<{ app: App; context: ApiContext; certificate: Certificate | undefined }> => {
  const certificate = options.certificate && (await openCertificate(options.certificate, Date.now()))
  const context = await contextOf(options, doorOf(options))
  return { app: await createApp(context, certificate), context, certificate }
}

/**
 * Opens the HTTP API of a running peer. Where others reach it they need a login, whose password is made at the first time.
 *
 * @throws ShoalError ADDRESS_IN_USE, CONFIG_INVALID for a certificate that cannot be used, or damaged access data
 */
export const openApi = async (options: ApiOptions): Promise<RunningApi> => {
  const { app, context, certificate } = await createApi(options)
  const { access, door, uploads } = context
  const password = door.isOpen || door.names.size > 0 ? await access.firstPassword() : undefined
  try {
    await bind(app, options)
  } catch (error) {
    await app.close()
    const { host, port } = options.endpoint
    throw new ShoalError(
      'ADDRESS_IN_USE',
      `The HTTP API cannot listen on ${host} port ${port}: ${(error as Error).message}`,
    )
  }
  const { address, port } = app.server.address() as AddressInfo
  const fingerprint = certificate && fingerprintOf(certificate)
  const forget = await keep(options, { endpoint: { host: reachedAt(address), port }, fingerprint })
  return {
    endpoint: { host: address, port },
    scheme: door.scheme,
    fingerprint,
    password,
    close: async () => {
      await forget()
      await app.close()
      await uploads.close()
    },
  }
}
