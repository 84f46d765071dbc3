import { link, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { codeOf } from './diskError.js'
import { look, syncFolder } from './partFolder.js'

/** What link(2) answers where the file system has no hard links. */
const NO_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EISDIR']

/** What rename(2) answers where the target is taken. */
const TAKEN = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR']

/**
 * Gives the finished `part` its name `path`, and makes the name survive a power loss. Never overwrites.
 * @throws ShoalError FILE_EXISTS
 */
export const publish = async (part: string, path: string, isFolder: boolean): Promise<void> => {
  if (isFolder) await renameFree(part, path)
  else await linkFree(part, path)
  await syncFolder(dirname(path))
}

/**
 * A crash between the link and the drop of the old name leaves both: drops the one of the part, if it is the very file
 * that stands at `path`. Never rejects: the content is there either way.
 */
export const dropPublishedPart = async (path: string): Promise<void> => {
  const part = `${path}.part`
  const [left, right] = await Promise.all([look(part), look(path)]).catch(() => [])
  if (left?.isFile() !== true || left.ino !== right?.ino || left.dev !== right.dev) return
  await unlink(part).catch(() => undefined)
}

/** A link fails where the name is taken, a rename would overwrite: so link, then drop the old name. */
const linkFree = async (part: string, path: string): Promise<void> => {
  try {
    await link(part, path)
  } catch (error) {
    if (NO_LINKS.includes(codeOf(error) ?? '')) return renameFree(part, path)
    if (codeOf(error) === 'EEXIST') throw taken(path, error)
    throw error
  }
  await unlink(part)
}

const renameFree = async (part: string, path: string): Promise<void> => {
  if ((await look(path)) !== undefined) throw taken(path)
  try {
    await rename(part, path)
  } catch (error) {
    if (TAKEN.includes(codeOf(error) ?? '')) throw taken(path, error)
    throw error
  }
}

const taken = (path: string, cause?: unknown): ShoalError =>
  new ShoalError('FILE_EXISTS', `${path} is there already`, { cause })
