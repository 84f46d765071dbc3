import type { Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { peerIdOfKey, type PeerId } from '../../protocol/ids.js'
import type { CertifiedKey } from '../../support/tls/selfSigned.js'
import { inheritDetour } from '../route.js'
import { secureContextOf } from './parameters.js'
import { noteProven, shownKeyOf } from './shownKey.js'

/** Milliseconds for a handshake on a connection that stands. */
const HANDSHAKE_TIME = 10_000

/** How a connection is made secure by the side that dials. */
export interface SecureDialling {
  /** What this side proves itself with. */
  readonly identity: CertifiedKey
  /** Whether the holder of this key is meant: 64 hexadecimal characters, the SHA-256 of its SubjectPublicKeyInfo. */
  readonly isExpected: (fingerprint: string) => boolean
}

/** The other side holds another key than it should. */
export class WrongKey extends Error {
  /** Whose key it holds; undefined: it shows none. */
  readonly shown: PeerId | undefined

  constructor(
    shown: PeerId | undefined,
    why = shown === undefined ? 'it shows no Ed25519 key' : `its key is that of ${shown}`,
  ) {
    super(why)
    this.shown = shown
  }
}

/** What connections to peers are dialled with. */
export const dialParameters = ({ identity }: SecureDialling): ConnectionOptions => ({
  secureContext: secureContextOf(identity),
  // Who signed the certificate does not matter: its key is looked at.
  rejectUnauthorized: false,
})

/** Looks at the key of a connection whose handshake is done. @throws WrongKey */
export const requireExpected = (socket: TLSSocket, { isExpected }: SecureDialling): void => {
  const shown = shownKeyOf(socket)
  if (shown === undefined || !isExpected(shown))
    throw new WrongKey(shown === undefined ? undefined : peerIdOfKey(shown))
  noteProven(socket, shown)
}

/** Makes a connection that stands secure. It is destroyed where that fails. @throws WrongKey, Error */
export const secureDialled = (socket: Socket, dialling: SecureDialling): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const secured = connect({ ...dialParameters(dialling), socket })
    inheritDetour(socket, secured)
    const fail = (error: Error): void => {
      clearTimeout(timer)
      secured.destroy()
      socket.destroy()
      reject(error)
    }
    const closed = (): void => fail(new Error('it closed the connection during the handshake'))
    const timer = setTimeout(() => fail(new Error('the handshake takes too long')), HANDSHAKE_TIME)
    // It stays, until somebody takes the connection over.
    secured.on('error', fail)
    socket.on('error', fail)
    secured.once('close', closed)
    secured.once('secureConnect', () => {
      try {
        requireExpected(secured, dialling)
      } catch (error) {
        return void secured.end(() => fail(error as Error))
      }
      clearTimeout(timer)
      secured.off('close', closed)
      resolve(secured)
    })
  })
