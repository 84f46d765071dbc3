import { open, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import type { ShoalPeer, Transfer } from '../api.js'
import { createTorrent } from '../content.js'
import { TestPeers } from '../testPeers.contract.js'

const SLOW = 300_000

const until = (holds: () => boolean): Promise<boolean> =>
  vi.waitUntil(holds, { interval: 5, timeout: 20_000 })

/** A slow seeder of a file that is listed at a tracker, and a leecher that knows the tracker. */
const stage = async (size = 1_000_000) => {
  const peers = await TestPeers.open()
  const trackers = [await peers.tracker()]
  const path = await peers.write('film.mkv', size)
  const seeder = await peers.peer('a', { trackers, uploadLimit: SLOW })
  const seeded = await seeder.share(path)
  await seeded.complete
  const leecher = await peers.peer('b', { trackers, isLasting: true })
  return { peers, trackers, path, seeder, seeded, leecher }
}

const listedAt = async (peer: ShoalPeer) => {
  const [entry] = await peer.list()
  return { seeders: entry?.seeders.size, leechers: entry?.leechers.size }
}

const isSession = (name: string): boolean => name.endsWith('.session.json')

const isSame = async (one: string, other: string): Promise<boolean> =>
  (await readFile(one)).equals(await readFile(other))

test('a download that is paused gives up its connections and its place at the tracker, and goes on where it was', async () => {
  const { peers, path, seeder, leecher } = await stage()
  const fetched = await leecher.get('1', { seed: true })
  await until(() => fetched.status.done > 100_000)
  await fetched.pause()
  expect(fetched.summary).toMatchObject({ state: 'paused', error: undefined, peerCount: 0, downloadRate: 0 })
  expect(await listedAt(seeder)).toEqual({ seeders: 1, leechers: 0 })
  const { done, downloaded } = fetched.summary
  await fetched.pause()
  expect(leecher.transfers).toEqual([fetched])
  fetched.setSequential(true)
  fetched.setLimits({ upload: 9_000 })

  await fetched.resume()
  expect(fetched).toMatchObject({ isSequential: true, limits: { upload: 9_000 } })
  expect(fetched.summary.done).toBeGreaterThanOrEqual(done)
  seeder.setLimits({ upload: undefined })
  await fetched.complete
  expect(fetched.summary.downloaded).toBeGreaterThanOrEqual(downloaded)
  expect(fetched.summary.downloaded).toBeLessThan(1_100_000)
  expect(await isSame(path, join(peers.folder, 'b', 'film.mkv'))).toBe(true)
  await expect(fetched.resume()).resolves.toBe(undefined)
})

test('a share that is paused is not served, and is seeded again without being hashed where nothing touched it', async () => {
  const { peers, path, seeder, seeded } = await stage()
  await seeded.pause()
  expect(seeded.summary).toMatchObject({ state: 'paused', done: 1_000_000 })
  expect(await listedAt(seeder)).toEqual({ seeders: undefined, leechers: undefined })
  const again = await seeder.share(path)
  expect(again).toBe(seeded)
  expect(seeded.summary.state).toBe('seeding')
  await seeded.pause()
  await writeFile(path, await readFile(path))
  await seeded.resume()
  expect(seeded.summary.state).toBe('seeding')
  await seeded.pause()
  await peers.write('film.mkv', 1_000_000)
  await expect(seeded.resume()).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
  expect(seeded.summary).toMatchObject({ state: 'failed', error: { code: 'VERIFICATION_FAILED' } })
})

test('F1 that a transfer is paused is remembered over a restart, with what it has', async () => {
  const { peers, trackers, path, seeder, leecher } = await stage()
  const fetched = await leecher.get('1', { seed: true })
  await until(() => fetched.status.done > 100_000)
  // What was remembered before it was paused must not count any more.
  await vi.waitUntil(async () => (await readdir(join(peers.folder, 'b-state'))).some(isSession), {
    timeout: 5_000,
  })
  await fetched.pause()
  const { done, addedAt } = fetched.summary
  await leecher.stop()

  const second = await peers.peer('b', { trackers, isLasting: true })
  const [resumed] = second.transfers
  expect(resumed?.summary).toMatchObject({ state: 'paused', done, addedAt, name: 'film.mkv' })
  seeder.setLimits({ upload: undefined })
  await resumed?.resume()
  await resumed?.complete
  expect(await isSame(path, join(peers.folder, 'b', 'film.mkv'))).toBe(true)
  await resumed?.pause()
  await second.stop()

  const third = await peers.peer('b', { trackers, isLasting: true })
  expect(third.transfers[0]?.summary).toMatchObject({ state: 'paused', done: 1_000_000, addedAt })
  await third.transfers[0]?.resume()
  expect(third.transfers[0]?.summary.state).toBe('seeding')
})

/** Changes one byte of a file. */
const damage = async (path: string, offset: number): Promise<void> => {
  const file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, offset)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, offset)
  await file.close()
}

test.each(['hybrid', 'v1'] as const)(
  'what turned bad of a %s download is found by a check, and fetched anew',
  async (format) => {
    const { peers, path, seeder } = await stage(2_000_000)
    const { bytes } = await createTorrent(path, { format, pieceLength: 65_536 })
    await writeFile(join(peers.folder, 'film.torrent'), bytes)
    const other = await peers.peer('c', { uploadLimit: 700_000 })
    const source = await other.seed(join(peers.folder, 'film.torrent'), peers.folder, { skipVerify: true })
    await seeder.stop()
    const leecher = await peers.peer('d', { peers: [other.endpoint] })
    const fetched = await leecher.get(bytes, { seed: false, isSequential: true })
    await until(() => fetched.status.done > 500_000)
    await fetched.pause()
    const part = join(peers.folder, 'd', 'film.mkv.part')
    const { done } = fetched.summary
    // Its time is kept, so that it looks as it did when the journal was closed.
    await utimes(part, 1_700_000_000, 1_700_000_000)
    await fetched.recheck()
    expect(fetched.summary).toMatchObject({ state: 'paused', done })
    await damage(part, 70_000)
    await utimes(part, 1_700_000_000, 1_700_000_000)
    const report = await fetched.recheck()
    expect(report.pieceCount).toBe(31)
    expect(fetched.summary.state).toBe('paused')
    expect(fetched.summary.done).toBe(done - (format === 'v1' ? 65_536 : 16_384))
    expect(source.summary.state).toBe('seeding')
    other.setLimits({ upload: undefined })
    await fetched.resume()
    await fetched.complete
    expect(await isSame(path, join(peers.folder, 'd', 'film.mkv'))).toBe(true)
  },
)

test('a share is checked as well: whole it is seeded further, broken it fails and says where', async () => {
  const { path, seeded } = await stage()
  const checked = seeded.recheck()
  await new Promise(setImmediate)
  expect(seeded.summary.state).toBe('hashing')
  expect(await checked).toMatchObject({ badPieces: 0 })
  expect(seeded.summary.state).toBe('seeding')
  await damage(path, 500_000)
  await expect(seeded.recheck()).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
  expect(seeded.summary.error?.message).toContain('film.mkv (corrupt)')
  await damage(path, 500_000)
  await seeded.resume()
  expect(seeded.summary).toMatchObject({ state: 'seeding', error: undefined })
})

test('what is removed with its data leaves nothing, and what is removed without stays as it is', async () => {
  const { peers, seeder, seeded, leecher } = await stage()
  const fetched = await leecher.get('1', { seed: true })
  await until(() => fetched.status.done > 100_000)
  await fetched.remove({ data: true })
  expect(leecher.transfers).toEqual([])
  expect(await readdir(join(peers.folder, 'b'))).toEqual([])
  expect(await readdir(join(peers.folder, 'b-state', 'resume'))).toEqual([])

  seeder.setLimits({ upload: undefined })
  const again = await leecher.get('1', { seed: true })
  await again.complete
  await writeFile(join(peers.folder, 'b', 'notes.txt'), 'mine')
  await again.remove({ data: false })
  expect((await readdir(join(peers.folder, 'b'))).sort()).toEqual(['film.mkv', 'notes.txt'])
  const third = await leecher.get('1', { seed: true })
  await third.remove({ data: true })
  expect(await readdir(join(peers.folder, 'b'))).toEqual(['notes.txt'])
  await expect(third.complete).resolves.toBe(undefined)
  expect(seeded.summary.state).toBe('seeding')
})

test('a share is listed while it is hashed, and can be broken off; what cannot be shared says why', async () => {
  const peers = await TestPeers.open()
  const peer = await peers.peer('a')
  const path = await peers.write('large', 64_000_000)
  const aborted = peer.addShare(path)
  expect(peer.transfers).toEqual([aborted])
  expect(aborted.summary).toMatchObject({ state: 'hashing', name: 'large' })
  await until(() => aborted.summary.done > 0)
  expect(aborted.summary.size).toBe(64_000_000)
  await expect(aborted.pause()).rejects.toMatchObject({ code: 'USAGE' })
  await aborted.remove({ data: true })
  await expect(aborted.complete).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect(peer.transfers).toEqual([])
  expect((await readFile(path)).length).toBe(64_000_000)

  const failing = peer.addShare(join(peers.folder, 'nothing'))
  await until(() => failing.summary.state === 'failed')
  expect(failing.summary.error?.code).toBe('PATH_NOT_FOUND')
  await peers.write('nothing', 5)
  await failing.resume()
  await until(() => failing.summary.state === 'seeding')
  const good = peer.addShare(path)
  await good.complete
  expect(good.summary).toMatchObject({ state: 'seeding', done: 64_000_000 })
})

test('what is to be fetched is listed while it is looked up', async () => {
  const { leecher } = await stage()
  const missing = leecher.addGet('7', { seed: true })
  expect(missing.summary).toMatchObject({ state: 'finding', name: '7' })
  await until(() => missing.summary.state === 'failed')
  expect(missing.summary.error?.code).toBe('TORRENT_NOT_FOUND')
  await missing.remove({ data: true })
  const fetched: Transfer = leecher.addGet('1', { seed: true })
  await fetched.complete
  expect(leecher.transfers).toEqual([fetched])
  expect(fetched.summary).toMatchObject({ name: 'film.mkv', state: 'seeding' })
})

test('a download that was stopped begins again by its own handle', async () => {
  const { seeder, leecher } = await stage()
  const fetched = await leecher.get('1', { seed: false })
  await until(() => fetched.status.done > 0)
  await fetched.stop()
  expect(leecher.transfers).toEqual([])
  seeder.setLimits({ upload: undefined })
  await fetched.resume()
  expect(leecher.transfers).toEqual([fetched])
  await until(() => fetched.summary.state === 'seeding')
})
