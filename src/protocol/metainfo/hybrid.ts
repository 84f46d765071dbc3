import type { Content } from './content.js'
import { fault } from './fields.js'
import type { StreamEntry } from './fileList.js'

/**
 * Checks that both sides of a hybrid say the same (BEP 52 "upgrade path"): `content` is the v2 side, `stream` the v1 side.
 * Every file must begin in the v1 stream on the piece on which it begins by v2, so that piece numbers mean the same in both.
 *
 * @throws ShoalError METAINFO_INVALID
 */
export const agree = (content: Content, stream: readonly StreamEntry[]): void => {
  const { files, pieceLength, isFolder, name } = content
  if (!isFolder && files[0]?.path[0] !== name)
    throw fault('the two sides of the hybrid name the file differently')
  let next = 0
  let offset = 0
  let begin = 0
  for (const { path, size } of stream) {
    if (path !== undefined) {
      const file = files[next++]
      if (file?.size !== size || !equalPaths(file.path, path))
        throw fault('the two sides of the hybrid list other files')
      if (size > 0 && offset !== begin) throw fault('a file of the hybrid does not begin on its piece')
      begin += Math.ceil(size / pieceLength) * pieceLength
    }
    offset += size
  }
  if (next !== files.length) throw fault('the two sides of the hybrid list other files')
  if (offset > begin) throw fault('the hybrid has padding beyond its last piece')
}

const equalPaths = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((component, index) => component === right[index])
