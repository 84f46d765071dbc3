import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Shoal } from './shoal.js'

let folder: string
let started: Shoal[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-system-'))
  started = []
})
afterEach(async () => {
  for (const { process } of started) process.kill('SIGKILL')
  await Promise.all(started.map((shoal) => shoal.exit()))
  await rm(folder, { recursive: true })
})

const shoal = (words: readonly string[], environment: Record<string, string> = {}): Shoal => {
  const child = new Shoal(words, folder, environment)
  started.push(child)
  return child
}

const LOOPBACK = ['--host', '127.0.0.1', '--port', '0'] as const

const startTracker = async (): Promise<string> => {
  const tracker = shoal(['tracker', ...LOOPBACK, '--json'])
  return `127.0.0.1:${String((await tracker.event('listening')).port)}`
}

const peerFlags = (tracker: string, name: string): string[] => [
  ...LOOPBACK,
  '--tracker',
  tracker,
  '--state',
  join(folder, name),
]

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

test('C1 C2 E5 share, list and get work as processes, and exit as they should', async () => {
  const data = randomBytes(1_000_000)
  await writeFile(join(folder, 'film.mkv'), data)
  const tracker = await startTracker()
  const seeder = shoal(['share', 'film.mkv', ...peerFlags(tracker, 'seeder'), '--json'])
  const { torrentId, magnet } = await seeder.event('shared')
  const list = shoal(['list', ...peerFlags(tracker, 'list'), '--json'])
  expect(await list.exit()).toBe(0)
  expect(JSON.parse(list.stdout)).toMatchObject([
    { torrentId, name: 'film.mkv', size: 1_000_000, leechers: [] },
  ])
  for (const what of [String(torrentId), String(magnet)]) {
    const get = shoal([
      'get',
      what,
      '--no-seed',
      '-o',
      `out-${what.length}`,
      ...peerFlags(tracker, 'leecher'),
      '--json',
    ])
    expect(await get.exit()).toBe(0)
    const { port } = await seeder.event('listening')
    expect(await get.event('complete')).toMatchObject({ peers: [{ port, downloaded: 1_000_000 }] })
    expect(sha256(await readFile(join(folder, `out-${what.length}`, 'film.mkv')))).toBe(sha256(data))
  }
  expect(await seeder.interrupt()).toBe(0)
  const after = shoal(['list', ...peerFlags(tracker, 'list')])
  expect(await after.exit()).toBe(0)
  expect(after.stdout).toBe('No torrents.\n')
})

test('a torrent that is not there exits 3, a tracker that is not there 4', async () => {
  const tracker = await startTracker()
  expect(await shoal(['get', '99', '--no-seed', ...peerFlags(tracker, 'a')]).exit()).toBe(3)
  expect(await shoal(['share', 'missing', ...peerFlags(tracker, 'a')]).exit()).toBe(3)
  const nowhere = shoal(['list', ...peerFlags('127.0.0.1:1', 'a')])
  expect(await nowhere.exit()).toBe(4)
  expect(nowhere.stderr).toMatch(/^error: .*shoal tracker.*\n$/)
})

test('E1 E2 a console that is fed by a pipe shares, lists and downloads, and quits', async () => {
  const data = randomBytes(200_000)
  await writeFile(join(folder, 'film.mkv'), data)
  const [host = '', port = ''] = (await startTracker()).split(':')
  const seeder = shoal(['peer', '127.0.0.1', '0', host, port, '--state', 'seeder'])
  seeder.process.stdin?.write('3\nfilm.mkv\n')
  await seeder.says('Sharing film.mkv')
  const leecher = shoal(['peer', '127.0.0.1', '0', host, port, '--state', 'leecher', '-o', 'out'])
  leecher.process.stdin?.write('1\n2\n1\n')
  await leecher.says('Complete and verified')
  expect(leecher.stdout).toMatch(/ID 1 {2}film\.mkv {2}13 chunks/)
  expect(leecher.stdout).toMatch(/Seeders:\n +[0-9a-f]{32}@127\.0\.0\.1:[0-9]+/)
  expect(sha256(await readFile(join(folder, 'out', 'film.mkv')))).toBe(sha256(data))
  leecher.process.stdin?.write('5\n')
  expect(await leecher.exit()).toBe(0)
  seeder.process.stdin?.end()
  await seeder.says('serves until it is stopped')
  expect(await seeder.interrupt()).toBe(0)
})

/** The demo with a folder of its own for temporary files. */
const startDemo = async (
  words: readonly string[],
): Promise<{ demo: Shoal; leftOver: () => Promise<string[]> }> => {
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const demo = shoal(['demo', ...words, '--json'], { TMPDIR: temporary, TEMP: temporary, TMP: temporary })
  return { demo, leftOver: () => readdir(temporary) }
}

test('C3 C4 E5 the demo compares every copy, says who sent what, and leaves nothing behind', async () => {
  const data = randomBytes(12_000_000)
  await writeFile(join(folder, 'film.mkv'), data)
  const { demo, leftOver } = await startDemo(['film.mkv'])
  expect(await demo.exit()).toBe(0)
  const verified = demo.events.filter(({ event }) => event === 'verified')
  expect(verified).toEqual([
    { event: 'verified', name: 'leecher1', sha256: sha256(data) },
    { event: 'verified', name: 'leecher2', sha256: sha256(data) },
  ])
  for (const name of ['leecher1', 'leecher2']) {
    const moved = demo.events.filter(({ event, to }) => event === 'moved' && to === name)
    expect(moved.every(({ from }) => ['seeder', 'leecher1', 'leecher2'].includes(String(from)))).toBe(true)
    expect(moved.reduce((total, { bytes }) => total + Number(bytes), 0)).toBe(data.length)
    expect(moved.some(({ from, bytes }) => from !== 'seeder' && Number(bytes) > 0)).toBe(true)
  }
  expect(await leftOver()).toEqual([])
})

test('an interrupted demo exits 130 and leaves nothing behind', async () => {
  const { demo, leftOver } = await startDemo([])
  while ((await leftOver()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await demo.interrupt()).toBe(130)
  expect(await leftOver()).toEqual([])
})

test('a demo of a file that is not there exits 3 and leaves nothing behind', async () => {
  const { demo, leftOver } = await startDemo(['missing'])
  expect(await demo.exit()).toBe(3)
  expect(await leftOver()).toEqual([])
})
