import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MetainfoFormat } from '../../protocol/metainfo/encode.js'
import { formatMagnet } from '../../protocol/metainfo/magnet.js'
import { makeFolder } from '../../storage/sample.contract.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import type { NodeOptions, ShoalPeer, Transfer } from '../api.js'
import { createTorrent, readTorrent } from '../content.js'
import { startPeer } from '../node.js'

const FILES = { 'a/one': 300_000, 'a/two': 290_001, 'b/three': 310_000, 'b/four': 299_999, empty: 0 }
/** Bytes a second of a seeder that is slow enough for others to change their mind. */
const SLOW = 300_000

let folder: string
let peers: ShoalPeer[]
beforeEach(async () => {
  folder = await makeFolder()
  peers = []
})
afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.stop()))
})

const peer = async (name: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> => {
  const started = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: join(folder, name),
    state: join(folder, 'state'),
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    noSuperSeeding: true,
    logger: silentLogger,
    ...options,
  })
  peers.push(started)
  return started
}

/** A slow seeder of FILES, and a leecher that knows it. */
const stage = async (format: MetainfoFormat = 'hybrid') => {
  for (const [path, size] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, 'input', 'films', path)), { recursive: true })
    await writeFile(join(folder, 'input', 'films', path), randomBytes(size))
  }
  const torrent = join(folder, 'films.torrent')
  const { bytes } = await createTorrent(join(folder, 'input', 'films'), { format, pieceLength: 65_536 })
  await writeFile(torrent, bytes)
  const seeder = await peer('seeder', { uploadLimit: SLOW })
  await seeder.seed(torrent, join(folder, 'input'), { skipVerify: true })
  const leecher = await peer('out', { peers: [seeder.endpoint] })
  return { torrent, seeder, leecher }
}

const indexOf = (transfer: Transfer, path: string): number =>
  transfer.files.findIndex((file) => file.path === path)
const priorityOf = (transfer: Transfer, path: string) => transfer.files[indexOf(transfer, path)]?.priority
const untilDone = (transfer: Transfer, bytes: number): Promise<boolean> =>
  vi.waitUntil(() => transfer.status.done >= bytes, { interval: 5, timeout: 20_000 })

/** Expects exactly these files, and empty ones, in the finished folder. */
const expectFiles = async (paths: readonly string[]): Promise<void> => {
  expect(await readdir(join(folder, 'out'))).toEqual(['films'])
  const entries = await readdir(join(folder, 'out', 'films'), { recursive: true, withFileTypes: true })
  const found = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, 'out', 'films').length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path !== 'empty')
  expect(found.sort()).toEqual([...paths].sort())
  for (const path of paths) {
    const [copy, original] = await Promise.all(
      ['out', 'input'].map((where) => readFile(join(folder, where, 'films', path))),
    )
    expect(copy?.equals(original ?? Buffer.alloc(0))).toBe(true)
  }
}

test.each(['hybrid', 'v1', 'v2'] as const)(
  'files of a %s torrent are skipped, and wanted again, while it is fetched; nothing of others is left',
  async (format) => {
    const { torrent, seeder, leecher } = await stage(format)
    const fetched = await leecher.get(torrent, { seed: false, select: ['a/*', 'b/three'] })
    expect(priorityOf(fetched, 'b/four')).toBe('skip')
    await untilDone(fetched, 200_000)
    fetched.setPriorities(
      new Map([
        [indexOf(fetched, 'b/four'), 'high'],
        [indexOf(fetched, 'a/one'), 'skip'],
        [indexOf(fetched, 'b/three'), 'skip'],
      ]),
    )
    await untilDone(fetched, 220_000)
    fetched.setPriorities(new Map([[indexOf(fetched, 'b/three'), 'low']]))
    expect(fetched.status.size).toBeGreaterThanOrEqual(290_001 + 310_000 + 299_999)
    if (format !== 'v1') expect(fetched.status.size).toBe(290_001 + 310_000 + 299_999)
    seeder.setLimits({ upload: undefined })
    await fetched.complete
    await expectFiles(['a/two', 'b/three', 'b/four'])
    expect(fetched.status).toMatchObject({ state: 'finished', done: fetched.status.size })
  },
)

test('a file of high priority is there before the others begin, whenever it got that', async () => {
  const { torrent, leecher } = await stage()
  const priorities = [
    { glob: 'b/*', priority: 'high' },
    { glob: 'b/four', priority: 'low' },
  ] as const
  const fetched = await leecher.get(torrent, { seed: false, priorities })
  const doneOf = (path: string): number => fetched.files[indexOf(fetched, path)]?.done ?? 0
  await untilDone(fetched, 250_000)
  expect(doneOf('b/three')).toBeGreaterThan(190_000)
  fetched.setPriorities(new Map([[indexOf(fetched, 'b/four'), 'high']]))
  await untilDone(fetched, 950_000)
  expect(doneOf('b/three') + doneOf('b/four')).toBe(310_000 + 299_999)
})

test('in sequence the first file is there before the next, and a playhead goes elsewhere at once', async () => {
  const { torrent, leecher } = await stage()
  const fetched = await leecher.get(torrent, { seed: false, isSequential: true })
  await untilDone(fetched, 320_000)
  const first = fetched.files.findIndex(({ size }) => size > 0)
  expect(fetched.files[first]?.done).toBe(fetched.files[first]?.size)
  const last = indexOf(fetched, 'b/three')
  expect(last).toBe(fetched.files.findLastIndex(({ size }) => size > 0))
  expect(fetched.files[last]?.done).toBe(0)
  fetched.setPlayhead(last, 200_000)
  await untilDone(fetched, 850_000)
  expect(fetched.files[last]?.done).toBeGreaterThan(150_000)
  fetched.setSequential(false)
  await fetched.complete
})

test('BEP 53: a magnet link selects files by number, and one more adds what it selects to what is fetched', async () => {
  const { torrent, seeder, leecher } = await stage()
  const { infoHash, infoHashV1, files } = await readTorrent(torrent)
  const numberOf = (path: string): number => files.findIndex((file) => file.path.join('/') === path)
  const linkTo = (...paths: string[]): string => {
    const select = paths.map(numberOf).map((number) => ({ first: number, last: number }))
    return formatMagnet({ infoHash, infoHashV1, peers: [seeder.endpoint], select })
  }
  const fetched = await leecher.get(linkTo('a/two'), { seed: false })
  expect(fetched.status.size).toBe(290_001)
  await untilDone(fetched, 50_000)
  expect(await leecher.get(linkTo('b/four', 'a/two'), { seed: false })).toBe(fetched)
  expect(priorityOf(fetched, 'b/four')).toBe('normal')
  seeder.setLimits({ upload: undefined })
  await fetched.complete
  await expectFiles(['a/two', 'b/four'])
})

test('what cannot be is refused and changes nothing', async () => {
  const { torrent, leecher } = await stage()
  await expect(
    leecher.get(torrent, { seed: false, priorities: [{ glob: '**', priority: 'skip' }] }),
  ).rejects.toMatchObject({ code: 'USAGE' })
  const fetched = await leecher.get(torrent, { seed: false })
  const refused = expect.objectContaining({ code: 'USAGE' })
  const all = fetched.files.map((_, file) => [file, 'skip'] as const)
  expect(() => fetched.setPriorities(new Map(all))).toThrow(refused)
  expect(() => fetched.setPriorities(new Map([[99, 'high']]))).toThrow(refused)
  expect(() => fetched.setPlayhead(0, 1e9)).toThrow(refused)
  expect(() => fetched.setPlayhead(99, 0)).toThrow(refused)
  expect(fetched.files.every(({ priority }) => priority === 'normal')).toBe(true)
  await fetched.stop()
  expect(() => fetched.setSequential(true)).toThrow(refused)
})
