import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Bitfield } from '../../protocol/bitfield.js'
import type { Metainfo } from '../../protocol/metainfo/content.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { diskError, isMissing } from './diskError.js'
import { bytesOf, type Job, type JobResult } from './job.js'
import { jobsOf, runJobs } from './pool.js'
import type { Progress } from './hashContent.js'
import { pieceCheckOf, type PieceCheck, type PresentFile } from './pieceCheck.js'

/**
 * complete: size and every hash are right. wrong-size: shorter or longer than it should be, whatever its hashes.
 * corrupt: the size is right, a hash is not.
 */
export type FileState = 'complete' | 'missing' | 'wrong-size' | 'corrupt'

export interface FileReport {
  /** Components below the folder; for a single file its name. */
  readonly path: readonly string[]
  readonly state: FileState
  /** Bytes it should have. */
  readonly size: number
  /** Bytes it has; undefined: it is missing. */
  readonly actualSize: number | undefined
  /** Pieces with a part in this file whose hash is wrong or whose data is not there. */
  readonly badPieces: readonly number[]
}

export interface VerifyReport {
  readonly isComplete: boolean
  readonly pieceCount: number
  /** In order. Numbered as in the .torrent. */
  readonly badPieces: readonly number[]
  readonly files: readonly FileReport[]
  /** Chunks of good pieces, by `Layout`; undefined for v1 alone, which knows no chunks. */
  readonly chunks: Bitfield | undefined
}

export interface VerifyOptions {
  /** Bytes hashed, of all that are there. */
  readonly onProgress?: Progress
  readonly signal?: AbortSignal
}

/**
 * Hashes what is there of a torrent, on all cores: by SHA-256 where there is a v2 side, else by SHA-1.
 * `root` is the folder that holds the torrent's file or folder.
 *
 * @throws ShoalError DISK_FAILED where a file cannot be read, FILE_CHANGED where one shrinks meanwhile, INTERRUPTED
 */
export const verifyContent = async (
  metainfo: Metainfo,
  root: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> => {
  const files = await findFiles(metainfo, root)
  const check = pieceCheckOf(metainfo, files)
  const good = await goodPieces(check, options)
  return report(metainfo, files, check, good)
}

const findFiles = async (metainfo: Metainfo, root: string): Promise<readonly PresentFile[]> => {
  const found: PresentFile[] = []
  for (const { path } of metainfo.files) {
    const absolute = metainfo.isFolder ? join(root, metainfo.name, ...path) : join(root, metainfo.name)
    found.push({ absolute, size: await sizeOf(absolute) })
  }
  return found
}

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw diskError(error, path)
  }
}

const goodPieces = async (check: PieceCheck, options: VerifyOptions): Promise<Bitfield> => {
  const good = Bitfield.empty(check.pieceCount)
  let size = 0
  for (const task of check.tasks()) size += bytesOf(task)
  let done = 0
  const take = (job: Job, result: JobResult): void => {
    for (const [index, task] of job.entries()) {
      if (check.isGood(task.piece, result, index)) good.add(task.piece)
      done += bytesOf(task)
    }
    options.onProgress?.(done, size)
  }
  await runJobs(jobsOf(check.tasks()), take, { size, signal: options.signal })
  return good
}

const report = (
  metainfo: Metainfo,
  present: readonly PresentFile[],
  check: PieceCheck,
  good: Bitfield,
): VerifyReport => {
  const badOf: number[][] = metainfo.files.map(() => [])
  const badPieces: number[] = []
  for (let piece = 0; piece < check.pieceCount; piece++) {
    if (good.has(piece)) continue
    badPieces.push(piece)
    for (const file of check.filesOf(piece)) badOf[file]?.push(piece)
  }
  const files = metainfo.files.map(({ path, size }, index) => {
    const actualSize = present[index]?.size
    const bad = badOf[index] ?? []
    return { path, size, actualSize, badPieces: bad, state: stateOf(size, actualSize, bad) }
  })
  const isComplete = badPieces.length === 0 && files.every(({ state }) => state === 'complete')
  return { isComplete, pieceCount: check.pieceCount, badPieces, files, chunks: chunksOf(metainfo, good) }
}

const stateOf = (size: number, actual: number | undefined, badPieces: readonly number[]): FileState => {
  if (actual === undefined) return 'missing'
  if (actual !== size) return 'wrong-size'
  return badPieces.length > 0 ? 'corrupt' : 'complete'
}

const chunksOf = (metainfo: Metainfo, good: Bitfield): Bitfield | undefined => {
  if (metainfo.infoHash === undefined) return undefined
  const layout = new Layout(metainfo)
  const chunks = Bitfield.empty(layout.chunkCount)
  for (const piece of good) {
    const { first, count } = layout.chunksOf(piece)
    for (let chunk = first; chunk < first + count; chunk++) chunks.add(chunk)
  }
  return chunks
}
