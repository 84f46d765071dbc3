import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../support/silentLogger.contract.js'
import { startTracker } from '../tracker/tracker.js'
import { ApiClient } from './client.js'
import { open, startRealPeer, temporaryFolder } from './testApi.contract.js'

test('a real download shows where it comes from, and is stopped for its peers and its tracker', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'film.mkv')
  await writeFile(path, randomBytes(2_000_000))
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
  onTestFinished(() => tracker.stop())
  const seeder = await startRealPeer(folder, { trackers: [tracker.endpoint] })
  await (
    await seeder.share(path)
  ).complete
  const leecher = await startRealPeer(folder, { trackers: [tracker.endpoint], downloadLimit: 200_000 })
  const transfer = await leecher.get('1', { seed: true })
  transfer.complete.catch(() => undefined)
  const client = new ApiClient({ endpoint: (await open({ peer: leecher, state: folder })).endpoint })

  await expect
    .poll(async () => (await client.status()).transfers[0]?.done, { timeout: 20_000 })
    .toBeGreaterThan(0)
  const status = await client.status()
  expect(status).toMatchObject({
    peerId: leecher.peerId,
    ...leecher.endpoint,
    trackers: [{ isReachable: true }],
  })
  expect(status.transfers).toMatchObject([
    { id: '1', name: 'film.mkv', state: 'downloading', size: 2_000_000, chunks: 123, peers: 1 },
  ])
  const { peers } = await client.peers('1')
  expect(peers).toMatchObject([{ peerId: seeder.peerId, ...seeder.endpoint, chunks: 123 }])

  expect(await client.stop('1')).toMatchObject({ was: 'downloading', state: 'stopped', name: 'film.mkv' })
  await expect(transfer.complete).rejects.toThrow(expect.objectContaining({ code: 'INTERRUPTED' }))

  const ofSeeder = new ApiClient({ endpoint: (await open({ peer: seeder, state: folder })).endpoint })
  expect((await ofSeeder.status()).transfers[0]?.uploaded).toBeGreaterThan(0)
  expect(await ofSeeder.stop('1')).toMatchObject({ was: 'seeding', state: 'stopped' })
  expect(await leecher.list()).toEqual([])
})
