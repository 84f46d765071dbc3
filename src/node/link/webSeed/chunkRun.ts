import { CHUNK_SIZE } from '../../../protocol/limits.js'
import type { Layout } from '../../../protocol/metainfo/layout.js'

/** Chunks that stand in a row in one stream, so that they can be fetched together. */
export interface ChunkRun {
  readonly first: number
  readonly count: number
  readonly stream: number
  /** Bytes from the stream's start. */
  readonly offset: number
  readonly length: number
}

/** Takes the run that `waiting` begins with, of `most` chunks at most. */
export const takeRun = (waiting: number[], layout: Layout, most: number): ChunkRun | undefined => {
  const [first] = waiting
  if (first === undefined) return undefined
  const { stream, offset } = layout.spanOf(first)
  let count = 0
  let length = 0
  while (count < most && waiting[count] === first + count) {
    const span = layout.spanOf(first + count)
    if (span.stream !== stream) break
    length += span.length
    count++
  }
  waiting.splice(0, count)
  return { first, count, stream, offset, length }
}

/**
 * Cuts the bytes of a run into its chunks, as they come.
 *
 * Invariant: holds less than one chunk; `next` is the first chunk that did not come whole.
 */
export class ChunkCutter {
  readonly #layout: Layout
  readonly #onChunk: (chunk: number, data: Uint8Array) => void
  readonly #begun = new Uint8Array(CHUNK_SIZE)
  #filled = 0
  #next: number

  /** `onChunk` may keep nothing of what it gets. */
  constructor(layout: Layout, first: number, onChunk: (chunk: number, data: Uint8Array) => void) {
    this.#layout = layout
    this.#next = first
    this.#onChunk = onChunk
  }

  get next(): number {
    return this.#next
  }

  /** Takes the next bytes of the run. */
  add(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0) rest = this.#take(rest)
  }

  /** Takes so many zeros: padding, which is on no server. */
  pad(length: number): void {
    const zeros = new Uint8Array(Math.min(length, CHUNK_SIZE))
    for (let left = length; left > 0; left -= zeros.length) this.add(zeros.subarray(0, left))
  }

  /** Goes on with the chunk that has begun; returns what is left over. */
  #take(bytes: Uint8Array): Uint8Array {
    const { length } = this.#layout.spanOf(this.#next)
    const part = bytes.subarray(0, length - this.#filled)
    if (part.length === length) this.#give(part)
    else {
      this.#begun.set(part, this.#filled)
      this.#filled += part.length
      if (this.#filled === length) this.#give(this.#begun.subarray(0, length))
    }
    return bytes.subarray(part.length)
  }

  #give(data: Uint8Array): void {
    this.#filled = 0
    this.#onChunk(this.#next++, data)
  }
}
