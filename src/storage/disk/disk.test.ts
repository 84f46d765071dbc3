import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { makeFolder } from '../sample.contract.js'
import type { Disk } from './disk.js'
import { openDiskHere } from './here.js'
import type { PiecePart } from './pieceHashes.js'
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
/** A run's part of piece 7, whose length is `total`. */
const partAt = (offset: number, total: number): PiecePart => ({
  piece: 7,
  offset,
  isLast: offset + LENGTH === total,
})
const hashOf = (algorithm: string, bytes: Uint8Array): Buffer => createHash(algorithm).update(bytes).digest()

describe.each([
  ['on this thread', openDiskHere],
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
      digest: partAt(0, LENGTH),
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

  it('hashes a piece as its parts come, and does not mix it with that of another owner', async () => {
    const file = await open(join(await makeFolder(), 'file'), 'w+')
    const disks = [make(), make()]
    const digests: Buffer[][] = []
    for (const offset of [0, LENGTH, 2 * LENGTH]) {
      const results = disks.map((disk, owner) => {
        const memory = memoryOf(owner + offset / LENGTH)
        const digest = partAt(offset, 3 * LENGTH)
        return disk.put({ memory, start: 0, places: places(file.fd, offset), digest })
      })
      digests.push((await Promise.all(results)).map((result) => Buffer.from(result.digests ?? [1])))
    }
    const none = Buffer.alloc(0)
    const pieces = [0, 1].map((owner) => Buffer.concat([0, 1, 2].map((part) => memoryOf(owner + part))))
    expect(digests).toEqual([[none, none], [none, none], pieces.map((piece) => hashOf('sha1', piece))])
    await file.close()
  })

  it('tells no digest of a piece while a part is not on disk, nor counts one twice that is written again', async () => {
    const path = join(await makeFolder(), 'file')
    const file = await open(path, 'w+')
    const readOnly = await open(path, 'r')
    const disk = make()
    const put = (part: number, descriptor: number) => {
      const [offset, digest] = [part * LENGTH, partAt(part * LENGTH, 3 * LENGTH)]
      return disk.put({ memory: memoryOf(part), start: 0, places: places(descriptor, offset), digest })
    }
    await put(0, file.fd)
    expect((await put(1, readOnly.fd)).error).toBeDefined()
    expect((await put(2, file.fd)).digests).toEqual(new Uint8Array(0))
    for (const part of [0, 1]) await put(part, file.fd)
    expect((await put(2, readOnly.fd)).digests).toBeUndefined()
    const again = await put(2, file.fd)
    const right = hashOf('sha1', await readFile(path))
    expect([right, Buffer.alloc(0)]).toContainEqual(Buffer.from(again.digests ?? [1]))
    await Promise.all([file.close(), readOnly.close()])
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
    digest: undefined,
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
