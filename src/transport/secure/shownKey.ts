import type { TLSSocket } from 'node:tls'
import { peerIdOfKey, type PeerId } from '../../protocol/ids.js'
import { fingerprintOfKey } from '../../support/tls/ownKey.js'

/** Bytes of a certificate that is looked at; Shoal's have 230. OpenSSL takes no more than 100 KiB of them in all. */
const MAX_CERTIFICATE = 4096

/**
 * The fingerprint of the Ed25519 key that the other side holds, as its handshake proved; undefined where it shows none.
 * Nothing else that the certificate says counts: neither names, nor dates, nor who signed it.
 */
export const shownKeyOf = (socket: TLSSocket): string | undefined => {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined || certificate.raw.length > MAX_CERTIFICATE) return undefined
  const { publicKey } = certificate
  return publicKey.asymmetricKeyType === 'ed25519' ? fingerprintOfKey(publicKey) : undefined
}

const proven = new WeakMap<object, PeerId>()

/** Notes whose key the other side of `socket` holds. */
export const noteProven = (socket: object, fingerprint: string): void => {
  proven.set(socket, peerIdOfKey(fingerprint))
}

/** The PEER_ID that the other side of `socket` proved to hold; undefined outside TLS. */
export const provenIdOf = (socket: object): PeerId | undefined => proven.get(socket)
