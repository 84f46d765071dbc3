import 'reflect-metadata'
import {
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type Extension,
  type JsonGeneralName,
} from '@peculiar/x509'
import { createPublicKey, KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate and the key it is of, both as PEM. */
export interface CertifiedKey {
  readonly cert: string
  readonly key: string
}

/** Browsers take ECDSA on P-256, and none of them Ed25519. */
const OF_BROWSERS = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const OF_PEERS = { name: 'Ed25519' }

/** Apple's take no certificate that is good for longer than 825 days. */
const LIFE = 800 * 24 * 3600 * 1000

/** Clocks of others may be behind. */
const SLACK = 24 * 3600 * 1000

/** RFC 5280 section 4.1.2.5: a certificate without an end. Nor does it say when it began. */
const ALWAYS = { notBefore: new Date(Date.UTC(2000, 0, 1)), notAfter: new Date('9999-12-31T23:59:59Z') }

/** A certificate of a web server for `names` (host names and addresses), signed by nobody but itself; of `key`, where it has one. */
export const makeWebCertificate = (
  names: readonly string[],
  now: number,
  key?: KeyObject,
): Promise<CertifiedKey> => {
  const alternatives = names.map((value): JsonGeneralName => {
    return { type: isIP(value) === 0 ? 'dns' : 'ip', value }
  })
  return makeSelfSigned({
    algorithm: OF_BROWSERS,
    key,
    notBefore: new Date(now - SLACK),
    notAfter: new Date(now + LIFE),
    extensions: [
      new SubjectAlternativeNameExtension(alternatives),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    ],
  })
}

/** A certificate that says nothing but its key, which is what others know its holder by. */
export const makeKeyCertificate = (): Promise<CertifiedKey> =>
  makeSelfSigned({ algorithm: OF_PEERS, key: undefined, ...ALWAYS, extensions: [] })

interface Wish {
  readonly algorithm: typeof OF_BROWSERS | typeof OF_PEERS
  /** Default: a new one. */
  readonly key: KeyObject | undefined
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: Extension[]
}

type Algorithm = Wish['algorithm']

const makeKeys = async (algorithm: Algorithm): Promise<webcrypto.CryptoKeyPair> =>
  (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair

const keysOf = async (key: KeyObject, algorithm: Algorithm): Promise<webcrypto.CryptoKeyPair> => {
  const { subtle } = webcrypto
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, algorithm, true, ['verify']),
  }
}

const makeSelfSigned = async ({ algorithm, key: kept, ...wish }: Wish): Promise<CertifiedKey> => {
  cryptoProvider.set(webcrypto)
  const keys = await (kept === undefined ? makeKeys(algorithm) : keysOf(kept, algorithm))
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `00${randomBytes(15).toString('hex')}`,
    name: 'CN=Shoal',
    signingAlgorithm: algorithm,
    keys,
    ...wish,
  })
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
  return { cert: certificate.toString('pem'), key: key.toString() }
}
