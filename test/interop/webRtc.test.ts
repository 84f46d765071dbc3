import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import { startTracker } from '../../src/tracker/tracker.js'
import { webtorrent } from './client/webtorrent.js'
import { Running } from './running.js'
import { Sample } from './sample.js'
import { whySkipped } from './withClient.js'

/** WebRTC tries every pair of addresses that two machines have, and begins anew with an announce where none answered. */
const PATIENCE = 240_000

const client = webtorrent({ hasWebRtc: true })

test.skipIf(whySkipped(client) !== undefined)(
  'over WebSocket two webtorrents find each other, and fetch by WebRTC',
  { timeout: PATIENCE + 30_000 },
  async () => {
    // Who came second asks the first; were both to ask, each could close what the other keeps.
    const options = { host: '127.0.0.1', port: 0, mode: 'open', interval: 60, logger: silentLogger } as const
    const tracker = await startTracker(options)
    onTestFinished(() => tracker.stop())
    const sample = await Sample.make('v1')
    onTestFinished(() => sample.remove())
    const running = new Running()
    onTestFinished(() => running.stop())
    const { torrentFile, folder } = sample
    const url = `ws://127.0.0.1:${tracker.endpoint.port}`
    await running.seed(client, { torrentFile, folder, tracker: url, patience: PATIENCE })
    const out = await sample.emptyFolder()
    const leech = { torrent: torrentFile, folder: out, tracker: url, patience: PATIENCE }
    const { complete } = await running.leech(client, leech)
    await complete
    await sample.expectWhole(out, client.leavesOutEmpty)
    expect((await tracker.stats()).webSocketPeers).toBe(2)
  },
)
