import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Content } from '../../protocol/metainfo/content.js'
import type { Stamp } from './record.js'

/** How each file of `content`, which stands at `path`, looks now; undefined when one is missing. */
export const stampsOf = async (content: Content, path: string): Promise<readonly Stamp[] | undefined> => {
  const stamps: Stamp[] = []
  for (const file of content.files) {
    const found = await stat(content.isFolder ? join(path, ...file.path) : path).catch(() => undefined)
    if (found === undefined) return undefined
    stamps.push([found.size, found.mtimeMs])
  }
  return stamps
}

/** Whether the files still have their sizes and times, so that their hashes need not be made again. */
export const areUntouched = (
  content: Content,
  before: readonly Stamp[],
  now: readonly Stamp[] | undefined,
): boolean =>
  now !== undefined &&
  before.length === content.files.length &&
  content.files.every(
    (file, index) =>
      now[index]?.[0] === file.size &&
      before[index]?.[0] === file.size &&
      before[index]?.[1] === now[index]?.[1],
  )
