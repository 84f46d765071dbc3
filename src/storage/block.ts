import { CHUNK_SIZE } from '../protocol/limits.js'

/** Neighbouring chunks of one piece that are written together. */
export interface Block {
  readonly stream: number
  /** Its first chunk, which also names it. */
  readonly first: number
  /** How many chunks it has. */
  readonly count: number
  /** Bytes from the stream's start. */
  readonly offset: number
  /** Bytes. */
  readonly length: number
  /** Holds all chunks in their places; of length 0 while another thread has it. */
  memory: Uint8Array<ArrayBuffer>
  /** 1 for each chunk that is in it. */
  readonly present: Uint8Array
  /** How many are. */
  held: number
  /** Whether a chunk is in it whose hash nobody has taken. */
  isUnproven: boolean
  /** When its first chunk came. */
  readonly since: number
  /** Chunks before this one need not be looked at again, to see whether one is missing. */
  firstMissing: number
}

/** Chunks in a row, as one write takes them. */
export interface ChunkRun {
  /** The first, as an index into the block. */
  readonly index: number
  readonly count: number
  /** Bytes from the block's start. */
  readonly start: number
  readonly length: number
}

/** The runs of chunks that `block` has. */
export const runsOf = ({ present, count, length }: Block): ChunkRun[] => {
  const runs: ChunkRun[] = []
  for (let index = 0; index < count; index++) {
    if (present[index] === 0) continue
    const first = index
    while (index < count && present[index] === 1) index++
    const start = first * CHUNK_SIZE
    runs.push({
      index: first,
      count: index - first,
      start,
      length: Math.min(index * CHUNK_SIZE, length) - start,
    })
  }
  return runs
}
