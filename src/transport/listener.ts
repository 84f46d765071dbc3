import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import { CLOSING_TIME, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS } from '../protocol/limits.js'
import { addressGroup } from '../support/addressGroup.js'
import { isLoopback } from './address.js'
import { Connections } from './connections.js'
import { greet, type GreetingOptions } from './greeting.js'
import { plainAddress } from './caller.js'

export interface ListenOptions extends GreetingOptions {
  /** `::` listens on both address families. */
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Whether any free port will do where `port` is taken. */
  readonly anyPortIfTaken?: boolean
  readonly maxConnections?: number
  /** Asked at each connection. Loopback is exempt while it says undefined. */
  readonly connectionsPerAddress?: () => number | undefined
  /** Shorter, for tests. Milliseconds. */
  readonly closingTime?: number
}

/** An open port that several dialects share. */
export interface Listener {
  /** Where it listens, with the port that was taken. */
  readonly endpoint: Endpoint
  /** Connections open now. */
  readonly connections: number
  /** Serves a connection that stands already as if it had been accepted. */
  adopt(socket: Socket): void
  /** Accepts no more, lets answers under way leave for a moment, then destroys what is left. */
  close(): Promise<void>
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const bind = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** Where this machine has no IPv6, `::` means every address that it has. */
const bindFamily = async (server: Server, host: string, port: number): Promise<void> => {
  try {
    await bind(server, host, port)
  } catch (error) {
    if (host !== '::' || codeOf(error) !== 'EAFNOSUPPORT') throw error
    await bind(server, '0.0.0.0', port)
  }
}

const bindPort = async (server: Server, options: ListenOptions): Promise<void> => {
  try {
    await bindFamily(server, options.host, options.port)
  } catch (error) {
    if (options.anyPortIfTaken !== true || codeOf(error) !== 'EADDRINUSE') throw error
    await bindFamily(server, options.host, 0)
  }
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'it is taken',
  EADDRNOTAVAIL: 'it is not of this machine',
  ENOTFOUND: 'no such address',
  EACCES: 'this user may not',
}

const cannotListen = (options: ListenOptions, error: unknown): ShoalError => {
  const why = REASONS[codeOf(error) ?? ''] ?? (error as Error).message
  return new ShoalError('ADDRESS_IN_USE', `cannot listen on ${options.host} port ${options.port}: ${why}`, {
    cause: error,
  })
}

/** The group that a connection from `host` counts towards, or undefined when it is exempt. */
const groupOf = (host: string, limit: number | undefined): string | undefined =>
  limit === undefined && isLoopback(host) ? undefined : addressGroup(host)

/**
 * Opens a port, tells by each connection's first bytes what it speaks, and hands it to that dialect's handler,
 * the bytes put back.
 *
 * @throws ShoalError ADDRESS_IN_USE
 */
export const listen = async (options: ListenOptions): Promise<Listener> => {
  const connections = new Connections(options.maxConnections ?? MAX_CONNECTIONS)
  const accept = (socket: Socket): void => {
    const host = plainAddress(socket.remoteAddress)
    const limit = options.connectionsPerAddress?.()
    const group = options.isProxy?.(host) === true ? undefined : groupOf(host, limit)
    const refusal = connections.add(socket, group, limit ?? MAX_CONNECTIONS_PER_ADDRESS)
    if (refusal === undefined) return greet(socket, options, (session) => connections.serve(socket, session))
    options.onRefused?.(host, refusal)
    socket.destroy()
  }
  const server = createServer({ allowHalfOpen: true }, accept)
  try {
    await bindPort(server, options)
  } catch (error) {
    throw cannotListen(options, error)
  }
  // After it is bound a server reports only failures to accept, out of descriptors for one; it goes on accepting.
  server.on('error', (error) => options.onRefused?.('', error.message))
  const { address, port } = server.address() as AddressInfo
  return {
    endpoint: { host: address, port },
    get connections() {
      return connections.count
    },
    adopt: accept,
    close: () => close(server, connections, options.closingTime ?? CLOSING_TIME),
  }
}

const close = async (server: Server, connections: Connections, closingTime: number): Promise<void> => {
  const timer = setTimeout(() => connections.destroy(), closingTime)
  server.close()
  connections.finish()
  await connections.whenEmpty()
  clearTimeout(timer)
}
