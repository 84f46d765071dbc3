import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import { toHex } from '../../protocol/hex.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { safeName } from '../../protocol/metainfo/path.js'
import { diskError } from '../hash/diskError.js'
import type { Progress } from '../hash/hashContent.js'
import { sha256 } from '../hash/job.js'
import { safeToShare } from '../hash/safeToShare.js'
import { inBatches } from './inBatches.js'
import { chunkCountOf, chunkFileName, chunkLength, writeManifest, type Manifest } from './manifest.js'
import { readFully } from './readBounded.js'

export interface ChunkOptions {
  readonly onProgress?: Progress
}

/**
 * Writes `file` as FILE_chunk_0, FILE_chunk_1, ... of 16 KiB into `dir`, which is made where it is missing,
 * and at last FILE.manifest.json with every chunk's SHA-256.
 *
 * @throws ShoalError PATH_NOT_FOUND, NOTHING_TO_SHARE when it is no file, NAME_UNUSABLE, USAGE when the chunks were too many,
 *   FILE_CHANGED, DISK_FULL, DISK_FAILED
 */
export const splitFile = async (file: string, dir: string, options: ChunkOptions = {}): Promise<Manifest> => {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw diskError(error, file)
  })
  try {
    return await splitHandle(handle, file, dir, options)
  } catch (error) {
    throw diskError(error, dir)
  } finally {
    await handle.close()
  }
}

const nameOf = (file: string): string => safeToShare(file, () => safeName(basename(resolve(file))))

const splitHandle = async (
  handle: FileHandle,
  file: string,
  dir: string,
  { onProgress }: ChunkOptions,
): Promise<Manifest> => {
  const before = await handle.stat()
  if (!before.isFile()) throw new ShoalError('NOTHING_TO_SHARE', `${file} is no file`)
  const { size } = before
  const chunks = new Array<string>(chunkCountOf(size))
  const manifest = { name: nameOf(file), size, chunkSize: CHUNK_SIZE, chunks }
  await mkdir(dir, { recursive: true })
  const writeChunk = async (index: number): Promise<void> => {
    const length = chunkLength(manifest, index)
    const data = await readFully(handle, index * CHUNK_SIZE, length)
    if (data.length < length)
      throw new ShoalError('FILE_CHANGED', `${file} became shorter while it was split`)
    chunks[index] = toHex(sha256(data))
    await writeFile(join(dir, chunkFileName(manifest.name, index)), data)
  }
  await inBatches(chunks.length, writeChunk, (done) => onProgress?.(Math.min(size, done * CHUNK_SIZE), size))
  const after = await handle.stat()
  if (after.size !== size || after.mtimeMs !== before.mtimeMs) {
    throw new ShoalError('FILE_CHANGED', `${file} changed while it was split`)
  }
  await writeManifest(dir, manifest)
  return manifest
}
