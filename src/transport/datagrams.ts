import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'

/** Bytes that the system keeps for a socket while this process is busy: 40,000 requests; Linux may allow less. */
const BUFFER = 4 * 1024 * 1024

/** Bytes of answers that wait for the system to take them; more are dropped, as a network would. */
const MAX_UNSENT = 4 * 1024 * 1024

/** Datagrams between two looks at how much is unsent. */
const LOOK_EVERY = 64

/** Sends a datagram to an address; `bytes` must stay as they are. */
export type SendDatagram = (bytes: Uint8Array, host: string, port: number) => void

/** Takes a datagram from `host` and `port`; `send` sends from where it was received. */
export type DatagramHandler = (bytes: Uint8Array, host: string, port: number, send: SendDatagram) => void

export interface Datagrams {
  /** Ends without waiting for anything. */
  close(): Promise<void>
}

/** Answers go to addresses, so there is nothing to look up; asking the resolver would take a thread for each. */
const noLookup =
  (family: 4 | 6): SocketOptions['lookup'] =>
  (host, _options, callback) =>
    callback(null, host, family)

const open = (family: 4 | 6): Socket =>
  createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    ipv6Only: family === 6,
    lookup: noLookup(family),
  })

/** The system may refuse a buffer of this size; then its own is good enough. */
const widen = (socket: Socket): void => {
  for (const set of ['setRecvBufferSize', 'setSendBufferSize'] as const) {
    try {
      socket[set](BUFFER)
    } catch {
      continue
    }
  }
}

const bind = (socket: Socket, { host, port }: Endpoint): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: host, port }, () => {
      socket.off('error', reject)
      // Later ones tell of answers that could not be delivered; the next datagram is taken all the same.
      socket.on('error', () => undefined)
      widen(socket)
      resolve()
    })
  })

const receive = (socket: Socket, handler: DatagramHandler): void => {
  let untilLook = LOOK_EVERY
  let isFull = false
  const send: SendDatagram = (bytes, host, port) => socket.send(bytes, port, host)
  socket.on('message', (bytes, { address, port }) => {
    if (--untilLook === 0) {
      untilLook = LOOK_EVERY
      isFull = socket.getSendQueueSize() > MAX_UNSENT
    }
    if (isFull || port === 0) return
    handler(bytes, address, port, send)
  })
}

const isMissingFamily = (error: unknown): boolean =>
  ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '')

/** The addresses to bind: `::` stands for both families, each with a socket of its own. */
const hostsOf = (host: string): readonly string[] => (host === '::' ? ['0.0.0.0', '::'] : [host])

/**
 * Receives datagrams at `endpoint`, whose port is not 0; `::` listens on both address families.
 *
 * @throws ShoalError ADDRESS_IN_USE
 */
export const listenForDatagrams = async (
  endpoint: Endpoint,
  handler: DatagramHandler,
): Promise<Datagrams> => {
  const sockets: Socket[] = []
  const close = async (): Promise<void> => {
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))))
  }
  const { port } = endpoint
  for (const host of hostsOf(endpoint.host)) {
    const family = host.includes(':') ? 6 : 4
    const socket = open(family)
    try {
      await bind(socket, { host, port })
    } catch (error) {
      socket.close()
      if (family === 6 && sockets.length > 0 && isMissingFamily(error)) continue
      await close()
      const why = `cannot listen on ${host} UDP port ${port}: ${(error as Error).message}`
      throw new ShoalError('ADDRESS_IN_USE', why, { cause: error })
    }
    receive(socket, handler)
    sockets.push(socket)
  }
  return { close }
}
