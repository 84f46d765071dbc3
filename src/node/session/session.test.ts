import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../../support/log.js'
import { startTracker } from '../../tracker/tracker.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import type { NodeOptions, ShoalPeer } from '../api.js'
import { startPeer } from '../node.js'
import { decodeSession, encodeRecord, joinSession, prioritiesOf, runsOf } from './record.js'

let folder: string
let closers: (() => Promise<void>)[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-session-'))
  closers = []
})
afterEach(async () => {
  for (const close of closers.reverse()) await close()
  await rm(folder, { recursive: true })
})

const lines: string[] = []
const peer = async (name: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> => {
  const started = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: join(folder, name),
    state: join(folder, `${name}-state`),
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    isLasting: true,
    logger: createLogger('info', (_, line) => lines.push(line)),
    ...options,
  })
  closers.push(() => started.stop())
  return started
}
const tracker = async () => {
  const started = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
  closers.push(() => started.stop())
  return started.endpoint
}

test('F1 what a peer seeded it seeds again after a restart, under the same identity, and what was touched is verified', async () => {
  const trackers = [await tracker()]
  const path = join(folder, 'film.mkv')
  await writeFile(path, randomBytes(200_000))
  const first = await peer('a', { trackers })
  await (
    await first.share(path)
  ).complete
  const { peerId } = first
  await first.stop()
  expect(await first.list()).toEqual([])

  const second = await peer('a', { trackers })
  await second.transfers[0]?.complete
  expect(second.peerId).toBe(peerId)
  expect((await second.list()).map((entry) => [entry.fileName, [...entry.seeders.keys()]])).toEqual([
    ['film.mkv', [peerId]],
  ])
  await second.stop()

  lines.length = 0
  await utimes(path, new Date(), new Date(Date.now() + 5000))
  const third = await peer('a', { trackers })
  expect(third.status.transfers).toMatchObject([{ state: 'seeding' }])
  expect(lines.join('\n')).toContain('was touched: verifying it')
  await third.stop()

  await writeFile(path, randomBytes(200_000))
  const fourth = await peer('a', { trackers })
  expect(fourth.transfers).toEqual([])
  expect(lines.join('\n')).toContain('is not taken up again')
})

test('F1 a download goes on after a restart, even with its tracker and seeder gone meanwhile', async () => {
  const trackers = [await tracker()]
  const path = join(folder, 'film.mkv')
  await writeFile(path, randomBytes(600_000))
  const seeder = await peer('a', { trackers, uploadLimit: 200_000 })
  await (
    await seeder.share(path)
  ).complete
  const leecher = await peer('b', { trackers })
  const [row] = await leecher.list()
  await leecher.get(String(row?.torrentId), { seed: true })
  await leecher.stop()
  await seeder.stop()

  const again = await peer('b', { trackers })
  expect(again.status.transfers).toMatchObject([{ name: 'film.mkv', state: 'connecting' }])
  await peer('a', { trackers })
  await again.transfers[0]?.complete
  expect(again.status.transfers).toMatchObject([{ state: 'seeding', done: 600_000 }])
})

test('F1 how much each file is wanted, in which order, and its limits are remembered over a restart', async () => {
  const source = join(folder, 'films')
  await mkdir(source)
  for (const name of ['one', 'two', 'three']) await writeFile(join(source, name), randomBytes(300_000))
  const trackers = [await tracker()]
  const seeder = await peer('a', { trackers, uploadLimit: 100_000 })
  await (
    await seeder.share(source)
  ).complete
  const leecher = await peer('b', { trackers, torrentLimits: { download: 5_000_000 } })
  const fetched = await leecher.get('1', { seed: true, isSequential: true })
  fetched.setPriorities(new Map([[1, 'skip']]))
  fetched.setLimits({ download: undefined, upload: 9_000 })
  await leecher.stop()
  const again = await peer('b', { trackers, torrentLimits: { download: 5, upload: 5 } })
  seeder.setLimits({ upload: undefined })
  const [resumed] = again.transfers
  expect(resumed?.files.map(({ priority }) => priority)).toEqual(['normal', 'skip', 'normal'])
  expect(resumed?.limits).toEqual({ download: undefined, upload: 9_000 })
  await resumed?.complete
  expect((await readdir(join(folder, 'b', 'films'))).sort()).toEqual(['one', 'two'])
})

test('what was stopped by hand is not taken up again', async () => {
  const path = join(folder, 'film.mkv')
  await writeFile(path, 'x')
  const first = await peer('a')
  const transfer = await first.share(path)
  await transfer.stop()
  await first.stop()
  expect((await peer('a')).transfers).toEqual([])
})

test('a session file survives the way there and back; a damaged one remembers nothing', () => {
  const record = {
    torrent: `${'ab'.repeat(32)}.torrent`,
    path: '/films/film.mkv',
    work: 'seed' as const,
    isPaused: true,
    shallSeed: true,
    priorities: runsOf(['skip', 'skip', 'high']),
    isSequential: true,
    limits: { download: 5, upload: null },
    stamps: [[5, 1.5] as const],
    addedAt: 1_700_000_000_000,
  }
  expect(decodeSession(joinSession([encodeRecord(record)]))).toEqual([record])
  expect(prioritiesOf(record.priorities, 4)).toEqual(['skip', 'skip', 'high', 'normal'])
  expect(prioritiesOf([[1e300, 'low']], 2)).toEqual(['low', 'low'])
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((value) => JSON.stringify({ version: 1, transfers: [value] })),
      ),
      (text) => {
        for (const { torrent } of decodeSession(text)) expect(torrent).not.toContain('/')
      },
    ),
  )
})

test('a time that is infinite is left out: it could not be written again', () => {
  const transfer = { torrent: `${'ab'.repeat(32)}.torrent`, path: '/a', stamps: [[1, 2]] }
  const text = JSON.stringify({ version: 1, transfers: [transfer] })
  expect(decodeSession(text)[0]?.stamps).toEqual([[1, 2]])
  expect(decodeSession(text.replace('[1,2]', '[1,1e999]'))[0]?.stamps).toEqual([])
})
