import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeWebCertificate } from '../../src/support/tls/selfSigned.js'
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

/** Runs a command to its end. */
const run = async (words: readonly string[], environment: Record<string, string> = {}) => {
  const shoal = new Shoal([...words, '--state', join(folder, 'state')], folder, environment)
  const code = await shoal.exit()
  return { code, stdout: shoal.stdout, stderr: shoal.stderr }
}

test('F2 the address that a tracker prints is what others give, and it stays the same over a restart', async () => {
  await start('--state', 'tracker')
  const said = await tracker?.event('listening')
  const { port, fingerprint } = said as { port: number; fingerprint: string }
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/)
  expect((await stat(join(folder, 'tracker', 'tracker-certificate.pem'))).mode & 0o077).toBe(0)
  const good = await run(['list', '--tracker', `tls://127.0.0.1:${port}#${fingerprint}`])
  expect(good).toMatchObject({ code: 0 })
  const plain = await run(['list', '--tracker', `127.0.0.1:${port}`])
  expect(plain).toMatchObject({ code: 0 })
  const wrong = await run(['list', '--tracker', `tls://127.0.0.1:${port}#${'ab'.repeat(32)}`])
  expect(wrong.code).toBe(6)
  expect(
    wrong.stderr
      .trim()
      .split('\n')
      .filter((line) => line.includes('certificate')),
  ).toHaveLength(1)
  const unnamed = await run(['list', '--tracker', `tls://127.0.0.1:${port}`])
  expect(unnamed.code).toBe(6)
  expect(unnamed.stderr).toContain('no public authority')
  await tracker?.interrupt()
  expect(tracker?.stderr.match(/refused a connection from 127.0.0.1: TLS: /g)).toHaveLength(2)
  await start('--state', 'tracker')
  expect(await tracker?.event('listening')).toMatchObject({ fingerprint })
})

test('F2 a certificate that an authority signed for the name needs no fingerprint', async () => {
  const { cert, key } = await makeWebCertificate(['localhost'], Date.now())
  await writeFile(join(folder, 'cert.pem'), cert)
  await writeFile(join(folder, 'key.pem'), key)
  await start('--tls-cert', 'cert.pem', '--tls-key', 'key.pem')
  const { port } = (await tracker?.event('listening')) as { port: number }
  const environment = { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') }
  const list = (host: string) => run(['list', '--tracker', `tls://${host}:${port}`], environment)
  expect(await list('localhost')).toMatchObject({ code: 0 })
  expect(await list('127.0.0.1')).toMatchObject({ code: 6 })
})

/** Passes everything on to `port`, and keeps it. */
const record = async (port: number) => {
  const parts: Buffer[] = []
  const proxy = createServer((inner) => {
    const outer = connect(port, '127.0.0.1')
    for (const [one, two] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      one.on('data', (part: Buffer) => parts.push(part)).on('error', () => two.destroy())
      one.pipe(two)
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port: own } = proxy.address() as AddressInfo
  return { port: own, close: () => proxy.close(), taken: () => Buffer.concat(parts).toString('latin1') }
}

test('F2 what is shared and fetched by way of a tracker over TLS leaves nothing of it in a recording', async () => {
  await start()
  const { port, fingerprint } = (await tracker?.event('listening')) as { port: number; fingerprint: string }
  const recorder = await record(port)
  const words = [
    '--tracker',
    `tls://127.0.0.1:${recorder.port}#${fingerprint}`,
    '--host',
    '127.0.0.1',
    '--json',
  ]
  await writeFile(join(folder, 'kept secret.bin'), randomBytes(100_000))
  const seeder = new Shoal(['share', 'kept secret.bin', '--port', '0', ...words], folder)
  await seeder.event('seeding')
  const fetched = await run(['get', '1', '--no-seed', '--port', '0', '-o', 'out', ...words])
  expect(fetched).toMatchObject({ code: 0 })
  const answer = await fetch(`http://127.0.0.1:${port}/torrents/1.torrent`)
  const torrent = Buffer.from(await answer.arrayBuffer()).toString('latin1')
  await seeder.interrupt()
  recorder.close()
  const recorded = recorder.taken()
  expect(torrent).toContain('kept secret')
  expect(recorded.length).toBeGreaterThan(2 * torrent.length)
  expect(recorded).not.toContain('kept secret')
  for (let at = 0; at + 32 <= torrent.length; at++)
    if (recorded.includes(torrent.slice(at, at + 32))) expect.fail(`32 bytes of the .torrent from ${at} on`)
})

test('its page says which Shoal it is', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  expect(JSON.parse(await (await start())('/api/tracker'))).toMatchObject({ version })
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
