import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import { REQUEST_SIZE, writeRequest } from '../../protocol/wire/encode.js'

/** A request for each chunk, to leave in one write. */
export const encodeRequests = (layout: Layout, chunks: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(chunks.length * REQUEST_SIZE)
  let offset = 0
  for (const chunk of chunks) {
    const piece = layout.pieceOf(chunk)
    const begin = (chunk - layout.chunksOf(piece).first) * CHUNK_SIZE
    writeRequest(piece, begin, layout.lengthOf(chunk), bytes, offset)
    offset += REQUEST_SIZE
  }
  return bytes
}
