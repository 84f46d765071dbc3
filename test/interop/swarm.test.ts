import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { aria2 } from './client/aria2.js'
import type { Client } from './client/client.js'
import { libtorrent } from './client/libtorrent.js'
import { LOOPBACK } from './client/place.js'
import { shoal } from './client/shoal.js'
import { HttpTracker } from './client/tracker.js'
import { Running } from './running.js'
import { Sample } from './sample.js'
import { whySkipped } from './withClient.js'

const isSkipped = [libtorrent(), aria2()].some((client) => whySkipped(client) !== undefined)

const running = new Running()
let sample: Sample
let tracker: HttpTracker
beforeAll(async () => {
  sample = await Sample.make('v1')
})
beforeEach(async () => {
  tracker = await HttpTracker.start(LOOPBACK)
})
afterEach(async () => {
  await running.stop()
  await tracker.close()
})
afterAll(async () => sample.remove())

test.skipIf(isSkipped)('Shoal fetches from a libtorrent and an aria2 seeder at once', async () => {
  const { torrentFile: torrent, folder } = sample
  const seeders = []
  for (const client of [libtorrent(), aria2()])
    seeders.push(await running.seed(client, { torrentFile: torrent, folder }))
  const out = await sample.emptyFolder()
  const peers = seeders.map(({ endpoint }) => endpoint)
  await (
    await running.leech(shoal(), { torrent, folder: out, peers })
  ).complete
  await sample.expectWhole(out)
})

/** The two know a tracker and nothing else of one another. */
const meetByTracker = async (seeder: Client, leecher: Client): Promise<void> => {
  const { torrentFile, folder } = sample
  await running.seed(seeder, { torrentFile, folder, tracker: tracker.url })
  const out = await sample.emptyFolder()
  const options = { torrent: torrentFile, folder: out, tracker: tracker.url }
  await (
    await running.leech(leecher, options)
  ).complete
  await sample.expectWhole(out)
  expect(tracker.announces).toBeGreaterThanOrEqual(2)
}

test.skipIf(isSkipped)('two libtorrents meet by the tracker of these tests', async () =>
  meetByTracker(libtorrent(), libtorrent()),
)

test.skipIf(isSkipped)('libtorrent finds Shoal by the tracker that both announce to', async () =>
  meetByTracker(shoal(), libtorrent()),
)

test.skipIf(isSkipped)('Shoal finds libtorrent by the tracker that both announce to', async () =>
  meetByTracker(libtorrent(), shoal()),
)
