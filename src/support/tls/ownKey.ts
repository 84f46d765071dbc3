import { createPrivateKey, createPublicKey, hash, X509Certificate, type KeyObject } from 'node:crypto'
import { chmod, open, readFile, rename } from 'node:fs/promises'
import type { CertifiedKey } from './selfSigned.js'

/** An Ed25519 key with a certificate that says nothing else, and how others name it. */
export interface OwnKey extends CertifiedKey {
  /** SHA-256 of the public key as SubjectPublicKeyInfo (RFC 5280 section 4.1), 64 hexadecimal characters. */
  readonly fingerprint: string
}

/** The fingerprint of a public key. */
export const fingerprintOfKey = (key: KeyObject): string =>
  hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex')

/** Only whose files they are may read them. */
const PRIVATE = 0o600

/**
 * Reads the key of a file, or makes it where there is none. One file holds key and certificate, so that they belong
 * together.
 *
 * @throws Error where the file cannot be read or written, or holds something else
 */
export const openOwnKey = async (path: string): Promise<OwnKey> => {
  const known = await readOwnKey(path)
  if (known !== undefined) return known
  // It takes 100 ms to load, once in the life of a key.
  const { makeKeyCertificate } = await import('./selfSigned.js')
  const { key, cert } = await makeKeyCertificate()
  await writePrivate(path, `${key.trim()}\n${cert.trim()}\n`)
  return decode(path, `${key.trim()}\n${cert.trim()}\n`)
}

/** The key of a file; undefined where there is no file. @throws Error as openOwnKey */
export const readOwnKey = async (path: string): Promise<OwnKey | undefined> => {
  try {
    const text = await readFile(path, 'utf8')
    await chmod(path, PRIVATE)
    return decode(path, text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const decode = (path: string, text: string): OwnKey => {
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519' && new X509Certificate(text).checkPrivateKey(key))
      return { key: text, cert: text, fingerprint: fingerprintOfKey(createPublicKey(key)) }
  } catch {
    // It is said below.
  }
  throw new Error(
    `${path} holds no Ed25519 key with its certificate; move it away, and another identity is made`,
  )
}

/** Whole or not at all, also when the power fails. */
const writePrivate = async (path: string, text: string): Promise<void> => {
  const file = await open(`${path}.new`, 'w', PRIVATE)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}
