import { Bitfield } from '../../../protocol/bitfield.js'
import { CHUNK_SIZE } from '../../../protocol/limits.js'
import type { BlockRange } from '../../../protocol/wire/message.js'
import type { Torrent } from '../../torrent/torrent.js'

/** Longest block served: clients ask for 16 KiB (BEP 3), some for a little more. */
const MAX_BLOCK = 128 * 1024

/** Whether every chunk of `piece` is verified. */
const hasPiece = ({ layout, has }: Torrent, piece: number): boolean => {
  const { first, count } = layout.chunksOf(piece)
  for (let chunk = first; chunk < first + count; chunk++) if (!has.has(chunk)) return false
  return true
}

/** The pieces that are complete. */
export const completePieces = (torrent: Torrent): Bitfield => {
  const { pieceCount } = torrent.layout
  if (torrent.has.isFull) return Bitfield.full(pieceCount)
  const pieces = Bitfield.empty(pieceCount)
  for (let piece = 0; piece < pieceCount; piece++) if (hasPiece(torrent, piece)) pieces.add(piece)
  return pieces
}

/** Whether a range is one that this torrent has; in v1 the padding after a file counts to its last piece (BEP 47). */
export const isServable = (torrent: Torrent, { piece, begin, length }: BlockRange): boolean =>
  piece < torrent.layout.pieceCount &&
  length > 0 &&
  length <= MAX_BLOCK &&
  begin + length <= torrent.layout.pieceLength &&
  hasPiece(torrent, piece)

/** Copies a range that is servable; what lies beyond the file's end is zeros. @throws ShoalError of the reader */
export const readRange = async (torrent: Torrent, range: BlockRange, into: Uint8Array): Promise<void> => {
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
