import { CHUNK_SIZE } from '../../../protocol/limits.js'
import { PIECE_HEADER } from '../../../protocol/wire/encode.js'
import { BATCH_BLOCKS } from './batch.js'

const MESSAGE_SIZE = PIECE_HEADER + CHUNK_SIZE
const FRAME_SIZE = BATCH_BLOCKS * MESSAGE_SIZE
/** Frames kept for further batches, for all connections together: 8 are 8 MiB. Fresh memory costs more than the copy into it. */
const MAX_SPARE = 8

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

const spare: Frame[] = []

/** Memory for `length` bytes of messages. */
export const takeFrame = (length: number): Frame => {
  if (length > FRAME_SIZE || length < FRAME_SIZE / 8) return new Frame(length)
  return (spare.pop() ?? new Frame(FRAME_SIZE)).cut(length)
}

/** The frame was sent, or never will be. */
export const giveFrame = (frame: Frame): void => {
  if (frame.memory.length === FRAME_SIZE && spare.length < MAX_SPARE) spare.push(frame)
}
