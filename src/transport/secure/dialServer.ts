import { isIP } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { fingerprintOfKey } from '../../support/tls/ownKey.js'
import type { CertifiedKey } from '../../support/tls/selfSigned.js'
import { openParameters } from './parameters.js'

/** How a connection is made to a server, which has a certificate of any kind. */
export interface ServerDialling {
  /** What this side proves itself with. */
  readonly identity: CertifiedKey
  /** The name or address for which its certificate must be good. */
  readonly name: string
  /** The fingerprint of its key, which is all that counts where it is given. */
  readonly pin: string | undefined
}

/** The server is not who is meant. */
export class UntrustedServer extends Error {}

export const serverParameters = ({ identity, name }: ServerDialling): ConnectionOptions => ({
  ...openParameters(identity),
  ...(isIP(name) === 0 && { servername: name }),
  // It is looked at below, where it can be told apart from a connection that breaks.
  rejectUnauthorized: false,
})

/** Looks at the certificate of a connection whose handshake is done. @throws UntrustedServer */
export const requireTrusted = (socket: TLSSocket, { name, pin }: ServerDialling): void => {
  if (pin === undefined) {
    if (socket.authorized) return
    const why = String(socket.authorizationError)
    throw new UntrustedServer(
      `no public authority says that it is ${name} (${why}): name its fingerprint after #`,
    )
  }
  const certificate = socket.getPeerX509Certificate()
  const shown = certificate && fingerprintOfKey(certificate.publicKey)
  if (shown !== pin)
    throw new UntrustedServer(
      `it shows another certificate: its fingerprint is ${shown ?? 'none'}, not ${pin}`,
    )
}
