import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { silentLogger } from '../../src/support/silentLogger.contract.js'
import { startTracker, type Tracker } from '../../src/tracker/tracker.js'

const SCRIPT = fileURLToPath(new URL('client/webSocketClient.mjs', import.meta.url))

/** Where scripts/install-webtorrent.mjs puts webtorrent, and its tracker client with it. */
const FOLDER = process.env.SHOAL_WEBTORRENT ?? join(homedir(), '.cache', 'shoal', 'webtorrent')
const isSkipped = !existsSync(join(FOLDER, 'node_modules', 'bittorrent-tracker'))
if (isSkipped)
  console.log('Skipped: bittorrent-tracker is not installed (node scripts/install-webtorrent.mjs).')

let tracker: Tracker | undefined
const processes: ChildProcess[] = []
afterEach(async () => {
  for (const each of processes.splice(0)) each.kill('SIGKILL')
  await tracker?.stop()
})

/** A client of its own process; resolves its lines one after the other. */
const start = (url: string, peerId: string, left: number): (() => Promise<string>) => {
  const child = spawn(process.execPath, [SCRIPT, FOLDER, url, peerId, String(left)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  processes.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the client has ended')
    return value
  }
}

const ONE = '-WW0001-000000000001'
const TWO = '-WW0001-000000000002'

test.skipIf(isSkipped)(
  'WebTorrent’s own client finds another by WebSocket: its offer arrives there, and the answer here',
  { timeout: 30_000 },
  async () => {
    tracker = await startTracker({ host: '127.0.0.1', port: 0, mode: 'open', logger: silentLogger })
    const url = `ws://127.0.0.1:${tracker.endpoint.port}`
    const one = start(url, ONE, 0)
    expect(await one()).toBe('update')
    const two = start(url, TWO, 1000)
    expect(await two()).toBe('update')
    expect(await one()).toBe(`peer ${TWO}`)
    expect(await two()).toBe(`peer ${ONE}`)
  },
)
