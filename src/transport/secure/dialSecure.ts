import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { peerIdOfKey, type PeerId } from '../../protocol/ids.js'
import type { CertifiedKey } from '../../support/tls/selfSigned.js'
import { secureParameters } from './parameters.js'
import { noteProven, shownKeyOf } from './shownKey.js'

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

  constructor(shown: PeerId | undefined) {
    super(shown === undefined ? 'it shows no Ed25519 key' : `its key is that of ${shown}`)
    this.shown = shown
  }
}

/** What connections to peers are dialled with. */
export const dialParameters = ({ identity }: SecureDialling): ConnectionOptions => ({
  ...secureParameters(identity),
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
