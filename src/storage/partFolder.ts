import { lstat, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { codeOf } from './diskError.js'
import type { BigIntStats } from 'node:fs'

/** What stands at `path` itself, links not followed; undefined where nothing does. */
export const look = async (path: string): Promise<BigIntStats | undefined> => {
  try {
    return await lstat(path, { bigint: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/**
 * Makes the empty part file or part folder `root`, or takes over the one that is there where `isOurs`.
 * @throws ShoalError FILE_EXISTS (somebody else's, or no plain file or folder)
 */
export const claimPart = async (root: string, isFolder: boolean, isOurs: boolean): Promise<void> => {
  await mkdir(dirname(root), { recursive: true })
  const found = await look(root)
  if (found === undefined) return makePart(root, isFolder)
  const isPlain = isFolder ? found.isDirectory() : found.isFile() && found.nlink === 1n
  if (!isOurs || !isPlain)
    throw new ShoalError('FILE_EXISTS', `${root} is there and is not a part of this download`)
}

const makePart = async (root: string, isFolder: boolean): Promise<void> => {
  try {
    if (isFolder) await mkdir(root)
    else await (await open(root, 'wx')).close()
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new ShoalError('FILE_EXISTS', `${root} was made by somebody else just now`, { cause: error })
  }
}

/**
 * Makes the folders of `path` below `root`. Each, and `root` too, must be a folder and no link: a link could lead
 * what is written there to any place of the disk.
 * @throws ShoalError DISK_FAILED
 */
export const makeParents = async (root: string, path: readonly string[]): Promise<void> => {
  await requireFolder(root)
  let folder = root
  for (const name of path.slice(0, -1)) {
    folder = join(folder, name)
    await makeFolder(folder)
  }
}

const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    await requireFolder(folder)
  }
}

const requireFolder = async (folder: string): Promise<void> => {
  const found = await look(folder)
  if (found === undefined) throw new ShoalError('DISK_FAILED', `${folder} is gone; start the download again`)
  if (!found.isDirectory())
    throw new ShoalError('DISK_FAILED', `${folder} is no folder; remove it and start the download again`)
}

/** Makes the entries of `folder` survive a power loss, where the system lets folders be synced. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error
  } finally {
    await handle.close()
  }
}
