import { CHUNK_SIZE } from '../../../protocol/limits.js'
import { PIECE_HEADER } from '../../../protocol/wire/encode.js'

/** Blocks that leave in one write: 1 MiB, so that a write costs little beside its bytes. */
export const BATCH_BLOCKS = 64
const FRAME_SIZE = BATCH_BLOCKS * (PIECE_HEADER + CHUNK_SIZE)
/** Frames kept for further batches, for all connections together: 8 are 8 MiB. Fresh memory costs more than the copy into it. */
const MAX_SPARE = 8

const spare: Uint8Array[] = []

/** Memory for `length` bytes of messages. */
export const takeFrame = (length: number): Uint8Array => {
  if (length > FRAME_SIZE || length < FRAME_SIZE / 8) return new Uint8Array(length)
  return (spare.pop() ?? new Uint8Array(FRAME_SIZE)).subarray(0, length)
}

/** The frame was sent, or never will be. */
export const giveFrame = (frame: Uint8Array): void => {
  if (frame.buffer.byteLength === FRAME_SIZE && spare.length < MAX_SPARE)
    spare.push(new Uint8Array(frame.buffer))
}
