import 'reflect-metadata'
import {
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type JsonGeneralName,
} from '@peculiar/x509'
import { KeyObject, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type { Certificate } from '../app.js'

/** Browsers take ECDSA on P-256, and none of them Ed25519. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Apple's take no certificate that is good for longer than 825 days. */
const LIFE = 800 * 24 * 3600 * 1000

/** Clocks of others may be behind. */
const SLACK = 24 * 3600 * 1000

/** A certificate for `names` (host names and addresses), signed by nobody but itself. */
export const makeSelfSigned = async (names: readonly string[], now: number): Promise<Certificate> => {
  cryptoProvider.set(webcrypto)
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const alternatives = names.map((value): JsonGeneralName => {
    return { type: isIP(value) === 0 ? 'dns' : 'ip', value }
  })
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `00${randomBytes(15).toString('hex')}`,
    name: 'CN=Shoal',
    notBefore: new Date(now - SLACK),
    notAfter: new Date(now + LIFE),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new SubjectAlternativeNameExtension(alternatives),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    ],
  })
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
  return { cert: certificate.toString('pem'), key: key.toString() }
}
