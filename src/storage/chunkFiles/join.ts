import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import { toHex } from '../../protocol/hex.js'
import { diskError, isMissing } from '../hash/diskError.js'
import { sha256 } from '../hash/job.js'
import { chunkLength, readManifest, type Manifest } from './manifest.js'
import { readFully } from './readBounded.js'
import type { ChunkOptions } from './split.js'
import { useChunks } from './verifyChunks.js'

export interface JoinReport {
  readonly manifest: Manifest
  /** The file that was rebuilt. */
  readonly path: string
}

/**
 * Verifies the chunk files of `dir` and rebuilds their file as `out`, or inside it where it is a folder.
 * It is written as `out`.part and renamed when every chunk was right. The same file there already is left as it is.
 *
 * @throws ShoalError VERIFICATION_FAILED naming every bad chunk, FILE_EXISTS when another file is there,
 *   PATH_NOT_FOUND, USAGE, PATH_UNSAFE, DISK_FULL, DISK_FAILED
 */
export const joinChunks = async (
  dir: string,
  out: string,
  options: ChunkOptions = {},
): Promise<JoinReport> => {
  const manifest = await readManifest(dir)
  try {
    const path = (await isFolder(out)) ? join(out, manifest.name) : out
    if (!(await isThere(path, manifest))) await rebuild(dir, manifest, path, options)
    return { manifest, path }
  } catch (error) {
    throw diskError(error, out)
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false

/** Whether the very file is there. @throws ShoalError FILE_EXISTS when something else is */
const isThere = async (path: string, manifest: Manifest): Promise<boolean> => {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (found === undefined) return false
  if (found.isFile() && found.size === manifest.size && (await hasChunks(path, manifest))) return true
  throw new ShoalError('FILE_EXISTS', `${path} is there already and is another file`)
}

const hasChunks = async (path: string, manifest: Manifest): Promise<boolean> => {
  const handle = await open(path, 'r')
  try {
    for (const [index, hash] of manifest.chunks.entries()) {
      const data = await readFully(handle, index * manifest.chunkSize, chunkLength(manifest, index))
      if (toHex(sha256(data)) !== hash) return false
    }
    return true
  } finally {
    await handle.close()
  }
}

const rebuild = async (
  dir: string,
  manifest: Manifest,
  path: string,
  options: ChunkOptions,
): Promise<void> => {
  const part = `${path}.part`
  await rm(part, { force: true })
  try {
    await writePart(part, dir, manifest, options)
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

const writePart = async (
  part: string,
  dir: string,
  manifest: Manifest,
  options: ChunkOptions,
): Promise<void> => {
  const handle = await open(part, 'wx')
  try {
    const use = (index: number, data: Uint8Array): Promise<void> =>
      writeAll(handle, data, index * manifest.chunkSize)
    const bad = await useChunks(dir, manifest, use, options)
    if (bad.length > 0) throw badChunks(bad)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const writeAll = async (handle: FileHandle, data: Uint8Array, offset: number): Promise<void> => {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await handle.write(data, done, data.length - done, offset + done)
    done += bytesWritten
  }
}

/** Makes the rename outlast a power cut; Windows has no such call and needs none. */
const syncFolder = async (path: string): Promise<void> => {
  const handle = await open(path, 'r').catch(() => undefined)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}

/** "3, 7-9" */
const rangesOf = (sorted: readonly number[]): string => {
  const ranges: string[] = []
  for (let first = 0; first < sorted.length;) {
    let last = first
    while (sorted[last + 1] === (sorted[last] ?? 0) + 1) last++
    ranges.push(first === last ? `${sorted[first]}` : `${sorted[first]}-${sorted[last]}`)
    first = last + 1
  }
  return ranges.join(', ')
}

const badChunks = (bad: readonly number[]): ShoalError =>
  new ShoalError(
    'VERIFICATION_FAILED',
    `bad or missing: ${bad.length === 1 ? 'chunk' : 'chunks'} ${rangesOf(bad)}`,
  )
