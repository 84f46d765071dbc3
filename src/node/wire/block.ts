import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { BlockRange } from '../../protocol/wire/message.js'

/** How the wire names `chunk`. */
export const blockOf = (layout: Layout, chunk: number): BlockRange => {
  const piece = layout.pieceOf(chunk)
  const begin = (chunk - layout.chunksOf(piece).first) * CHUNK_SIZE
  return { piece, begin, length: layout.lengthOf(chunk) }
}

/** The chunk that begins at `begin` of `piece`; undefined where none does. */
export const chunkAt = (layout: Layout, piece: number, begin: number): number | undefined => {
  if (piece >= layout.pieceCount || begin % CHUNK_SIZE !== 0) return undefined
  const { first, count } = layout.chunksOf(piece)
  const index = begin / CHUNK_SIZE
  return index < count ? first + index : undefined
}
