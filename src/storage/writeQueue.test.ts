import { describe, expect, it } from 'vitest'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { DiskHealth } from './diskHealth.js'
import { Sample } from './sample.contract.js'
import { WriteBuffer } from './writeBuffer.js'
import { WriteQueue } from './writeQueue.js'
import type { Run, RunResult } from './disk/run.js'
import type { PartFiles, WritePlaces } from './partFiles.js'

const SAMPLE = new Sample(4 * CHUNK_SIZE)

const chunkOf = (byte: number): Buffer => Buffer.alloc(CHUNK_SIZE, byte)

/** A queue before a disk whose writes end when the test says so. */
const makeQueue = () => {
  const buffer = new WriteBuffer(SAMPLE.layout, () => 0)
  const writes: { bytes: (number | undefined)[]; end: () => void; fail: () => void }[] = []
  const put = ({ memory, start, places }: Run): Promise<RunResult> =>
    new Promise((resolve) => {
      const length = places[0]?.length ?? 0
      const chunks = Array.from(
        { length: Math.ceil(length / CHUNK_SIZE) },
        (_, index) => memory[start + index * CHUNK_SIZE],
      )
      const end = (): void => resolve({ memory, digests: new Uint8Array(0), error: undefined })
      const fail = (): void => resolve({ memory, digests: undefined, error: new Error('disk') })
      writes.push({ bytes: chunks, end, fail })
    })
  const write = (_stream: number, position: number, length: number, work: WritePlaces): Promise<void> =>
    work([{ descriptor: 0, position, length }], true)
  const health = new DiskHealth(
    () => undefined,
    () => undefined,
    () => queue.pump(),
  )
  const queue = new WriteQueue({
    buffer,
    parts: { write, finalPath: '' } as unknown as PartFiles,
    health,
    disk: { depth: 1, put, close: () => undefined },
    digestFor: () => undefined,
    onWritten: () => undefined,
    onHashed: () => undefined,
  })
  return { buffer, queue, writes, health }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the write queue', () => {
  it('writes a block again only after its first write has ended, and reads the newer meanwhile', async () => {
    const { buffer, queue, writes } = makeQueue()
    buffer.put(0, chunkOf(1))
    buffer.put(1, chunkOf(2))
    queue.add(0)
    buffer.put(0, chunkOf(3))
    queue.add(0)
    expect(writes.length).toBe(1)
    expect(buffer.get(0)?.[0]).toBe(3)
    expect(buffer.get(1)?.[0]).toBe(2)
    writes[0]?.end()
    await turn()
    expect(writes.map(({ bytes }) => bytes)).toEqual([[1, 2], [3]])
    writes[1]?.end()
    await queue.drain()
    expect(buffer.size).toBe(0)
  })

  it('writes after a failure what is newest of both blocks', async () => {
    const { buffer, queue, writes } = makeQueue()
    for (const chunk of [0, 1]) buffer.put(chunk, chunkOf(chunk + 1))
    queue.add(0)
    for (const chunk of [1, 3]) buffer.put(chunk, chunkOf(chunk + 10))
    writes[0]?.fail()
    await expect(queue.drain()).rejects.toThrow('disk')
    expect(buffer.size).toBe(3 * CHUNK_SIZE)
    expect([0, 1, 2, 3].map((chunk) => buffer.get(chunk)?.[0])).toEqual([1, 11, undefined, 13])
  })
})
