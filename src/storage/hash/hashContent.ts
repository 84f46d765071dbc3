import { ShoalError } from '../../protocol/errors.js'
import { toHex } from '../../protocol/hex.js'
import { parseRootHash, type RootHash } from '../../protocol/ids.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { HASH_SIZE, treeHeight } from '../../protocol/merkle/tree.js'
import type { Content, ContentFile, PieceHashes } from '../../protocol/metainfo/content.js'
import type { MetainfoFormat } from '../../protocol/metainfo/encode.js'
import { paddingAfter } from '../../protocol/metainfo/padding.js'
import { SHA1_SIZE } from '../../protocol/metainfo/pieceHash.js'
import { isPieceLength, pieceLengthFor } from '../../protocol/metainfo/pieceLength.js'
import { rootOfLayer } from '../../protocol/metainfo/pieceLayers.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { bytesOf, sha256, type Job, type JobResult, type PieceTask } from './job.js'
import { jobsOf, runJobs } from './pool.js'
import { assertUnchanged, scan, type Found } from './scan.js'

/** Bytes done, of all. */
export type Progress = (done: number, total: number) => void

export interface HashOptions {
  /** What the torrent is called; default: the path's last component. */
  readonly name?: string
  /** Bytes: a power of two, at least 16 KiB; default: by the size. */
  readonly pieceLength?: number
  /** v2 leaves the SHA-1 out; default: hybrid. */
  readonly format?: MetainfoFormat
  readonly onProgress?: Progress
  readonly signal?: AbortSignal
}

/** Content with all its hashes. */
export interface HashedContent extends Content, PieceHashes {
  /** For each file the SHA-256 of each of its chunks, strung together. */
  readonly leaves: readonly Uint8Array[]
  /** Paths inside the folder left out as they are no regular files. */
  readonly skipped: readonly string[]
}

/**
 * Hashes a file or folder in one pass over its data, on all cores.
 *
 * @throws ShoalError PATH_NOT_FOUND, NOTHING_TO_SHARE, NAME_UNUSABLE, DISK_FAILED, FILE_CHANGED, INTERRUPTED,
 *   USAGE for a piece length that cannot be
 */
export const hashContent = async (path: string, options: HashOptions = {}): Promise<HashedContent> => {
  const found = await scan(path, options.name)
  const size = found.files.reduce((total, file) => total + file.size, 0)
  const pieceLength = options.pieceLength ?? pieceLengthFor(size)
  if (!isPieceLength(pieceLength)) throw new ShoalError('USAGE', `a piece length of ${pieceLength} bytes`)
  const hashing = new Hashing(found, pieceLength, options.format !== 'v2')
  let done = 0
  const take = (job: Job, result: JobResult): void => {
    hashing.take(job, result)
    for (const task of job) done += bytesOf(task)
    options.onProgress?.(done, size)
  }
  await runJobs(jobsOf(hashing.tasks()), take, { size, signal: options.signal })
  await assertUnchanged(found.files)
  return hashing.finish()
}

/** Collects the hashes of one content as they come. */
class Hashing {
  readonly #found: Found
  readonly #layout: Layout
  readonly #leaves: readonly Uint8Array[]
  /** The root of each piece. */
  readonly #roots: Uint8Array
  readonly #piecesV1: Uint8Array | undefined

  constructor(found: Found, pieceLength: number, withV1: boolean) {
    this.#found = found
    const files = found.files.map(({ path, size }) => ({ path, size, rootHash: undefined }))
    this.#layout = new Layout({ files, pieceLength })
    this.#leaves = files.map(({ size }) => new Uint8Array(Math.ceil(size / CHUNK_SIZE) * HASH_SIZE))
    this.#roots = new Uint8Array(this.#layout.pieceCount * HASH_SIZE)
    this.#piecesV1 = withV1 ? new Uint8Array(this.#layout.pieceCount * SHA1_SIZE) : undefined
  }

  *tasks(): Generator<PieceTask> {
    const { pieceLength } = this.#layout
    let piece = 0
    for (const [index, { absolute, size }] of this.#found.files.entries()) {
      const padding = paddingAfter(this.#found.files, pieceLength, index)
      const height = treeHeight(Math.ceil(Math.min(size, pieceLength) / CHUNK_SIZE))
      for (let offset = 0; offset < size; offset += pieceLength) {
        const length = Math.min(pieceLength, size - offset)
        const zeros = offset + length === size ? padding : 0
        yield {
          piece: piece++,
          parts: [{ path: absolute, offset, length }],
          height: size > pieceLength ? treeHeight(this.#layout.chunksPerPiece) : height,
          zeros: this.#piecesV1 && zeros,
        }
      }
    }
  }

  take(job: Job, result: JobResult): void {
    let leaf = 0
    for (const [index, { piece }] of job.entries()) {
      const { stream: file, index: pieceOfFile } = this.#layout.placeOfPiece(piece)
      const leaves = this.#layout.chunksOf(piece).count * HASH_SIZE
      const place = pieceOfFile * this.#layout.chunksPerPiece * HASH_SIZE
      this.#leaves[file]?.set(result.leaves.subarray(leaf, leaf + leaves), place)
      leaf += leaves
      this.#roots.set(result.roots.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE), piece * HASH_SIZE)
      this.#piecesV1?.set(result.sha1.subarray(index * SHA1_SIZE, (index + 1) * SHA1_SIZE), piece * SHA1_SIZE)
    }
  }

  finish(): HashedContent {
    const { pieceLength } = this.#layout
    const pieceLayers = new Map<RootHash, Uint8Array>()
    const files: ContentFile[] = []
    let piece = 0
    for (const { path, size } of this.#found.files) {
      const pieces = Math.ceil(size / pieceLength)
      const layer = this.#roots.subarray(piece * HASH_SIZE, (piece + pieces) * HASH_SIZE)
      const rootHash =
        pieces === 0 ? undefined : parseRootHash(toHex(rootOfLayer(sha256, layer, pieceLength)))
      if (rootHash !== undefined && pieces > 1) pieceLayers.set(rootHash, layer)
      files.push({ path, size, rootHash })
      piece += pieces
    }
    const { name, isFolder, skipped } = this.#found
    return {
      name,
      isFolder,
      files,
      pieceLength,
      pieceLayers,
      piecesV1: this.#piecesV1,
      leaves: this.#leaves,
      skipped,
    }
  }
}
