import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { MetainfoFormat } from '../../protocol/metainfo/encode.js'
import type { ReadRange, Transfer } from '../api.js'
import { createTorrent } from '../content.js'
import { TestPeers } from '../testPeers.contract.js'

const SLOW = 700_000
const SIZE = 1_500_000

/** A slow seeder of two files, and a download of them. */
const stage = async (format: MetainfoFormat = 'hybrid') => {
  const peers = await TestPeers.open()
  const paths = [await peers.write('films/one', 250_001), await peers.write('films/two', SIZE)]
  const { bytes } = await createTorrent(join(peers.folder, 'films'), { format, pieceLength: 65_536 })
  const torrent = join(peers.folder, 'films.torrent')
  await writeFile(torrent, bytes)
  const seeder = await peers.peer('a', { uploadLimit: SLOW })
  const seeded = await seeder.seed(torrent, peers.folder, { skipVerify: true })
  const leecher = await peers.peer('b', { peers: [seeder.endpoint] })
  const fetched = await leecher.get(bytes, { seed: true })
  const [one, two] = await Promise.all(paths.map((path) => readFile(path)))
  const file = fetched.files.findIndex(({ path }) => path === 'two')
  return { peers, seeder, seeded, fetched, file, one, two: two ?? Buffer.alloc(0) }
}

const readAll = async (transfer: Transfer, file: number, range?: ReadRange): Promise<Buffer> => {
  const parts: Uint8Array[] = []
  for await (const part of transfer.read(file, range)) parts.push(part)
  return Buffer.concat(parts)
}

const equals = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && Buffer.compare(one, other) === 0

test.each(['hybrid', 'v1'] as const)(
  'a file of a %s torrent is read while it arrives, in its order',
  async (format) => {
    const { fetched, seeder, seeded, file, two } = await stage(format)
    const reader = fetched.read(file, { offset: 100_000 })
    const first = await reader.next()
    const { done, size } = fetched.summary
    expect(done).toBeLessThan(size / 2)
    const parts = [first.value ?? new Uint8Array()]
    seeder.setLimits({ upload: undefined })
    for await (const part of reader) parts.push(part)
    expect(equals(Buffer.concat(parts), two.subarray(100_000))).toBe(true)
    await fetched.complete
    expect(equals(await readAll(fetched, file), two)).toBe(true)
    expect(
      equals(await readAll(seeded, file, { offset: 65_530, length: 20 }), two.subarray(65_530, 65_550)),
    ).toBe(true)
  },
)

test('who reads elsewhere gets that first, and two who read at once both go on', async () => {
  const { fetched, file, two } = await stage()
  const late = await readAll(fetched, file, { offset: 1_200_000, length: 50_000 })
  expect(equals(late, two.subarray(1_200_000, 1_250_000))).toBe(true)
  expect(fetched.summary.done).toBeLessThan(fetched.summary.size / 2)
  expect(fetched.isSequential).toBe(false)
  const both = await Promise.all([
    readAll(fetched, file, { offset: 400_000, length: 150_000 }),
    readAll(fetched, file, { offset: 900_000, length: 150_000 }),
  ])
  expect(equals(both[0], two.subarray(400_000, 550_000))).toBe(true)
  expect(equals(both[1], two.subarray(900_000, 1_050_000))).toBe(true)
  expect(fetched.summary.done).toBeLessThan(fetched.summary.size)
})

test('reading ends with the transfer, with its signal, and where nothing will come', async () => {
  const { fetched, file } = await stage()
  const interrupted = { code: 'INTERRUPTED' }
  const abort = new AbortController()
  const given = expect(
    readAll(fetched, file, { offset: 1_400_000, signal: abort.signal }),
  ).rejects.toMatchObject(interrupted)
  abort.abort()
  await given
  const ended = expect(readAll(fetched, file, { offset: 1_000_000 })).rejects.toMatchObject(interrupted)
  await vi.waitUntil(() => fetched.summary.done > 0)
  await fetched.pause()
  await ended
  const misuse = expect.objectContaining({ code: 'USAGE' })
  expect(() => fetched.read(file)).toThrow(misuse)
  await fetched.resume()
  fetched.setPriorities(new Map([[file, 'skip']]))
  // What was read from comes first, so that what stands before it is not there yet.
  await expect(readAll(fetched, file, { offset: 300_000 })).rejects.toEqual(misuse)
  for (const range of [{ offset: -1 }, { offset: SIZE, length: 1 }, { offset: 1.5 }, { length: SIZE + 1 }])
    await expect(readAll(fetched, file, range)).rejects.toEqual(misuse)
  await expect(readAll(fetched, 9)).rejects.toEqual(misuse)
  expect(await readAll(fetched, file, { offset: SIZE })).toHaveLength(0)
})

test('what a transfer moved is in its history and in that of its peer', async () => {
  const { fetched, seeded, seeder } = await stage()
  seeder.setLimits({ upload: undefined })
  await fetched.complete
  const sum = (rates: Float64Array): number => rates.reduce((total, rate) => total + rate, 0)
  await vi.waitUntil(() => sum(fetched.history.download) >= fetched.summary.size, {
    timeout: 5_000,
    interval: 20,
  })
  expect(sum(fetched.history.download)).toBe(fetched.summary.downloaded)
  await vi.waitUntil(() => sum(seeder.history.upload) >= fetched.summary.size, {
    timeout: 5_000,
    interval: 20,
  })
  expect(sum(seeded.history.upload)).toBe(sum(seeder.history.upload))
})
