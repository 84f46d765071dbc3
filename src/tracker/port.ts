import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import { listenForDatagrams, type DatagramHandler, type Datagrams } from '../transport/datagrams.js'
import { listen, type Listener, type ListenOptions } from '../transport/listener.js'

/** Port numbers tried that are free for TCP, until one is free for UDP too. */
const ATTEMPTS = 8

/** One port number, for connections and for datagrams. */
export interface Port {
  /** Where it listens, with the port that was taken. */
  readonly endpoint: Endpoint
  /** Connections open now. */
  readonly connections: number
  /** Takes no more datagrams and connections, and lets answers under way leave for a moment. */
  close(): Promise<void>
}

interface Both {
  readonly listener: Listener
  readonly datagrams: Datagrams
}

const openBoth = async (options: ListenOptions, handler: DatagramHandler): Promise<Both> => {
  const listener = await listen(options)
  try {
    return { listener, datagrams: await listenForDatagrams(listener.endpoint, handler) }
  } catch (error) {
    await listener.close()
    throw error
  }
}

const isTaken = (error: unknown): boolean => error instanceof ShoalError && error.code === 'ADDRESS_IN_USE'

/** Tries other numbers where any will do: what is free for TCP may be taken for UDP. */
const openAny = async (options: ListenOptions, handler: DatagramHandler): Promise<Both> => {
  for (let attempt = 1; ; attempt++) {
    const isFirst = attempt === 1
    const mayMove = options.port === 0 || options.anyPortIfTaken === true
    try {
      return await openBoth(isFirst ? options : { ...options, port: 0 }, handler)
    } catch (error) {
      if (!mayMove || !isTaken(error) || attempt === ATTEMPTS) throw error
    }
  }
}

/**
 * Opens a port number for TCP and UDP.
 *
 * @throws ShoalError ADDRESS_IN_USE
 */
export const openPort = async (options: ListenOptions, handler: DatagramHandler): Promise<Port> => {
  const { listener, datagrams } = await openAny(options, handler)
  return {
    endpoint: listener.endpoint,
    get connections() {
      return listener.connections
    },
    close: async () => {
      await Promise.all([datagrams.close(), listener.close()])
    },
  }
}
