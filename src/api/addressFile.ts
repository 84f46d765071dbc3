import { open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parsePeerId, parsePort, type Endpoint, type PeerId } from '../protocol/ids.js'
import { asObject, asString } from '../protocol/json/fields.js'
import { isLoopbackHost } from '../support/loopback.js'

/**
 * Running peers write where their HTTP API is, each into a file of its own in the state folder, named by its
 * identity. A peer that was killed leaves its file behind; its next start overwrites it, and until then whoever reads
 * it finds nothing at that address, or somebody else.
 */
const FILE = /^http-([0-9a-f]{32})\.json$/
const fileOf = (peerId: PeerId): string => `http-${peerId}.json`

/** A file holds an address; peers that share a state folder are no more than this. */
const MAX_BYTES = 256
const MAX_FILES = 64

/** Where an API is found on this machine. */
export interface OwnAddress {
  readonly endpoint: Endpoint
  /** SHA-256 of its certificate, where it speaks HTTPS. */
  readonly fingerprint: string | undefined
}

/** Where a peer says that its API is. */
export interface KeptAddress extends OwnAddress {
  readonly peerId: PeerId
}

/** Writes the address down for as long as the peer runs; the function returned takes it away. */
export const keepAddress = async (
  state: string,
  peerId: PeerId,
  { endpoint: { host, port }, fingerprint }: OwnAddress,
): Promise<() => Promise<void>> => {
  const path = join(state, fileOf(peerId))
  // Renamed into place: a reader never sees half of it.
  await writeFile(`${path}.new`, JSON.stringify({ host, port, fingerprint }), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return () => rm(path, { force: true }).catch(() => undefined)
}

const FINGERPRINT = /^[0-9A-F:]{95}$/

const parseAddress = (text: string): OwnAddress | undefined => {
  try {
    const address = asObject(JSON.parse(text))
    const host = asString(address?.host)
    const port = parsePort(address?.port)
    const given = asString(address?.fingerprint)
    const fingerprint = given !== undefined && FINGERPRINT.test(given) ? given : undefined
    return host !== undefined && isLoopbackHost(host) && port
      ? { endpoint: { host, port }, fingerprint }
      : undefined
  } catch {
    return undefined
  }
}

const readStart = async (path: string): Promise<string> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Every address in the state folder, those of peers that are gone included. */
export const readAddresses = async (state: string): Promise<readonly KeptAddress[]> => {
  const names = await readdir(state).catch(() => [])
  const files = names.filter((name) => FILE.test(name)).slice(0, MAX_FILES)
  const found = await Promise.all(
    files.map(async (name) => {
      const peerId = parsePeerId(FILE.exec(name)?.[1] ?? '')
      const address = parseAddress(await readStart(join(state, name)).catch(() => ''))
      return peerId === undefined || address === undefined ? [] : [{ peerId, ...address }]
    }),
  )
  return found.flat()
}
