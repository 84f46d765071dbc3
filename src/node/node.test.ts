import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../support/silentLogger.contract.js'
import { startTracker } from '../tracker/tracker.js'
import type { NodeOptions, ShoalPeer } from './api.js'
import { startPeer } from './node.js'

let folder: string
let closers: (() => Promise<void>)[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-node-'))
  closers = []
})
afterEach(async () => {
  for (const close of closers.reverse()) await close()
  await rm(folder, { recursive: true })
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
    logger: silentLogger,
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
const write = async (name: string, size = 100_000): Promise<string> => {
  await writeFile(join(folder, name), randomBytes(size))
  return join(folder, name)
}

test('A5 two shares at once do not both get by a limit of one', async () => {
  const limited = await peer('a', { seedLimit: 1 })
  const paths = [await write('one'), await write('two')]
  const results = await Promise.allSettled(paths.map((path) => limited.share(path)))
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  const refused = results.find((result) => result.status === 'rejected')
  expect(refused?.reason).toMatchObject({ code: 'ALREADY_SEEDING' })
})

test('the limit of torrents seeded at once may change while the peer runs', async () => {
  const limited = await peer('a', { seedLimit: 1 })
  await limited.share(await write('one'))
  const refused = expect.objectContaining({ code: 'ALREADY_SEEDING' })
  await expect(limited.share(await write('two'))).rejects.toEqual(refused)
  limited.setSeedLimit(2)
  const shared = await limited.share(await write('two'))
  await shared.pause()
  limited.setSeedLimit(1)
  await expect(shared.resume()).rejects.toEqual(refused)
  expect(shared.summary.state).toBe('paused')
  limited.setSeedLimit(undefined)
  await shared.resume()
  expect(limited.status.transfers.map(({ state }) => state)).toEqual(['seeding', 'seeding'])
  expect(() => limited.setSeedLimit(0)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(limited.seedLimit).toBe(undefined)
})

test('two who ask for the same at once get the same transfer, and one state folder serves several peers', async () => {
  const trackers = [await tracker()]
  const seeder = await peer('a', { trackers })
  await (
    await seeder.share(await write('film'))
  ).complete
  const leecher = await peer('b', { trackers })
  expect(leecher.peerId).not.toBe(seeder.peerId)
  const [one, other] = await Promise.all([leecher.get('1', { seed: true }), leecher.get('1', { seed: true })])
  expect(one).toBe(other)
  await one.complete
  expect(leecher.status.transfers).toMatchObject([{ state: 'seeding', done: 100_000 }])
})

test('what is being fetched is not shared as well, and nothing begins once a peer stops', async () => {
  const trackers = [await tracker()]
  const path = await write('film', 500_000)
  const seeder = await peer('a', { trackers, uploadLimit: 100_000 })
  await (
    await seeder.share(path)
  ).complete
  const leecher = await peer('b', { trackers })
  await leecher.get('1', { seed: true })
  await expect(leecher.share(path)).rejects.toMatchObject({ code: 'USAGE' })
  const late = peer('c', { trackers })
  const stopped = await late
  const refused = expect(stopped.get('1', { seed: true })).rejects.toMatchObject({ code: 'INTERRUPTED' })
  await stopped.stop()
  await refused
})

test('a transfer that was stopped is no longer listed', async () => {
  const sharer = await peer('a')
  const transfer = await sharer.share(await write('film'))
  await transfer.stop()
  expect(sharer.transfers).toEqual([])
  expect(transfer.status.state).toBe('stopped')
})
