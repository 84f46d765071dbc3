import { createHash } from 'node:crypto'
import { Bitfield } from '../protocol/bitfield.js'
import { equalBytes } from '../protocol/bytes.js'
import { pieceHashV1 } from '../protocol/metainfo/pieceHash.js'
import type { Layout } from '../protocol/metainfo/layout.js'
import type { PartFiles } from './partFiles.js'

/** Bytes read and hashed at once. */
const RUN_SIZE = 1024 * 1024

/**
 * The chunks of those pieces of v1 alone that are on disk and whole, of the pieces whose chunks are all `recorded`.
 * `piecesV1`: the SHA-1 of every piece, strung together. Data that cannot be read is data that is not there.
 */
export const verifyPieces = async (
  parts: PartFiles,
  layout: Layout,
  piecesV1: Uint8Array,
  recorded: Bitfield,
): Promise<Bitfield> => {
  const verified = Bitfield.empty(layout.chunkCount)
  for (let piece = 0; piece < layout.pieceCount; piece++) {
    const { first, count } = layout.chunksOf(piece)
    if (recorded.countIn(first, count) < count) continue
    const found = await hashPiece(parts, layout, piece).catch(() => undefined)
    if (found === undefined || !equalBytes(found, pieceHashV1(piecesV1, piece))) continue
    for (let chunk = first; chunk < first + count; chunk++) verified.add(chunk)
  }
  return verified
}

/** Undefined where a file of it is not there. */
const hashPiece = async (
  parts: PartFiles,
  layout: Layout,
  piece: number,
): Promise<Uint8Array | undefined> => {
  const { stream, index } = layout.placeOfPiece(piece)
  const start = index * layout.pieceLength
  const size = layout.pieceSize(piece)
  if (!(await parts.isThere(stream, start, size))) return undefined
  const hash = createHash('sha1')
  const buffer = Buffer.allocUnsafe(Math.min(RUN_SIZE, size))
  for (let done = 0; done < size; done += buffer.length) {
    const run = buffer.subarray(0, Math.min(buffer.length, size - done))
    await parts.read(stream, [run], start + done)
    hash.update(run)
  }
  return hash.digest()
}
