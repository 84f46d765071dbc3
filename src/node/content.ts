import { readFile, stat } from 'node:fs/promises'
import { ShoalError } from '../protocol/errors.js'
import { MAX_METAINFO } from '../protocol/limits.js'
import type { Metainfo } from '../protocol/metainfo/content.js'
import { decodeMetainfo } from '../protocol/metainfo/decode.js'
import { encodeMetainfo, type EncodedMetainfo, type EncodeOptions } from '../protocol/metainfo/encode.js'
import { diskError } from '../storage/hash/diskError.js'
import { hashContent, type HashOptions } from '../storage/hash/hashContent.js'
import { verifyContent, type VerifyOptions, type VerifyReport } from '../storage/hash/verify.js'
import { hashes } from './hashes.js'

export { joinChunks } from '../storage/chunkFiles/join.js'
export { splitFile } from '../storage/chunkFiles/split.js'
export { verifyChunks } from '../storage/chunkFiles/verifyChunks.js'

/** How a .torrent is made; the hash options say how its data is read. */
export type CreateOptions = HashOptions & Pick<EncodeOptions, 'trackers' | 'webSeeds'>

/**
 * Hashes a file or folder and describes it as a .torrent.
 *
 * @throws ShoalError as hashContent, and METAINFO_INVALID where the format cannot say it
 */
export const createTorrent = async (path: string, options: CreateOptions): Promise<EncodedMetainfo> => {
  const content = await hashContent(path, options)
  const { format, trackers = [], webSeeds = [] } = options
  return encodeMetainfo(content, hashes, {
    ...(format === undefined ? {} : { format }),
    trackers,
    webSeeds,
    createdBy: 'Shoal',
  })
}

/** Reads a .torrent. @throws ShoalError PATH_NOT_FOUND, DISK_FAILED, METAINFO_INVALID, PATH_UNSAFE, BENCODE_INVALID */
export const readTorrent = async (path: string): Promise<Metainfo> => {
  try {
    if ((await stat(path)).size > MAX_METAINFO)
      throw new ShoalError('METAINFO_INVALID', `${path} is larger than any .torrent that is read`)
    return decodeMetainfo(await readFile(path), hashes)
  } catch (error) {
    throw diskError(error, path)
  }
}

/**
 * Hashes what `folder` holds of the torrent.
 *
 * @throws ShoalError as readTorrent and verifyContent
 */
export const verifyTorrent = async (
  torrent: string,
  folder: string,
  options: VerifyOptions = {},
): Promise<VerifyReport> => verifyContent(await readTorrent(torrent), folder, options)
