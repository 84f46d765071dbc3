import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ShoalError } from '../../protocol/errors.js'
import { hashContent } from '../../storage/hash/hashContent.js'
import { dropPublishedPart } from '../../storage/publish.js'
import { verifyContent } from '../../storage/hash/verify.js'
import type { Description } from '../torrent/description.js'
import type { Waiting } from './preparation.js'

/**
 * Whether the whole content stands at `path` already.
 *
 * @throws ShoalError FILE_EXISTS when something else does
 */
export const isThere = async (description: Description, path: string, options: Waiting): Promise<boolean> => {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return false
  if (await isSame(description, path, found.isDirectory(), options)) {
    await dropPublishedPart(path)
    return true
  }
  throw new ShoalError('FILE_EXISTS', `${path} is there already and is not what this torrent holds`)
}

const isSame = async (
  description: Description,
  path: string,
  isFolder: boolean,
  { onProgress, signal }: Waiting,
): Promise<boolean> => {
  const { content, metainfo, isVerifiable } = description
  if (isFolder !== content.isFolder || !isVerifiable) return false
  const options = { ...(onProgress && { onProgress }), ...(signal && { signal }) }
  if (metainfo !== undefined) return (await verifyContent(metainfo, dirname(path), options)).isComplete
  const hashed = await hashContent(path, { ...options, format: 'v2' })
  return (
    hashed.files.length === content.files.length &&
    content.files.every((file) =>
      hashed.files.some(
        (own) =>
          own.size === file.size &&
          own.rootHash === file.rootHash &&
          (!content.isFolder || own.path.join('/') === file.path.join('/')),
      ),
    )
  )
}
