import { createHash } from 'node:crypto'
import { Bitfield } from '../protocol/bitfield.js'
import { Layout } from '../protocol/metainfo/layout.js'
import { optionsFor } from './sample.contract.js'
import type { Content, StreamPart } from '../protocol/metainfo/content.js'
import type { DownloadFiles, DownloadOptions } from './downloadFiles.js'

/** A path that stands for padding. */
const PADDING = /^pad\d*$/

/** Content of v1 alone for tests: sizes by path, in the order of the stream; paths such as `pad1` are padding. */
export class StreamSample {
  readonly content: Content
  readonly layout: Layout
  /** SHA-1 of every piece, strung together. */
  readonly piecesV1: Uint8Array
  /** The whole stream. */
  readonly bytes: Buffer

  constructor(sizes: Readonly<Record<string, number>>, pieceLength: number) {
    const names = Object.keys(sizes).filter((path) => !PADDING.test(path))
    const stream: StreamPart[] = Object.entries(sizes).map(([path, size]) => ({
      file: PADDING.test(path) ? undefined : names.indexOf(path),
      size,
    }))
    const files = names.map((path) => ({
      path: path.split('/'),
      size: sizes[path] ?? 0,
      rootHash: undefined,
    }))
    this.content = { name: 'sample', isFolder: true, files, pieceLength, stream }
    this.layout = new Layout(this.content)
    this.bytes = Buffer.concat(stream.map(({ file, size }) => bytesFor(file, size)))
    this.piecesV1 = Buffer.concat(
      Array.from({ length: this.layout.pieceCount }, (_, piece) =>
        sha1(this.bytes.subarray(piece * pieceLength, (piece + 1) * pieceLength)),
      ),
    )
  }

  get all(): Bitfield {
    return Bitfield.full(this.layout.chunkCount)
  }

  /** A copy of the chunk's right bytes. */
  data(chunk: number): Buffer {
    const { offset, length } = this.layout.spanOf(chunk)
    return Buffer.from(this.bytes.subarray(offset, offset + length))
  }

  /** The right bytes of a file. */
  file(index: number): Buffer {
    return bytesFor(index, this.content.files[index]?.size ?? 0)
  }

  chunksOf(piece: number): number[] {
    const { first, count } = this.layout.chunksOf(piece)
    return Array.from({ length: count }, (_, index) => first + index)
  }

  hash(piece: number): Uint8Array {
    return this.piecesV1.subarray(piece * 20, (piece + 1) * 20)
  }

  /** Writes and confirms pieces. */
  fill(files: DownloadFiles, pieces: Iterable<number> = Array(this.layout.pieceCount).keys()): void {
    for (const chunk of [...pieces].flatMap((piece) => this.chunksOf(piece))) {
      files.write(chunk, this.data(chunk))
      files.confirm(chunk, 1, undefined)
    }
  }

  options(folder: string, more: Partial<DownloadOptions> = {}): DownloadOptions {
    return optionsFor(this, folder, { piecesV1: this.piecesV1, ...more })
  }
}

/** Bytes unlike those of any other file, and of any other place in it; padding is zeros. */
const bytesFor = (file: number | undefined, size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  if (file === undefined) return bytes
  for (let index = 0; index < size; index++)
    bytes[index] = (index * 31 + (index >> 8) * 7 + file * 13 + 1) % 251
  return bytes
}

export const sha1 = (data: Uint8Array): Uint8Array => createHash('sha1').update(data).digest()
