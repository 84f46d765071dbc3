import { CHUNK_SIZE } from '../../../protocol/limits.js'
import type { BlockRange } from '../../../protocol/wire/message.js'
import type { Torrent } from '../../torrent/torrent.js'

/** Longest block served: clients ask for 16 KiB (BEP 3), some for a little more. */
const MAX_BLOCK = 128 * 1024

/** Bytes of a piece as v1 counts them: in a hybrid the padding after a file is part of its last piece (BEP 47). */
const sizeOf = ({ layout }: Torrent, piece: number): number =>
  layout.isStream ? layout.pieceSize(piece) : layout.pieceLength

/** Whether a range is one that this torrent has. */
export const isServable = (torrent: Torrent, { piece, begin, length }: BlockRange): boolean =>
  length > 0 && length <= MAX_BLOCK && torrent.pieces.has(piece) && begin + length <= sizeOf(torrent, piece)

/**
 * Copies a range that is servable; what lies beyond the file's end is zeros. Undefined where that is done at once.
 * @throws ShoalError of the reader
 */
export const readRange = (
  torrent: Torrent,
  range: BlockRange,
  into: Uint8Array,
): Promise<void> | undefined => {
  const { first, count } = torrent.layout.chunksOf(range.piece)
  const index = range.begin / CHUNK_SIZE
  if (!Number.isInteger(index) || range.length > CHUNK_SIZE || index >= count)
    return readAcross(torrent, range, into)
  const data = torrent.reader.read(first + index)
  if (data instanceof Promise) return data.then((bytes) => copyBlock(bytes, into))
  copyBlock(data, into)
  return undefined
}

const copyBlock = (data: Uint8Array, into: Uint8Array): void => {
  into.set(data.length > into.length ? data.subarray(0, into.length) : data)
  if (data.length < into.length) into.fill(0, data.length)
}

/** A range that does not begin with a chunk, or goes beyond one. */
const readAcross = async (torrent: Torrent, range: BlockRange, into: Uint8Array): Promise<void> => {
  const { first, count } = torrent.layout.chunksOf(range.piece)
  const end = range.begin + range.length
  for (let place = range.begin; place < end;) {
    const index = Math.floor(place / CHUNK_SIZE)
    const next = Math.min(end, (index + 1) * CHUNK_SIZE)
    const target = into.subarray(place - range.begin, next - range.begin)
    target.fill(0)
    if (index < count) {
      const data = await torrent.reader.read(first + index)
      target.set(data.subarray(place - index * CHUNK_SIZE, next - index * CHUNK_SIZE))
    }
    place = next
  }
}
