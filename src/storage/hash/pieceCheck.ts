import { equalBytes } from '../../protocol/bytes.js'
import { HASH_SIZE } from '../../protocol/merkle/tree.js'
import type { Metainfo, StreamPart } from '../../protocol/metainfo/content.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { pieceHashOf, pieceHashV1, SHA1_SIZE } from '../../protocol/metainfo/pieceHash.js'
import type { JobResult, Part, PieceTask } from './job.js'

/** What is there of a file. */
export interface PresentFile {
  readonly absolute: string
  /** Bytes; undefined: there is no such file. */
  readonly size: number | undefined
}

/** How the pieces of a torrent are checked, whichever hash they have. */
export interface PieceCheck {
  readonly pieceCount: number
  /** Pieces whose data is all there. */
  tasks(): Iterable<PieceTask>
  /** Whether `piece`, which was the job's piece `index`, has the hash that it must have. */
  isGood(piece: number, result: JobResult, index: number): boolean
  /** Indices of the files with a part in `piece`. */
  filesOf(piece: number): readonly number[]
}

export const pieceCheckOf = (metainfo: Metainfo, files: readonly PresentFile[]): PieceCheck =>
  metainfo.infoHash === undefined ? new StreamCheck(metainfo, files) : new TreeCheck(metainfo, files)

/** By SHA-256: each piece lies in one file and leads to its entry of the piece layer, or to the file's root (BEP 52). */
class TreeCheck implements PieceCheck {
  readonly pieceCount: number
  readonly #metainfo: Metainfo
  readonly #files: readonly PresentFile[]
  readonly #layout: Layout

  constructor(metainfo: Metainfo, files: readonly PresentFile[]) {
    this.#metainfo = metainfo
    this.#files = files
    this.#layout = new Layout(metainfo)
    this.pieceCount = this.#layout.pieceCount
  }

  *tasks(): Generator<PieceTask> {
    for (let piece = 0; piece < this.pieceCount; piece++) {
      const { stream: file, index } = this.#layout.placeOfPiece(piece)
      const { absolute, size = 0 } = this.#files[file] ?? { absolute: '' }
      const offset = index * this.#layout.pieceLength
      const length = Math.min(this.#layout.pieceLength, (this.#metainfo.files[file]?.size ?? 0) - offset)
      const height = this.#hashOf(piece)?.height
      if (height === undefined || offset + length > size) continue
      yield { piece, parts: [{ path: absolute, offset, length }], height, zeros: undefined }
    }
  }

  isGood(piece: number, { roots }: JobResult, index: number): boolean {
    const expected = this.#hashOf(piece)?.hash
    const root = roots.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE)
    return expected !== undefined && equalBytes(root, expected)
  }

  filesOf(piece: number): readonly number[] {
    return [this.#layout.placeOfPiece(piece).stream]
  }

  #hashOf(piece: number): ReturnType<typeof pieceHashOf> {
    return pieceHashOf(this.#metainfo, this.#metainfo.pieceLayers, this.#layout, piece)
  }
}

/** A part of a v1 piece. */
interface Slice extends StreamPart {
  /** Bytes from the file's start. */
  readonly offset: number
}

/** By SHA-1: pieces cut the files, strung together with the padding between them, at equal lengths (BEP 3). */
class StreamCheck implements PieceCheck {
  readonly pieceCount: number
  readonly #expected: Uint8Array
  readonly #files: readonly PresentFile[]
  readonly #pieces: readonly (readonly Slice[])[]

  constructor(metainfo: Metainfo, files: readonly PresentFile[]) {
    this.#expected = metainfo.piecesV1 ?? new Uint8Array()
    this.#files = files
    this.#pieces = slicesOf(metainfo.stream ?? [], metainfo.pieceLength)
    this.pieceCount = this.#pieces.length
  }

  *tasks(): Generator<PieceTask> {
    for (const [piece, slices] of this.#pieces.entries()) {
      const parts = slices.flatMap((slice) => this.#partOf(slice) ?? [])
      if (parts.length === slices.length) yield { piece, parts, height: undefined, zeros: 0 }
    }
  }

  isGood(piece: number, { sha1 }: JobResult, index: number): boolean {
    const digest = sha1.subarray(index * SHA1_SIZE, (index + 1) * SHA1_SIZE)
    return equalBytes(digest, pieceHashV1(this.#expected, piece))
  }

  filesOf(piece: number): readonly number[] {
    return this.#pieces[piece]?.flatMap(({ file }) => file ?? []) ?? []
  }

  /** Undefined where the data is not there. */
  #partOf({ file, offset, size }: Slice): Part | undefined {
    if (file === undefined) return { path: undefined, offset, length: size }
    const { absolute, size: present = 0 } = this.#files[file] ?? { absolute: '' }
    return offset + size <= present ? { path: absolute, offset, length: size } : undefined
  }
}

const slicesOf = (stream: readonly StreamPart[], pieceLength: number): readonly (readonly Slice[])[] => {
  const pieces: Slice[][] = []
  let room = 0
  for (const { file, size } of stream) {
    for (let offset = 0; offset < size;) {
      if (room === 0) {
        pieces.push([])
        room = pieceLength
      }
      const length = Math.min(room, size - offset)
      pieces.at(-1)?.push({ file, size: length, offset })
      offset += length
      room -= length
    }
  }
  return pieces
}
