import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeMetainfo } from '../../../src/protocol/metainfo/decode.js'
import { buildLevels, proofOf, type Levels } from '../../../src/protocol/merkle/tree.js'
import { createTorrent } from '../../../src/node/content.js'
import { hashes } from '../../../src/node/hashes.js'

export const CHUNK = 16_384

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** A file of random bytes with its .torrent, and what a server of the test needs to serve it. */
export interface Content {
  readonly name: string
  /** Where it stands. */
  readonly path: string
  readonly data: Buffer
  readonly chunks: number
  readonly torrent: Uint8Array
  readonly infoHash: string
  readonly rootHash: string
  chunk(index: number): Buffer
  proof(index: number): Buffer
}

/** Makes a file of `size` random bytes in `folder`. */
export const makeContent = async (folder: string, name: string, size: number): Promise<Content> => {
  const data = randomBytes(size)
  const path = join(folder, name)
  await mkdir(folder, { recursive: true })
  await writeFile(path, data)
  const { bytes } = await createTorrent(path, {})
  const { infoHash, files } = decodeMetainfo(bytes, hashes)
  const rootHash = files[0]?.rootHash
  if (infoHash === undefined || rootHash === undefined) throw new Error(`${name} has no v2 hashes`)
  const chunk = (index: number): Buffer => data.subarray(index * CHUNK, (index + 1) * CHUNK)
  const chunks = Math.ceil(size / CHUNK)
  let levels: Levels | undefined
  const proof = (index: number): Buffer => {
    levels ??= buildLevels(
      hashes.sha256,
      Array.from({ length: chunks }, (_, leaf) => hashes.sha256(chunk(leaf))),
    )
    return Buffer.concat(proofOf(hashes.sha256, levels, index))
  }
  return { name, path, data, chunks, torrent: bytes, infoHash, rootHash, chunk, proof }
}
