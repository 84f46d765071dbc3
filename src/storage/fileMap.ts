import { lengthOf, sliceOf } from './transfer.js'
import type { Content } from '../protocol/metainfo/content.js'

/** A run of bytes of one file, or of padding where `file` is undefined. */
export interface FileRun {
  readonly file: number | undefined
  /** Bytes from the file's start. */
  readonly offset: number
  readonly length: number
}

/** A run with the memory that it is read into or written from. */
export interface FilePart extends FileRun {
  readonly buffers: readonly Uint8Array[]
}

/** A file, or padding, as it stands in the one stream of v1. */
interface Part {
  readonly file: number | undefined
  /** Bytes from the stream's start. */
  readonly start: number
  readonly size: number
}

/**
 * Tells which files hold a run of a stream (see `Layout`): by BEP 52 stream and file are the same; in v1 alone a
 * run may begin in one file and end in another, with padding between them that is on no disk.
 */
export class FileMap {
  /** Those that are not empty; undefined where every file is a stream. */
  readonly #parts: readonly Part[] | undefined

  constructor({ stream }: Pick<Content, 'stream'>) {
    this.#parts = stream && partsOf(stream)
  }

  /** The runs of files in which `length` bytes of `stream` from `offset` on stand, in order. */
  runsOf(stream: number, offset: number, length: number): readonly FileRun[] {
    if (this.#parts === undefined) return [{ file: stream, offset, length }]
    const runs: FileRun[] = []
    const end = offset + length
    let place = offset
    for (let index = indexOf(this.#parts, offset); place < end; index++) {
      const part = this.#parts[index]
      if (part === undefined) throw new RangeError(`no byte ${place} in the stream`)
      const next = Math.min(end, part.start + part.size)
      runs.push({ file: part.file, offset: place - part.start, length: next - place })
      place = next
    }
    return runs
  }

  /** `buffers`, one after another, are those of `stream` from `offset` on: which of them are of which file. Views, no copies. */
  partsOf(stream: number, offset: number, buffers: readonly Uint8Array[]): readonly FilePart[] {
    const runs = this.runsOf(stream, offset, lengthOf(buffers))
    let start = 0
    return runs.map((run) => {
      const part = { ...run, buffers: runs.length === 1 ? buffers : sliceOf(buffers, start, run.length) }
      start += run.length
      return part
    })
  }
}

/** The part that holds the byte at `offset`, as its index. */
const indexOf = (parts: readonly Part[], offset: number): number => {
  let low = 0
  let high = parts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((parts[middle]?.start ?? Infinity) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

const partsOf = (stream: NonNullable<Content['stream']>): Part[] => {
  const parts: Part[] = []
  let start = 0
  for (const { file, size } of stream) {
    if (size > 0) parts.push({ file, start, size })
    start += size
  }
  return parts
}
