import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { acquireLock } from '../support/lockFile.js'
import { encodeUtf8 } from '../protocol/bytes.js'
import { ShoalError } from '../protocol/errors.js'
import { diskError } from './diskError.js'
import { findVerified } from './resume.js'
import { Journal } from './journal.js'
import { look } from './partFolder.js'
import { PartFiles } from './partFiles.js'
import type { Bitfield } from '../protocol/bitfield.js'
import type { DownloadOptions } from './downloadOptions.js'
import type { Lock } from '../support/lockFile.js'

/** A download's files, open and compared with its journal. */
export interface OpenDownload {
  readonly parts: PartFiles
  readonly journal: Journal
  readonly lock: Lock
  /** Chunks that are on disk and whole. */
  readonly verified: Bitfield
}

/**
 * Locks, opens or makes what a download has on disk, and finds what of it can be kept.
 * @throws ShoalError STATE_LOCKED, FILE_EXISTS, DISK_FULL, DISK_FAILED
 */
export const openDownload = async (options: DownloadOptions): Promise<OpenDownload> => {
  const path = options.journal
  const lock = await guarded(path, async () => {
    await mkdir(dirname(path), { recursive: true })
    return acquireLock(`${path}.lock`)
  })
  if (lock === undefined) throw new ShoalError('STATE_LOCKED', `another process downloads to ${path}`)
  try {
    const isResumed = (await guarded(path, () => look(path))) !== undefined
    const journal = await guarded(path, () => Journal.open(path, keyOf(options)))
    return { lock, journal, ...(await openParts(options, journal, isResumed)) }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * The journal is made before the part, so that one without the other is somebody else's: of a file that was there
 * before no journal is left behind, else the next try would take it for ours.
 */
const openParts = async (
  options: DownloadOptions,
  journal: Journal,
  isResumed: boolean,
): Promise<Pick<OpenDownload, 'parts' | 'verified'>> => {
  try {
    const parts = await PartFiles.claim(options.content, options.folder, isResumed)
    await requireFree(parts)
    const verified = await guarded(options.journal, () => findVerified({ ...options, journal, parts }))
    return { parts, verified }
  } catch (error) {
    if (isResumed) await journal.close()
    else await journal.remove()
    throw error
  }
}

const requireFree = async (parts: PartFiles): Promise<void> => {
  if ((await guarded(parts.finalPath, () => look(parts.finalPath))) === undefined) return
  throw new ShoalError('FILE_EXISTS', `${parts.finalPath} is there already`)
}

/**
 * Says whose journal it is: another identity, or other files under it, make another key. So do other roots, since
 * chunks that were verified against one prove nothing under another.
 */
const keyOf = ({ content, identity, sha256 }: DownloadOptions): Uint8Array => {
  const { name, isFolder, files } = content
  const places = files.map(({ path, size, rootHash = '' }) => [size, rootHash, ...path])
  return sha256(encodeUtf8(JSON.stringify([identity, name, isFolder, places])))
}

const guarded = async <Result>(path: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    throw diskError(error, path)
  }
}
