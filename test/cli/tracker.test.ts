import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Shoal } from './shoal.js'

let folder: string
let tracker: Shoal | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-tracker-'))
})
afterEach(async () => {
  tracker?.process.kill('SIGKILL')
  await tracker?.exit()
  await rm(folder, { recursive: true })
})

const HASH = 'ab'.repeat(20)
const QUERY = `info_hash=${HASH.replace(/../g, '%$&')}&peer_id=${'p'.repeat(20)}&port=1`

/** Starts a tracker in `folder` and returns what it answers at a path. */
const start = async (...words: readonly string[]): Promise<(path: string) => Promise<string>> => {
  tracker = new Shoal(['tracker', '--host', '127.0.0.1', '--port', '0', '--json', ...words], folder)
  const { port } = await tracker.event('listening')
  return async (path) => (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text()
}

const announceOnce = (get: (path: string) => Promise<string>): Promise<string> => get(`/announce?${QUERY}`)

test('a catalog serves what was shared alone, an open tracker any torrent', async () => {
  expect(await announceOnce(await start())).toContain('not shared with this tracker')
  await tracker?.interrupt()
  expect(await announceOnce(await start('--mode', 'open'))).toContain('8:interval')
})

test.skipIf(process.platform === 'win32')(
  'SIGHUP has interval and lists read again, and a setting that is wrong changes nothing',
  async () => {
    const config = join(folder, 'shoal.config.json')
    await writeFile(config, '{"interval": 100}')
    await writeFile(join(folder, 'denied'), '')
    const get = await start('--mode', 'open', '--deny', 'denied')
    expect(await announceOnce(get)).toContain('8:intervali100e')
    await writeFile(config, '{"interval": 200}')
    tracker?.process.kill('SIGHUP')
    await expect.poll(() => announceOnce(get)).toContain('8:intervali200e')
    await writeFile(config, '{"interval": "often"}')
    await writeFile(join(folder, 'denied'), HASH)
    tracker?.process.kill('SIGHUP')
    await expect.poll(() => announceOnce(get)).toContain('does not serve this torrent')
    expect(tracker?.stderr).toContain('settings stay as they were')
  },
)

test.skipIf(process.platform === 'win32')(
  'SIGTERM turns /ready to no, lets what is open go on meanwhile, and ends with 0 though a connection stays',
  async () => {
    const get = await start('--drain', '1')
    expect(await get('/ready')).toContain('ready')
    const { port } = (await tracker?.event('listening')) as { port: number }
    const idle = connect(port, '127.0.0.1').on('error', () => undefined)
    await once(idle, 'connect')
    idle.write('GET /announce?')
    tracker?.process.kill('SIGTERM')
    await expect.poll(() => get('/ready')).toContain('about to stop')
    expect(await get('/health')).toContain('ok')
    expect(await tracker?.exit()).toBe(0)
    idle.destroy()
  },
)
