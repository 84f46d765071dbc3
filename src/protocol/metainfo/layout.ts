import { CHUNK_SIZE } from '../limits.js'
import type { Content } from './content.js'

/** A run of bytes of one file. */
export interface Span {
  /** Index into the content's files. */
  readonly file: number
  /** Bytes from the file's start. */
  readonly offset: number
  readonly length: number
}

/** A run of chunks, or of pieces. */
export interface ChunkRange {
  readonly first: number
  readonly count: number
}

interface FilePlace {
  readonly size: number
  readonly chunks: ChunkRange
  readonly firstPiece: number
  readonly pieces: number
}

/**
 * Where chunks and pieces stand in the files: chunks are numbered file by file, each file begins a new chunk
 * and a new piece (BEP 52), an empty file has none. Only a file's last chunk may be shorter than 16 KiB.
 */
export class Layout {
  readonly pieceLength: number
  /** Chunks of a whole piece: a power of two. */
  readonly chunksPerPiece: number
  readonly chunkCount: number
  readonly pieceCount: number
  /** Bytes. */
  readonly size: number
  readonly #files: readonly FilePlace[]

  constructor(content: Pick<Content, 'files' | 'pieceLength'>) {
    this.pieceLength = content.pieceLength
    this.chunksPerPiece = content.pieceLength / CHUNK_SIZE
    const files: FilePlace[] = []
    let first = 0
    let firstPiece = 0
    let size = 0
    for (const file of content.files) {
      const count = Math.ceil(file.size / CHUNK_SIZE)
      const pieces = Math.ceil(file.size / content.pieceLength)
      files.push({ size: file.size, chunks: { first, count }, firstPiece, pieces })
      first += count
      firstPiece += pieces
      size += file.size
    }
    this.#files = files
    this.chunkCount = first
    this.pieceCount = firstPiece
    this.size = size
  }

  /** The file that holds `chunk`, as its index. */
  fileOf(chunk: number): number {
    return this.#search((file) => file.chunks.first + file.chunks.count > chunk)
  }

  /** The chunks of file `file`. */
  chunksOfFile(file: number): ChunkRange {
    return this.#at(file).chunks
  }

  /** The pieces of file `file`. */
  piecesOfFile(file: number): ChunkRange {
    const { firstPiece, pieces } = this.#at(file)
    return { first: firstPiece, count: pieces }
  }

  /** Where `chunk` stands. */
  spanOf(chunk: number): Span {
    const file = this.fileOf(chunk)
    const { size, chunks } = this.#at(file)
    const offset = (chunk - chunks.first) * CHUNK_SIZE
    return { file, offset, length: Math.min(CHUNK_SIZE, size - offset) }
  }

  pieceOf(chunk: number): number {
    const { chunks, firstPiece } = this.#at(this.fileOf(chunk))
    return firstPiece + Math.floor((chunk - chunks.first) / this.chunksPerPiece)
  }

  /** The file that holds `piece`, as its index, and which of the file's pieces it is. */
  placeOfPiece(piece: number): { readonly file: number; readonly index: number; readonly pieces: number } {
    const file = this.#search((place) => place.firstPiece + place.pieces > piece)
    const { firstPiece, pieces } = this.#at(file)
    return { file, index: piece - firstPiece, pieces }
  }

  /** The chunks of `piece`; the last piece of a file may have fewer. */
  chunksOf(piece: number): ChunkRange {
    const { file, index } = this.placeOfPiece(piece)
    const { chunks } = this.#at(file)
    const first = chunks.first + index * this.chunksPerPiece
    return { first, count: Math.min(this.chunksPerPiece, chunks.first + chunks.count - first) }
  }

  /** The first file for which `isReached` holds; it holds for all after that one. */
  #search(isReached: (file: FilePlace) => boolean): number {
    let low = 0
    let high = this.#files.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (isReached(this.#at(middle))) high = middle
      else low = middle + 1
    }
    return low
  }

  #at(file: number): FilePlace {
    const place = this.#files[file]
    if (place === undefined) throw new RangeError(`no file ${file}`)
    return place
  }
}
