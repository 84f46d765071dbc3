import { connect, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import type { Endpoint } from '../../protocol/ids.js'
import { dialParameters, requireExpected, type SecureDialling } from './dialSecure.js'

export interface DialSocketOptions {
  readonly onread: OnReadOpts
  /** An unspecified address of the other side's family, so that others can be dialled from the same port. */
  readonly localAddress?: string | undefined
  /** Speaks TLS; undefined: nothing is secure. */
  readonly secure?: SecureDialling | undefined
  /** It stands; with TLS, the other side proved to be who is meant. */
  readonly onReady: () => void
}

/** Connects, reading into one buffer; a side that turns out to be somebody else is left with the error WrongKey. */
export const dialSocket = (endpoint: Endpoint, options: DialSocketOptions): Socket => {
  const { onread, localAddress, secure, onReady } = options
  const { host, port } = endpoint
  const where = { host, port, onread, ...(localAddress !== undefined && { localAddress, localPort: 0 }) }
  if (secure === undefined) return connect(where).once('connect', onReady)
  const socket = connectSecurely({ ...dialParameters(secure), ...where })
  return socket.once('secureConnect', () => {
    try {
      requireExpected(socket, secure)
    } catch (error) {
      return void socket.destroy(error as Error)
    }
    onReady()
  })
}
