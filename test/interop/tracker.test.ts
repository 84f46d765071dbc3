import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import { startTracker, type Tracker } from '../../src/tracker/tracker.js'
import { aria2 } from './client/aria2.js'
import type { Client } from './client/client.js'
import { libtorrent } from './client/libtorrent.js'
import { Network, whyNoNetwork } from './client/network.js'
import { LOOPBACK } from './client/place.js'
import { shoal } from './client/shoal.js'
import { transmission } from './client/transmission.js'
import { webtorrent } from './client/webtorrent.js'
import { Running } from './running.js'
import { Sample } from './sample.js'
import { whySkipped } from './withClient.js'

/** Transmission lets ten seconds and more pass before it dials anybody. */
const PATIENCE = 60_000
/** WebRTC tries every pair of addresses that two machines have, and begins anew with an announce where none answered. */
const LONG_PATIENCE = 150_000

const running = new Running()
let sample: Sample
let tracker: Tracker
let network: Network | undefined
beforeAll(async () => {
  sample = await Sample.make('v1')
  network = whyNoNetwork() === undefined ? await Network.open(2) : undefined
})
beforeEach(async () => {
  tracker = await startTracker({ host: '0.0.0.0', port: 0, mode: 'open', interval: 5, logger: silentLogger })
})
afterEach(async () => {
  await running.stop()
  await tracker.stop()
})
afterAll(async () => {
  await sample.remove()
  await network?.close()
})

/** The two know Shoal's tracker and nothing else of one another. Where there is a network each is a machine of its own. */
const meet = async (scheme: string, seeder: Client, leecher: Client): Promise<void> => {
  const { torrentFile, folder } = sample
  const [there = LOOPBACK, here = LOOPBACK] = network?.places ?? []
  const url = `${scheme}://${network?.gateway ?? '127.0.0.1'}:${tracker.endpoint.port}/announce`
  await running.seed(seeder, { torrentFile, folder, tracker: url, place: there, patience: PATIENCE })
  const out = await sample.emptyFolder()
  const options = { torrent: torrentFile, folder: out, tracker: url, place: here, patience: PATIENCE }
  await (
    await running.leech(leecher, options)
  ).complete
  await sample.expectWhole(out, leecher.leavesOutEmpty)
  expect((await tracker.stats()).swarms).toBe(1)
}

const OTHERS = [libtorrent(), webtorrent(), transmission()]

describe.each([
  ['http', [...OTHERS, aria2()]],
  ['udp', [...OTHERS, aria2({ hasDht: true })]],
] as const)('over %s', { timeout: 2 * PATIENCE }, (scheme, clients) => {
  describe.each(clients)('$name', (client) => {
    const isSkipped = whySkipped(client, client.name === 'transmission') !== undefined
    test.skipIf(isSkipped)('finds Shoal by the tracker of Shoal', async () => meet(scheme, shoal(), client))
    test.skipIf(isSkipped)('is found by Shoal by the tracker of Shoal', async () =>
      meet(scheme, client, shoal()),
    )
  })
  const pair = [libtorrent(), clients[clients.length - 1] ?? libtorrent()] as const
  const isSkipped = pair.some((client) => whySkipped(client, client.name === 'transmission') !== undefined)
  test.skipIf(isSkipped)('two clients of others find each other', async () => meet(scheme, ...pair))
})

test.skipIf(whySkipped(webtorrent({ hasWebRtc: true }), false) !== undefined)(
  'over WebSocket two webtorrents find each other, and fetch by WebRTC',
  { timeout: 4 * PATIENCE },
  async () => {
    const { torrentFile, folder } = sample
    const url = `ws://127.0.0.1:${tracker.endpoint.port}`
    const client = webtorrent({ hasWebRtc: true })
    await running.seed(client, { torrentFile, folder, tracker: url, patience: LONG_PATIENCE })
    const out = await sample.emptyFolder()
    const options = { torrent: torrentFile, folder: out, tracker: url, patience: LONG_PATIENCE }
    await (
      await running.leech(client, options)
    ).complete
    await sample.expectWhole(out, client.leavesOutEmpty)
    expect((await tracker.stats()).webSocketPeers).toBe(2)
  },
)
