import { expect, it } from 'vitest'
import { Layout } from '../protocol/metainfo/layout.js'
import { WriteBuffer } from './writeBuffer.js'

it('F1 however short the pieces of a torrent, what was just written takes 2 MiB of memory', () => {
  const size = 1000 * 1024
  const stream = [{ file: 0, size }]
  const content = { files: [{ path: ['a'], size, rootHash: undefined }], pieceLength: 1024, stream }
  const buffer = new WriteBuffer(new Layout(content), () => 0)
  const data = new Uint8Array(1024)
  for (let chunk = 0; chunk < 1000; chunk++) {
    const block = buffer.put(chunk, data)
    buffer.begin(block.first)
    buffer.end(block)
  }
  const kept = Array.from({ length: 1000 }, (_, chunk) => buffer.get(chunk)).filter(
    (bytes) => bytes !== undefined,
  )
  expect(kept.reduce((sum, bytes) => sum + bytes.buffer.byteLength, 0)).toBe(2 * 1024 * 1024)
})
