import { readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { safeName } from '../../protocol/metainfo/path.js'
import { diskError } from '../hash/diskError.js'
import { readBounded } from './readBounded.js'

/** What a folder of chunk files says about itself. */
export interface Manifest {
  /** The file's name: a safe path component. */
  readonly name: string
  /** Bytes of the file. */
  readonly size: number
  /** Bytes of each chunk but the last. */
  readonly chunkSize: number
  /** SHA-256 of each chunk, lower-case hexadecimal. */
  readonly chunks: readonly string[]
}

/** Chunk files of one file: 2^20 of 16 KiB are 16 GiB; more files than that in one folder serve nobody. */
const MAX_CHUNK_FILES = 2 ** 20

/** A manifest: 67 bytes a chunk and the names, doubled for white space that others may write. */
const MAX_MANIFEST = MAX_CHUNK_FILES * 134 + 4096

/** Bytes of a chunk that is taken from others: what may stand in memory. */
const MAX_CHUNK_SIZE = 1024 * 1024

const SUFFIX = '.manifest.json'

export const chunkFileName = (name: string, index: number): string => `${name}_chunk_${index}`

/** Bytes of chunk `index`. */
export const chunkLength = ({ size, chunkSize }: Manifest, index: number): number =>
  Math.min(chunkSize, size - index * chunkSize)

/** Writes the manifest of `dir` whole or not at all. */
export const writeManifest = async (dir: string, manifest: Manifest): Promise<void> => {
  const path = join(dir, manifest.name + SUFFIX)
  await writeFile(`${path}.part`, JSON.stringify(manifest))
  await rename(`${path}.part`, path)
}

/**
 * Reads the only manifest of `dir`.
 *
 * @throws ShoalError PATH_NOT_FOUND when there is none, USAGE when there are several, VERIFICATION_FAILED when it is malformed,
 *   PATH_UNSAFE for the name in it, DISK_FAILED
 */
export const readManifest = async (dir: string): Promise<Manifest> => {
  const path = await findManifest(dir)
  try {
    const bytes = await readBounded(path, MAX_MANIFEST)
    if (bytes === undefined) throw malformed(path, 'it is no file, or too large')
    return parseManifest(path, bytes.toString('utf8'))
  } catch (error) {
    throw diskError(error, path)
  }
}

const findManifest = async (dir: string): Promise<string> => {
  const entries = await readdir(dir).catch((error: unknown) => {
    throw diskError(error, dir)
  })
  const names = entries.filter((name) => name.endsWith(SUFFIX))
  const [name] = names
  if (name === undefined) throw new ShoalError('PATH_NOT_FOUND', `${dir} holds no *${SUFFIX}`)
  if (names.length > 1) throw new ShoalError('USAGE', `${dir} holds the chunks of several files`)
  return join(dir, name)
}

const malformed = (path: string, reason: string): ShoalError =>
  new ShoalError('VERIFICATION_FAILED', `${path} is no manifest: ${reason}`)

const parseManifest = (path: string, text: string): Manifest => {
  const { name, size, chunkSize, chunks } = parseObject(path, text)
  if (typeof name !== 'string') throw malformed(path, '"name" is not text')
  if (!isCount(size)) throw malformed(path, '"size" is not a number of bytes')
  if (!isCount(chunkSize) || chunkSize === 0 || chunkSize > MAX_CHUNK_SIZE) {
    throw malformed(path, '"chunkSize" is not a number of bytes that can be')
  }
  const count = Math.ceil(size / chunkSize)
  if (!Array.isArray(chunks) || chunks.length !== count || count > MAX_CHUNK_FILES || !chunks.every(isHash)) {
    throw malformed(path, '"chunks" does not hold one SHA-256 for each chunk')
  }
  return { name: safeName(name), size, chunkSize, chunks }
}

const parseObject = (path: string, text: string): { readonly [key: string]: unknown } => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    throw malformed(path, 'it is not JSON')
  }
  throw malformed(path, 'it is not an object')
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

/** Chunks of `size` bytes. @throws ShoalError USAGE when they were too many files */
export const chunkCountOf = (size: number): number => {
  const count = Math.ceil(size / CHUNK_SIZE)
  if (count > MAX_CHUNK_FILES) {
    throw new ShoalError(
      'USAGE',
      `${count} chunk files are too many for one folder; at most ${MAX_CHUNK_FILES}`,
    )
  }
  return count
}
