import { CHUNK_SIZE } from '../limits.js'
import type { Content } from './content.js'

/** A run of bytes of one stream. */
export interface Span {
  /** Which stream: by BEP 52 the index of a file, in v1 alone 0. */
  readonly stream: number
  /** Bytes from the stream's start. */
  readonly offset: number
  readonly length: number
}

/** A run of chunks, or of pieces. */
export interface ChunkRange {
  readonly first: number
  readonly count: number
}

interface StreamPlace {
  /** Bytes. */
  readonly size: number
  readonly chunks: ChunkRange
  readonly pieces: ChunkRange
}

/** A run of the one stream of v1 that a file is. */
interface FilePlace {
  readonly offset: number
  readonly size: number
}

/**
 * Where chunks and pieces stand. They cut streams of bytes: by BEP 52 each file is a stream of its own, so that it
 * begins a new chunk and a new piece; in v1 alone (BEP 3) all files and the padding between them are one stream, so
 * that a chunk may lie in several files. Chunks are numbered stream by stream, an empty one has none.
 *
 * A piece begins a new chunk. Only its last chunk may be shorter than 16 KiB: where its stream ends there, or where
 * the piece length is no multiple of 16 KiB, as v1 allows.
 */
export class Layout {
  readonly pieceLength: number
  /** Chunks of a whole piece: by BEP 52 a power of two. */
  readonly chunksPerPiece: number
  readonly chunkCount: number
  readonly pieceCount: number
  /** Bytes of all chunks: of the files, and in v1 alone of the padding between them. */
  readonly size: number
  /** Whether all files are one stream. */
  readonly isStream: boolean
  readonly fileCount: number
  readonly #streams: readonly StreamPlace[]
  /** The number after the last chunk, and after the last piece, of each stream. */
  readonly #chunkEnds: Float64Array
  readonly #pieceEnds: Float64Array
  /** Where each file stands in the one stream of v1. */
  readonly #places: readonly FilePlace[]
  /** Bytes by which the chunks of a whole piece would be longer, were all of 16 KiB. */
  readonly #slack: number
  /** The piece whose chunks were asked for last, and the answer: most ask again and again for the piece that is under way. */
  #asked: number | undefined
  #answered: ChunkRange = { first: 0, count: 0 }

  constructor(content: Pick<Content, 'files' | 'pieceLength' | 'stream'>) {
    this.pieceLength = content.pieceLength
    this.chunksPerPiece = Math.ceil(content.pieceLength / CHUNK_SIZE)
    this.#slack = this.chunksPerPiece * CHUNK_SIZE - content.pieceLength
    this.isStream = content.stream !== undefined
    this.fileCount = content.files.length
    this.#places = placesOf(content.stream ?? [])
    const parts = content.stream ?? []
    const whole = parts.reduce((total, part) => total + part.size, 0)
    const sizes = this.isStream ? [whole] : content.files.map(({ size }) => size)
    this.#streams = this.#cut(sizes)
    this.#chunkEnds = Float64Array.from(this.#streams, ({ chunks }) => chunks.first + chunks.count)
    this.#pieceEnds = Float64Array.from(this.#streams, ({ pieces }) => pieces.first + pieces.count)
    const last = this.#streams.at(-1)
    this.chunkCount = last === undefined ? 0 : last.chunks.first + last.chunks.count
    this.pieceCount = last === undefined ? 0 : last.pieces.first + last.pieces.count
    this.size = sizes.reduce((total, size) => total + size, 0)
  }

  /** The stream that holds `chunk`. */
  streamOf(chunk: number): number {
    return firstAbove(this.#chunkEnds, chunk)
  }

  /** The chunks of stream `stream`. */
  chunksOfStream(stream: number): ChunkRange {
    return this.#at(stream).chunks
  }

  /** The chunks with bytes of file `file`. In v1 alone the first and the last may hold bytes of its neighbours too. */
  chunksOfFile(file: number): ChunkRange {
    if (!this.isStream) return this.#at(file).chunks
    return rangeOf(this.#placeOf(file), (offset) => this.#chunkAt(offset))
  }

  /** The pieces with bytes of file `file`, as with chunks. */
  piecesOfFile(file: number): ChunkRange {
    if (!this.isStream) return this.#at(file).pieces
    return rangeOf(this.#placeOf(file), (offset) => Math.floor(offset / this.pieceLength))
  }

  /** The piece that holds the byte at `offset` of file `file`; of the last one where the file ends before. */
  pieceAt(file: number, offset: number): number {
    const { first, count } = this.piecesOfFile(file)
    const start = this.isStream ? this.#placeOf(file).offset % this.pieceLength : 0
    return first + Math.min(Math.max(0, count - 1), Math.floor((start + offset) / this.pieceLength))
  }

  /** The chunk that holds the byte at `offset` of file `file`, and where in the chunk that byte is. */
  locate(file: number, offset: number): { readonly chunk: number; readonly within: number } {
    const start = this.isStream ? this.#placeOf(file).offset : 0
    const { first } = this.isStream ? this.#at(0).chunks : this.#at(file).chunks
    const chunk = first + this.#chunkAt(start + offset)
    return { chunk, within: start + offset - this.spanOf(chunk).offset }
  }

  /** Where `chunk` stands. */
  spanOf(chunk: number): Span {
    const stream = this.streamOf(chunk)
    const { size, chunks } = this.#at(stream)
    const offset = this.#offsetOf(chunk - chunks.first)
    return { stream, offset, length: Math.min(CHUNK_SIZE, this.#endOf(chunk - chunks.first, size) - offset) }
  }

  /** Bytes of `chunk`. */
  lengthOf(chunk: number): number {
    const { size, chunks } = this.#at(this.streamOf(chunk))
    const index = chunk - chunks.first
    return Math.min(CHUNK_SIZE, this.#endOf(index, size) - this.#offsetOf(index))
  }

  pieceOf(chunk: number): number {
    const { chunks, pieces } = this.#at(this.streamOf(chunk))
    return pieces.first + Math.floor((chunk - chunks.first) / this.chunksPerPiece)
  }

  /** The stream that holds `piece`, and which of the stream's pieces it is. */
  placeOfPiece(piece: number): { readonly stream: number; readonly index: number; readonly pieces: number } {
    const stream = firstAbove(this.#pieceEnds, piece)
    const { pieces } = this.#at(stream)
    return { stream, index: piece - pieces.first, pieces: pieces.count }
  }

  /** The chunks of `piece`; the last piece of a stream may have fewer. */
  chunksOf(piece: number): ChunkRange {
    if (piece !== this.#asked) {
      this.#answered = this.#chunksOf(piece)
      this.#asked = piece
    }
    return this.#answered
  }

  /** Bytes of `piece`; the last of a stream may have fewer than the others. */
  pieceSize(piece: number): number {
    const { stream, index } = this.placeOfPiece(piece)
    return Math.min(this.pieceLength, this.#at(stream).size - index * this.pieceLength)
  }

  #chunksOf(piece: number): ChunkRange {
    const { chunks, pieces } = this.#at(firstAbove(this.#pieceEnds, piece))
    const first = chunks.first + (piece - pieces.first) * this.chunksPerPiece
    return { first, count: Math.min(this.chunksPerPiece, chunks.first + chunks.count - first) }
  }

  /** Where the chunk `index` of a stream begins, in bytes from the stream's start. */
  #offsetOf(index: number): number {
    const offset = index * CHUNK_SIZE
    return this.#slack === 0 ? offset : offset - Math.floor(index / this.chunksPerPiece) * this.#slack
  }

  /** Where the piece ends of the chunk `index` of a stream of `size`; where chunks need not be cut short for it, the stream. */
  #endOf(index: number, size: number): number {
    if (this.#slack === 0) return size
    return Math.min(size, (Math.floor(index / this.chunksPerPiece) + 1) * this.pieceLength)
  }

  #cut(sizes: readonly number[]): StreamPlace[] {
    let chunk = 0
    let piece = 0
    return sizes.map((size) => {
      const chunks = { first: chunk, count: size === 0 ? 0 : this.#chunkAt(size - 1) + 1 }
      const pieces = { first: piece, count: Math.ceil(size / this.pieceLength) }
      chunk += chunks.count
      piece += pieces.count
      return { size, chunks, pieces }
    })
  }

  /** Which chunk of its stream holds the byte at `offset`. */
  #chunkAt(offset: number): number {
    const piece = Math.floor(offset / this.pieceLength)
    return piece * this.chunksPerPiece + Math.floor((offset - piece * this.pieceLength) / CHUNK_SIZE)
  }

  #at(stream: number): StreamPlace {
    const place = this.#streams[stream]
    if (place === undefined) throw new RangeError(`no stream ${stream}`)
    return place
  }

  #placeOf(file: number): FilePlace {
    const place = this.#places[file]
    if (place === undefined) throw new RangeError(`no file ${file}`)
    return place
  }
}

/** The first of `ends`, which never fall, that is above `number`; the last where none is. */
const firstAbove = (ends: Float64Array, number: number): number => {
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) > number) high = middle
    else low = middle + 1
  }
  return low
}

const placesOf = (parts: Required<Pick<Content, 'stream'>>['stream']): FilePlace[] => {
  const places: FilePlace[] = []
  let offset = 0
  for (const { file, size } of parts) {
    if (file !== undefined) places[file] = { offset, size }
    offset += size
  }
  return places
}

/** From where the file begins to where it ends; an empty one is in none. */
const rangeOf = ({ offset, size }: FilePlace, at: (offset: number) => number): ChunkRange => {
  if (size === 0) return { first: 0, count: 0 }
  const first = at(offset)
  return { first, count: at(offset + size - 1) - first + 1 }
}
