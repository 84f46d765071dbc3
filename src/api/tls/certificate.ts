import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { ShoalError } from '../../protocol/errors.js'
import type { Certificate } from '../app.js'

/** Where the certificate comes from. */
export type CertificateSource =
  | { readonly kind: 'files'; readonly cert: string; readonly key: string }
  /** Made by itself, kept in the state folder, in `file`; its key stays the same when it is made anew. */
  | {
      readonly kind: 'self-signed'
      readonly state: string
      readonly names: readonly string[]
      readonly file?: string
    }

/** A certificate that ends sooner than this is made anew. Milliseconds. */
const LEAST_LIFE = 30 * 24 * 3600 * 1000

/** SHA-256 of the certificate as browsers show it. */
export const fingerprintOf = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256

/** @throws ShoalError CONFIG_INVALID where the files are none, or do not belong together */
export const openCertificate = async (source: CertificateSource, now: number): Promise<Certificate> =>
  source.kind === 'files' ? readFiles(source.cert, source.key) : keptOrNew(source, now)

const readFiles = async (cert: string, key: string): Promise<Certificate> => {
  try {
    const certificate = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
    createSecureContext(certificate)
    return certificate
  } catch (error) {
    throw new ShoalError(
      'CONFIG_INVALID',
      `${cert} and ${key} are no certificate and key: ${(error as Error).message}`,
    )
  }
}

/** What others may call this machine. */
const ownNames = (names: readonly string[]): readonly string[] => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const all = ['localhost', hostname(), ...names, ...addresses.map(({ address }) => address)]
  return [...new Set(all.filter((name) => name !== '' && !name.includes('%')))]
}

const covers = (certificate: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined

/** Names that a user gave must be in it; addresses come and go, and a browser asks about it in any case. */
const isGood = ({ cert, key }: Certificate, names: readonly string[], now: number): boolean => {
  try {
    createSecureContext({ cert, key })
    const certificate = new X509Certificate(cert)
    const isLasting = Date.parse(certificate.validTo) - now > LEAST_LIFE
    return isLasting && names.every((name) => covers(certificate, name))
  } catch {
    return false
  }
}

/** The key of a certificate that is to be made anew: who knows its fingerprint shall know it further on. */
const keyIn = (text: string): KeyObject | undefined => {
  try {
    const key = createPrivateKey(text)
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined
  } catch {
    return undefined
  }
}

const keptOrNew = async (
  { state, names, file = 'http-certificate.pem' }: Extract<CertificateSource, { kind: 'self-signed' }>,
  now: number,
): Promise<Certificate> => {
  const path = join(state, file)
  const text = await readFile(path, 'utf8').catch(() => '')
  // One file holds both, so that they belong together.
  const kept = { cert: text, key: text }
  if (isGood(kept, names, now)) return kept
  const { makeWebCertificate } = await import('../../support/tls/selfSigned.js')
  const made = await makeWebCertificate(ownNames(names), now, keyIn(text))
  await mkdir(state, { recursive: true, mode: 0o700 })
  await writeFile(`${path}.new`, `${made.key}${made.cert}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
  return made
}
