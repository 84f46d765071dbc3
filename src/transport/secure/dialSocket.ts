import { connect, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectSecurely, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { Endpoint } from '../../protocol/ids.js'
import { dialParameters, requireExpected, type SecureDialling } from './dialSecure.js'
import { requireTrusted, serverParameters, type ServerDialling } from './dialServer.js'

/** To whom a connection is made: the holder of a key, or a server. */
export type Dialling = SecureDialling | ServerDialling

const parametersOf = (secure: Dialling): ConnectionOptions =>
  'pin' in secure ? serverParameters(secure) : dialParameters(secure)

/** @throws WrongKey, UntrustedServer */
const requireMeant = (socket: TLSSocket, secure: Dialling): void =>
  'pin' in secure ? requireTrusted(socket, secure) : requireExpected(socket, secure)

export interface DialSocketOptions {
  readonly onread: OnReadOpts
  /** An unspecified address of the other side's family, so that others can be dialled from the same port. */
  readonly localAddress?: string | undefined
  /** Speaks TLS; undefined: nothing is secure. */
  readonly secure?: Dialling | undefined
  /** It stands; with TLS, the other side proved to be who is meant. */
  readonly onReady: () => void
}

/** Connects, reading into one buffer; a side that turns out to be somebody else is left with the error WrongKey or UntrustedServer. */
export const dialSocket = (endpoint: Endpoint, options: DialSocketOptions): Socket => {
  const { onread, localAddress, secure, onReady } = options
  const { host, port } = endpoint
  const where = { host, port, onread, ...(localAddress !== undefined && { localAddress, localPort: 0 }) }
  if (secure === undefined) return connect(where).once('connect', onReady)
  const socket = connectSecurely({ ...parametersOf(secure), ...where })
  return socket.once('secureConnect', () => {
    try {
      requireMeant(socket, secure)
    } catch (error) {
      // Once the end of the handshake has left, so that the other side knows that it was not that which failed.
      return void socket.end(() => socket.destroy(error as Error))
    }
    onReady()
  })
}
