import { CHUNK_SIZE } from '../../../protocol/limits.js'
import { PIECE_HEADER } from '../../../protocol/wire/encode.js'
import { BATCH_BLOCKS } from './batch.js'

const MESSAGE_SIZE = PIECE_HEADER + CHUNK_SIZE

/** Frames of one size that are kept for further batches, for all connections together: fresh memory costs more than the copy into it. */
interface Pool {
  readonly size: number
  /** How many are kept. */
  readonly most: number
  readonly spare: Frame[]
}

/** Two sizes, as a few blocks that wait to be sent must not hold the memory of many: 2 MiB and 8 MiB are kept. */
const POOLS: readonly Pool[] = [
  { size: (BATCH_BLOCKS / 8) * MESSAGE_SIZE, most: 16, spare: [] },
  { size: BATCH_BLOCKS * MESSAGE_SIZE, most: 8, spare: [] },
]

/** Memory for messages that leave in one write. */
export class Frame {
  readonly memory: Uint8Array
  #length: number
  /** Views of where blocks stand if all before them are whole chunks: made once, since they cost more than what is done by them. */
  readonly #gaps: Uint8Array[] = []

  constructor(size: number) {
    this.memory = new Uint8Array(size)
    this.#length = size
  }

  /** What is sent of it. */
  get bytes(): Uint8Array {
    return this.memory.subarray(0, this.#length)
  }

  /** From now on so many bytes of it are sent. */
  cut(length: number): this {
    this.#length = length
    return this
  }

  /** Where a block of `length` bytes goes. */
  gap(offset: number, length: number): Uint8Array {
    const index = (offset - PIECE_HEADER) / MESSAGE_SIZE
    if (length !== CHUNK_SIZE || !Number.isInteger(index))
      return this.memory.subarray(offset, offset + length)
    return (this.#gaps[index] ??= this.memory.subarray(offset, offset + length))
  }
}

/** Memory for `length` bytes of messages. */
export const takeFrame = (length: number): Frame => {
  const pool = POOLS.find(({ size }) => length <= size)
  return (pool?.spare.pop() ?? new Frame(pool?.size ?? length)).cut(length)
}

/** The frame was sent, or never will be. */
export const giveFrame = (frame: Frame): void => {
  const pool = POOLS.find(({ size }) => frame.memory.length === size)
  if (pool !== undefined && pool.spare.length < pool.most) pool.spare.push(frame)
}
