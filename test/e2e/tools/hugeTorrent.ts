import { randomBytes } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../../../src/protocol/hex.js'
import { parseRootHash, type RootHash } from '../../../src/protocol/ids.js'
import { rootOf, subtreeRoot } from '../../../src/protocol/merkle/tree.js'
import { encodeMetainfo } from '../../../src/protocol/metainfo/encode.js'
import { hashes } from '../../../src/node/hashes.js'
import { CHUNK } from './content.js'

const { sha256 } = hashes

const rootHash = (hash: Uint8Array): RootHash => {
  const root = parseRootHash(toHex(hash))
  if (root === undefined) throw new Error('no hash')
  return root
}

export const HUGE_PIECE = 16 * 1024 * 1024
const CHUNKS_PER_PIECE = HUGE_PIECE / CHUNK
const HEIGHT = Math.log2(CHUNKS_PER_PIECE)

/** A file of zeros with random chunks at `offsets`: what it hashes to is computed without reading it. */
export class SparseFile {
  readonly chunks = new Map<number, Buffer>()

  constructor(
    readonly size: number,
    offsets: readonly number[],
  ) {
    for (const offset of offsets) this.chunks.set(offset / CHUNK, randomBytes(CHUNK))
  }

  /** Holes on disk where there are zeros. */
  async write(path: string): Promise<void> {
    const handle = await open(path, 'w')
    await handle.truncate(this.size)
    for (const [chunk, data] of this.chunks) await handle.write(data, 0, data.length, chunk * CHUNK)
    await handle.close()
  }

  /** The hash of each piece. */
  layer(): Uint8Array[] {
    const zeros = sha256(new Uint8Array(CHUNK))
    const zeroPiece = subtreeRoot(sha256, Array<Uint8Array>(CHUNKS_PER_PIECE).fill(zeros), HEIGHT)
    const layer = Array<Uint8Array>(this.size / HUGE_PIECE).fill(zeroPiece)
    for (const piece of new Set(
      [...this.chunks.keys()].map((chunk) => Math.floor(chunk / CHUNKS_PER_PIECE)),
    )) {
      const leaves = Array.from({ length: CHUNKS_PER_PIECE }, (_, index) => {
        const data = this.chunks.get(piece * CHUNKS_PER_PIECE + index)
        return data === undefined ? zeros : sha256(data)
      })
      layer[piece] = subtreeRoot(sha256, leaves, HEIGHT)
    }
    return layer
  }
}

/** A folder of a sparse file and a small one that stands after it, with the .torrent of v2 that describes them. */
export const makeHugeFolder = async (
  folder: string,
  huge: SparseFile,
  small: Buffer,
): Promise<{ torrent: string; root: RootHash }> => {
  await mkdir(join(folder, 'data', 'films'), { recursive: true })
  await huge.write(join(folder, 'data', 'films', 'a huge.bin'))
  await writeFile(join(folder, 'data', 'films', 'small.bin'), small)
  const layer = huge.layer()
  const root = rootHash(rootOf(sha256, layer, HEIGHT))
  const leaves = Array.from({ length: small.length / CHUNK }, (_, chunk) =>
    sha256(small.subarray(chunk * CHUNK, (chunk + 1) * CHUNK)),
  )
  const { bytes } = encodeMetainfo(
    {
      name: 'films',
      isFolder: true,
      pieceLength: HUGE_PIECE,
      files: [
        { path: ['a huge.bin'], size: huge.size, rootHash: root },
        { path: ['small.bin'], size: small.length, rootHash: rootHash(rootOf(sha256, leaves)) },
      ],
      pieceLayers: new Map([[root, Buffer.concat(layer)]]),
      piecesV1: undefined,
    },
    hashes,
    { format: 'v2' },
  )
  const torrent = join(folder, 'films.torrent')
  await writeFile(torrent, bytes)
  return { torrent, root }
}
