import { CHUNK_SIZE } from '../limits.js'

/** Pieces aimed at: above half of it, so that a .torrent holds 1,000 to 2,000 hashes a file. */
const MOST_PIECES = 2000

/** The longest that is chosen: 16 MiB. */
const LONGEST_CHOSEN = 16 * 1024 * 1024

/** The longest that is taken from others: what one piece may occupy while it is received, 64 MiB. */
const MAX_PIECE_LENGTH = 64 * 1024 * 1024

/** The shortest that is taken of v1: 20 bytes of hash for each are 2 % of the content, and MAX_CHUNKS of them 64 GiB. */
const MIN_PIECE_LENGTH_V1 = 1024

/** The piece length for `size` bytes: a power of two from 16 KiB to 16 MiB. */
export const pieceLengthFor = (size: number): number => {
  let length = CHUNK_SIZE
  while (length < LONGEST_CHOSEN && size / length > MOST_PIECES) length *= 2
  return length
}

/** Whether BEP 52 allows it and we take it: a power of two from 16 KiB to MAX_PIECE_LENGTH. */
export const isPieceLength = (length: number): boolean =>
  length >= CHUNK_SIZE && length <= MAX_PIECE_LENGTH && Number.isInteger(Math.log2(length))

/** Whether it is one of v1 alone that we take: BEP 3 asks for no power of two, and old torrents have others. */
export const isPieceLengthV1 = (length: number): boolean =>
  length >= MIN_PIECE_LENGTH_V1 && length <= MAX_PIECE_LENGTH
