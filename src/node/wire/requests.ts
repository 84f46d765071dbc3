import type { Layout } from '../../protocol/metainfo/layout.js'
import { REQUEST_SIZE, writeRequest } from '../../protocol/wire/encode.js'
import { blockOf } from './block.js'

/** A request for each chunk, to leave in one write. */
export const encodeRequests = (layout: Layout, chunks: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(chunks.length * REQUEST_SIZE)
  let offset = 0
  for (const chunk of chunks) {
    writeRequest(blockOf(layout, chunk), bytes, offset)
    offset += REQUEST_SIZE
  }
  return bytes
}
