import { rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, diskError } from './diskError.js'
import { look } from './partFolder.js'
import type { Content } from '../protocol/metainfo/content.js'

/**
 * Deletes the files of `content` that stand at `root`, its file or folder itself, and the folders that are empty then.
 * What is not of the content stays, and so does a link in its place or in that of a folder above it: a link could lead
 * to any place of the disk.
 * @throws ShoalError DISK_FAILED
 */
export const removeContent = async (content: Content, root: string): Promise<void> => {
  try {
    if (!content.isFolder) return await removeFile(root)
    const folders = await ownFolders(content, root)
    for (const { path } of content.files)
      if (folders.has(dirname(join(root, ...path)))) await removeFile(join(root, ...path))
    for (const folder of [...folders].sort((one, other) => other.length - one.length))
      await removeEmpty(folder)
  } catch (error) {
    throw diskError(error, root)
  }
}

/** The folders of the content, `root` among them, that are there and can be reached without following a link. */
const ownFolders = async (content: Content, root: string): Promise<ReadonlySet<string>> => {
  const known = new Map<string, boolean>([[root, await isFolder(root)]])
  for (const { path } of content.files) {
    let folder = root
    for (const name of path.slice(0, -1)) {
      const isReached = known.get(folder) === true
      folder = join(folder, name)
      if (!known.has(folder)) known.set(folder, isReached && (await isFolder(folder)))
    }
  }
  return new Set([...known].filter(([, isOwn]) => isOwn).map(([folder]) => folder))
}

const isFolder = async (path: string): Promise<boolean> => (await look(path))?.isDirectory() === true

const removeFile = async (path: string): Promise<void> => {
  if ((await look(path))?.isFile() === true) await unlink(path)
}

/** One that holds something else stays. */
const removeEmpty = async (folder: string): Promise<void> => {
  try {
    await rmdir(folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error
  }
}
