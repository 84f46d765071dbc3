import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { makeFolder } from '../sample.contract.js'
import type { Disk } from './disk.js'
import { diskHere } from './here.js'
import type { Run } from './run.js'
import { openDiskThread, readyDiskThread } from './thread.js'

const opened: Disk[] = []
const thread = (): Disk => {
  const disk = openDiskThread()
  opened.push(disk)
  return disk
}
afterEach(() => {
  for (const disk of opened.splice(0)) disk.close()
})

/** Memory of three chunks, the last one short, filled with `byte`. */
const LENGTH = 2 * CHUNK_SIZE + 100
const memoryOf = (byte: number): Uint8Array<ArrayBuffer> => new Uint8Array(LENGTH).fill(byte)

const places = (descriptor: number, position: number, length = LENGTH): Run['places'] => [
  { descriptor, position, length },
]
const hashOf = (algorithm: string, bytes: Uint8Array): Buffer => createHash(algorithm).update(bytes).digest()

describe.each([
  ['on this thread', () => diskHere],
  ['on a thread of its own', thread],
])('a disk %s', (_name, make) => {
  it('writes a run, hashes its chunks or the whole, and hands the memory back', async () => {
    const path = join(await makeFolder(), 'file')
    const file = await open(path, 'w+')
    const disk = make()
    const first = disk.put({ memory: memoryOf(1), start: 0, places: places(file.fd, 0), digest: 'leaves' })
    const second = disk.put({
      memory: memoryOf(2),
      start: 0,
      places: places(file.fd, LENGTH),
      digest: 'sha1',
    })
    const [leaves, sha1] = await Promise.all([first, second])
    const bytes = memoryOf(1)
    const parts = [
      bytes.subarray(0, CHUNK_SIZE),
      bytes.subarray(CHUNK_SIZE, 2 * CHUNK_SIZE),
      bytes.subarray(2 * CHUNK_SIZE),
    ]
    expect(Buffer.from(leaves.digests ?? [])).toEqual(
      Buffer.concat(parts.map((part) => hashOf('sha256', part))),
    )
    expect(Buffer.from(sha1.digests ?? [])).toEqual(hashOf('sha1', memoryOf(2)))
    expect(leaves.memory).toEqual(memoryOf(1))
    expect(Buffer.compare(await readFile(path), Buffer.concat([memoryOf(1), memoryOf(2)]))).toBe(0)
    await file.close()
  })

  it('writes a run into several files, and nothing for what is padding', async () => {
    const folder = await makeFolder()
    const [one, two] = await Promise.all(['1', '2'].map((name) => open(join(folder, name), 'w+')))
    const memory = memoryOf(7)
    memory.fill(9, CHUNK_SIZE + 10)
    const run: Run = {
      memory,
      start: CHUNK_SIZE,
      places: [
        { descriptor: one?.fd, position: 5, length: 10 },
        { descriptor: undefined, position: 0, length: 20 },
        { descriptor: two?.fd, position: 0, length: 30 },
      ],
      digest: undefined,
    }
    expect((await make().put(run)).error).toBeUndefined()
    expect(await readFile(join(folder, '1'))).toEqual(Buffer.concat([Buffer.alloc(5), Buffer.alloc(10, 7)]))
    expect(await readFile(join(folder, '2'))).toEqual(Buffer.alloc(30, 9))
    await Promise.all([one?.close(), two?.close()])
  })

  it('says what the system refuses, hands the memory back, and goes on', async () => {
    const path = join(await makeFolder(), 'file')
    const readOnly = await open(path, 'a+')
      .then((file) => file.close())
      .then(() => open(path, 'r'))
    const disk = make()
    const failed = await disk.put({
      memory: memoryOf(3),
      start: 0,
      places: places(readOnly.fd, 0),
      digest: 'leaves',
    })
    expect(failed).toMatchObject({ digests: undefined, error: { code: 'EBADF' } })
    expect(failed.memory).toEqual(memoryOf(3))
    await readOnly.close()
    const file = await open(path, 'r+')
    const run = { memory: failed.memory, start: 0, places: places(file.fd, 0), digest: undefined }
    expect((await disk.put(run)).error).toBeUndefined()
    await file.close()
  })
})

it('the thread is one for all, and ends only when nobody has it open', async () => {
  const path = join(await makeFolder(), 'file')
  const file = await open(path, 'w+')
  const [first, second] = [thread(), thread()]
  first.close()
  first.close()
  const result = await second.put({
    memory: memoryOf(4),
    start: 0,
    places: places(file.fd, 0),
    digest: 'sha1',
  })
  expect(result.error).toBeUndefined()
  await file.close()
})

it('a thread that was started ahead is the one that is opened, and ends where nobody opens it', async () => {
  const ends: Promise<unknown>[] = []
  const note = (worker: Worker): void => void ends.push(once(worker, 'exit'))
  process.on('worker', note)
  vi.useFakeTimers()
  try {
    readyDiskThread()
    const disk = thread()
    vi.runAllTimers()
    const run = { memory: memoryOf(1), start: 0, places: [], digest: undefined }
    expect((await disk.put(run)).error).toBeUndefined()
    expect(ends).toHaveLength(1)
    disk.close()
    readyDiskThread()
    await new Promise((resolve) => process.nextTick(resolve))
    expect(ends).toHaveLength(2)
    vi.runAllTimers()
    await Promise.all(ends)
  } finally {
    vi.useRealTimers()
    process.off('worker', note)
  }
})
