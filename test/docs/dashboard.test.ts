import { readFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { ask, open } from '../../src/api/testApi.contract.js'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import { startTracker } from '../../src/tracker/tracker.js'

/** The names of what `text` offers, in the text format of Prometheus. */
const offeredIn = (text: string): readonly string[] =>
  [...text.matchAll(/^# TYPE ([a-z_]+) /gm)].map(([, name = '']) => name)

/** Every metric that a peer and a tracker print. */
const offered = async (): Promise<ReadonlySet<string>> => {
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
  onTestFinished(() => tracker.stop())
  const { endpoint } = await open()
  const [ofPeer, ofTracker] = await Promise.all([
    ask(endpoint, { path: '/metrics' }),
    ask(tracker.endpoint, { path: '/metrics' }),
  ])
  return new Set([...offeredIn(ofPeer.text), ...offeredIn(ofTracker.text)])
}

test('the Grafana dashboard shows every metric of peer and tracker, and no other', async () => {
  const dashboard = await readFile('deploy/grafana-dashboard.json', 'utf8')
  const names = [...dashboard.matchAll(/\b(?:shoal|process|nodejs)_[a-z_]+/g)].map(([name]) => name)
  expect([...new Set(names)].sort()).toEqual([...(await offered())].sort())
})
