import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { CertifiedKey } from '../../support/tls/selfSigned.js'

/** RFC 8446 alone. AES-128 first: it is the fastest where the processor helps, and both sides of most have one that does. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384'

/** What TLS is with a server that anybody may ask, a browser too: its key, and that of who asks, may be of any kind. */
export const openParameters = ({ key, cert }: CertifiedKey): SecureContextOptions => ({
  key,
  cert,
  minVersion: 'TLSv1.3',
  ciphers: CIPHERS,
})

/** What TLS between peers is, whichever side one is: each shows an Ed25519 key, and takes no other from the other. */
export const secureParameters = ({ key, cert }: CertifiedKey): SecureContextOptions => ({
  key,
  cert,
  minVersion: 'TLSv1.3',
  ciphers: CIPHERS,
  // RFC 8446 section 4.2.3: also the kinds of signature that are taken.
  sigalgs: 'ed25519',
})

const contexts = new WeakMap<CertifiedKey, SecureContext>()

/** The same, made once for each key: to make it costs as much as a handshake. */
export const secureContextOf = (identity: CertifiedKey): SecureContext => {
  const known = contexts.get(identity)
  if (known !== undefined) return known
  const context = createSecureContext(secureParameters(identity))
  contexts.set(identity, context)
  return context
}
