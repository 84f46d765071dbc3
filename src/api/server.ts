import type { AddressInfo } from 'node:net'
import type { ShoalPeer } from '../node/api.js'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import { isLoopbackHost } from '../support/loopback.js'
import { keepAddress } from './addressFile.js'
import { createApp } from './app.js'

export interface ApiOptions {
  readonly peer: ShoalPeer
  /** Where it listens; port 0 for any. */
  readonly endpoint: Endpoint
  /** Whether any free port will do where that one is taken. */
  readonly anyPortIfTaken: boolean
  /** The folder in which its address is kept for the commands that look for it. */
  readonly state: string
  readonly logger: Logger
}

export interface RunningApi {
  /** With the port that was taken. */
  readonly endpoint: Endpoint
  /** Ends open requests; the address is forgotten. */
  close(): Promise<void>
}

type App = ReturnType<typeof createApp>

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

const requireLoopback = ({ host }: Endpoint): void => {
  if (!isLoopbackHost(host))
    throw new ShoalError(
      'CONFIG_INVALID',
      `the HTTP API has no login yet, so it opens on this machine alone: ${host} is not 127.0.0.1, [::1] or localhost`,
    )
}

/**
 * Opens the HTTP API of a running peer.
 *
 * @throws ShoalError CONFIG_INVALID for an address that others reach, ADDRESS_IN_USE
 */
export const openApi = async (options: ApiOptions): Promise<RunningApi> => {
  const { peer, endpoint, state, logger } = options
  requireLoopback(endpoint)
  const app = createApp(peer, logger)
  try {
    await bind(app, options)
  } catch (error) {
    await app.close()
    const where = `${endpoint.host} port ${endpoint.port}`
    throw new ShoalError(
      'ADDRESS_IN_USE',
      `The HTTP API cannot listen on ${where}: ${(error as Error).message}`,
    )
  }
  const { address, port } = app.server.address() as AddressInfo
  const own = { host: address, port }
  const forget = await keepAddress(state, peer.peerId, own).catch((error: unknown) => {
    logger.warn(`Commands will not find this peer by themselves: ${(error as Error).message}`)
    return async () => undefined
  })
  return {
    endpoint: own,
    close: async () => {
      await forget()
      await app.close()
    },
  }
}
