import { join } from 'node:path'
import { toHex } from '../../protocol/hex.js'
import { diskError, isMissing } from '../hash/diskError.js'
import { sha256 } from '../hash/job.js'
import { inBatches } from './inBatches.js'
import { chunkFileName, chunkLength, readManifest, type Manifest } from './manifest.js'
import { readBounded } from './readBounded.js'
import type { ChunkOptions } from './split.js'

export interface ChunkReport {
  readonly manifest: Manifest
  /** Indices of the chunks that are missing or whose data is wrong, in order. */
  readonly bad: readonly number[]
}

/** Does something with a chunk that was found right. */
export type UseChunk = (index: number, data: Uint8Array) => Promise<void>

/**
 * Hashes every chunk file of `dir` and names the bad ones.
 *
 * @throws ShoalError PATH_NOT_FOUND, USAGE, VERIFICATION_FAILED, PATH_UNSAFE for the manifest; DISK_FAILED
 */
export const verifyChunks = async (dir: string, options: ChunkOptions = {}): Promise<ChunkReport> => {
  const manifest = await readManifest(dir)
  return { manifest, bad: await useChunks(dir, manifest, async () => undefined, options) }
}

/** Hands every right chunk to `use`, several at a time, and returns the indices of the others. */
export const useChunks = async (
  dir: string,
  manifest: Manifest,
  use: UseChunk,
  { onProgress }: ChunkOptions,
): Promise<number[]> => {
  const bad: number[] = []
  const { size, chunkSize, chunks } = manifest
  const work = async (index: number): Promise<void> => {
    const data = await readChunk(dir, manifest, index)
    if (data && toHex(sha256(data)) === chunks[index]) await use(index, data)
    else bad.push(index)
  }
  await inBatches(chunks.length, work, (done) => onProgress?.(Math.min(size, done * chunkSize), size))
  return bad.sort((left, right) => left - right)
}

/** Undefined where the chunk file is missing, no regular file, or not of its length. */
const readChunk = async (dir: string, manifest: Manifest, index: number): Promise<Uint8Array | undefined> => {
  const path = join(dir, chunkFileName(manifest.name, index))
  try {
    const length = chunkLength(manifest, index)
    const data = await readBounded(path, length)
    return data?.length === length ? data : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw diskError(error, path)
  }
}
