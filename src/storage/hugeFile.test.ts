import { open, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { expectSame, makeFolder, openDownload, optionsFor, Sample } from './sample.contract.js'

const GiB = 2 ** 30
const PIECE = 16 * 1024 * 1024
const SIZE = 101 * GiB + 20_000

/** Around the offsets at which numbers of 32 and 36 bits end, beyond 100 GiB, and the last one, which is shorter. */
const OFFSETS = [0, 2 ** 32 - CHUNK_SIZE, 2 ** 32, 2 ** 36 - CHUNK_SIZE, 2 ** 36, 100 * GiB + 5 * CHUNK_SIZE]

/** Bytes that the process holds beside mapped files; what was freed and is not collected counts too. */
const heldMemory = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test(
  'D1 a file of 101 GiB is written and read at every offset, and what of it is there is found again, hashed or not',
  { timeout: 60_000 },
  async () => {
    const folder = await makeFolder()
    const before = heldMemory()
    const sample = new Sample(SIZE, PIECE, 'huge.bin')
    const last = sample.layout.chunkCount - 1
    const chunks = [...OFFSETS.map((offset) => offset / CHUNK_SIZE), last]
    const options = optionsFor(sample, folder)
    const first = await openDownload(options)
    sample.fill(first.files, chunks)
    await first.files.close()

    const part = join(folder, 'out', 'huge.bin.part')
    const { size, blocks } = await stat(part)
    expect(size).toBe(SIZE)
    expect(512 * blocks).toBeLessThan(64 * 1024 * 1024)
    const handle = await open(part)
    for (const chunk of chunks) {
      const data = sample.data(chunk)
      const { buffer } = await handle.read(Buffer.alloc(data.length), 0, data.length, chunk * CHUNK_SIZE)
      expectSame(buffer, data)
    }
    await handle.close()

    for (const isTouched of [false, true]) {
      if (isTouched) await utimes(part, 1, 1)
      const { files, has } = await openDownload(options)
      expect([...has]).toEqual(chunks)
      for (const chunk of chunks) expectSame(await files.read(chunk), sample.data(chunk))
      await files.close()
    }
    expect(heldMemory() - before).toBeLessThan(128 * 1024 * 1024)
  },
)
