import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import type { TrackerStats } from '../../src/tracker/stats.js'
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

let sample: Sample
beforeAll(async () => {
  sample = await Sample.make('v1')
})
afterAll(async () => sample.remove())

/** A tracker, and what runs beside it, for one test: the tests run at once, since clients mostly wait. */
interface Stage {
  readonly tracker: Tracker
  readonly running: Running
}

const onStage = async <Value>(act: (stage: Stage) => Promise<Value>): Promise<Value> => {
  const options = { host: '0.0.0.0', port: 0, mode: 'open', interval: 5, logger: silentLogger } as const
  const tracker = await startTracker(options)
  const running = new Running()
  try {
    return await act({ tracker, running })
  } finally {
    await running.stop()
    await tracker.stop()
  }
}

const hasNetwork = whyNoNetwork() === undefined

/** Two machines where there can be any. */
const inNetwork = async <Value>(act: (network: Network | undefined) => Promise<Value>): Promise<Value> => {
  const network = hasNetwork ? await Network.open(2) : undefined
  try {
    return await act(network)
  } finally {
    await network?.close()
  }
}

/** The two know Shoal's tracker and nothing else of one another. Where there is a network each is a machine of its own. */
const meet = async (scheme: string, seeder: Client, leecher: Client): Promise<TrackerStats> =>
  inNetwork(async (network) =>
    onStage(async ({ tracker, running }) => {
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
      return tracker.stats()
    }),
  )

const OTHERS = [libtorrent(), webtorrent(), transmission()]

describe.concurrent.each([
  ['http', [...OTHERS, aria2()]],
  ['udp', [...OTHERS, aria2({ hasDht: true })]],
] as const)('over %s', { timeout: 2 * PATIENCE }, (scheme, clients) => {
  describe.each(clients)('$name', (client) => {
    const isSkipped = whySkipped(client, client.name === 'transmission') !== undefined
    test.skipIf(isSkipped)('finds Shoal by the tracker of Shoal', async () => {
      expect((await meet(scheme, shoal(), client)).swarms).toBe(1)
    })
    test.skipIf(isSkipped)('is found by Shoal by the tracker of Shoal', async () => {
      expect((await meet(scheme, client, shoal())).swarms).toBe(1)
    })
  })
  const pair = [libtorrent(), clients[clients.length - 1] ?? libtorrent()] as const
  const isSkipped = pair.some((client) => whySkipped(client, client.name === 'transmission') !== undefined)
  test.skipIf(isSkipped)('two clients of others find each other', async () => {
    expect((await meet(scheme, ...pair)).swarms).toBe(1)
  })
})
