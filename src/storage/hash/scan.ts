import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { decodeUtf8 } from '../../protocol/bytes.js'
import { ShoalError } from '../../protocol/errors.js'
import { MAX_CHUNKS, MAX_FILES, CHUNK_SIZE } from '../../protocol/limits.js'
import { PathSet, safeName, safePath } from '../../protocol/metainfo/path.js'
import { diskError } from './diskError.js'
import { safeToShare } from './safeToShare.js'

/** A file found on the disk. */
export interface FoundFile {
  /** Components below the folder; for a single file its name. */
  readonly path: readonly string[]
  readonly absolute: string
  readonly size: number
  readonly modified: number
}

/** What a path holds. */
export interface Found {
  readonly name: string
  readonly isFolder: boolean
  /** In the order of BEP 52's file tree: raw bytes of the components. */
  readonly files: readonly FoundFile[]
  /** Paths left out since they are no files: symbolic links (which might lead out of the folder), sockets, devices. */
  readonly skipped: readonly string[]
}

/**
 * Lists a file or a folder and everything in it. `path` itself may be a symbolic link; those inside a folder are left out.
 *
 * @throws ShoalError PATH_NOT_FOUND, NOTHING_TO_SHARE, NAME_UNUSABLE, DISK_FAILED
 */
export const scan = async (path: string, name?: string): Promise<Found> => {
  const absolute = resolve(path)
  const top = await statOf(absolute)
  const title = safeToShare(absolute, () => safeName(name ?? basename(absolute)))
  if (top.isFile())
    return { name: title, isFolder: false, files: [foundFile([title], absolute, top)], skipped: [] }
  if (!top.isDirectory()) throw new ShoalError('NOTHING_TO_SHARE', `${path} is neither a file nor a folder`)
  const files: FoundFile[] = []
  const skipped: string[] = []
  await scanFolder({ files, skipped, paths: new PathSet() }, await realpath(absolute), [])
  if (files.length === 0) throw new ShoalError('NOTHING_TO_SHARE', `${path} holds no files`)
  const chunks = files.reduce((total, file) => total + Math.ceil(file.size / CHUNK_SIZE), 0)
  if (chunks > MAX_CHUNKS) throw new ShoalError('NOTHING_TO_SHARE', `${path} is larger than can be shared`)
  return { name: title, isFolder: true, files, skipped }
}

const statOf = async (path: string): Promise<Stats> => {
  try {
    return await stat(path)
  } catch (error) {
    throw diskError(error, path)
  }
}

const foundFile = (path: readonly string[], absolute: string, { size, mtimeMs }: Stats): FoundFile => ({
  path,
  absolute,
  size,
  modified: mtimeMs,
})

interface Collected {
  readonly files: FoundFile[]
  readonly skipped: string[]
  readonly paths: PathSet
}

const scanFolder = async (into: Collected, folder: string, path: readonly string[]): Promise<void> => {
  const entries = await entriesOf(folder)
  const stats = await Promise.all(entries.map((name) => lstatOf(join(folder, name))))
  for (const [index, name] of entries.entries()) {
    const absolute = join(folder, name)
    const below = [...path, name]
    const found = stats[index]
    if (found?.isDirectory()) {
      safeToShare(absolute, () => safePath(below))
      await scanFolder(into, absolute, below)
    } else if (found?.isFile()) addFile(into, foundFile(below, absolute, found))
    else into.skipped.push(below.join('/'))
  }
}

const addFile = ({ files, paths }: Collected, file: FoundFile): void => {
  safeToShare(file.absolute, () => paths.add(safePath(file.path)))
  if (files.push(file) > MAX_FILES) {
    throw new ShoalError('NOTHING_TO_SHARE', `more than ${MAX_FILES} files; share an archive of them`)
  }
}

/** Names in `folder`, sorted as raw bytes. */
const entriesOf = async (folder: string): Promise<readonly string[]> => {
  try {
    const names = await readdir(folder, { encoding: 'buffer' })
    return names.sort((left, right) => Buffer.compare(left, right)).map((name) => textOf(name, folder))
  } catch (error) {
    throw diskError(error, folder)
  }
}

const textOf = (name: Buffer, folder: string): string => {
  const text = decodeUtf8(name)
  if (text === undefined) {
    throw new ShoalError(
      'NAME_UNUSABLE',
      `a name in ${folder} is not UTF-8: ${JSON.stringify(name.toString('latin1'))}`,
    )
  }
  return text
}

const lstatOf = async (path: string): Promise<Stats> => {
  try {
    return await lstat(path)
  } catch (error) {
    throw diskError(error, path)
  }
}

/** Files looked at together. */
const STATS_AT_ONCE = 64

/**
 * Checks that no file changed since it was found.
 *
 * @throws ShoalError FILE_CHANGED
 */
export const assertUnchanged = async (files: readonly FoundFile[]): Promise<void> => {
  for (let index = 0; index < files.length; index += STATS_AT_ONCE) {
    await Promise.all(files.slice(index, index + STATS_AT_ONCE).map(assertFileUnchanged))
  }
}

const assertFileUnchanged = async (file: FoundFile): Promise<void> => {
  const now = await stat(file.absolute).catch(() => undefined)
  if (now?.size === file.size && now.mtimeMs === file.modified) return
  throw new ShoalError('FILE_CHANGED', `${file.absolute} changed while it was being hashed`)
}
