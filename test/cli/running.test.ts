import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Shoal } from './shoal.js'

let folder: string
let started: Shoal[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-running-'))
  started = []
})
afterEach(async () => {
  for (const { process } of started) process.kill('SIGKILL')
  await Promise.all(started.map((shoal) => shoal.exit()))
  await rm(folder, { recursive: true })
})

const shoal = (...words: string[]): Shoal => {
  const child = new Shoal(words, folder)
  started.push(child)
  return child
}

const run = async (...words: string[]) => {
  const child = shoal(...words)
  return { exit: await child.exit(), stdout: child.stdout, stderr: child.stderr }
}

const startTracker = async (): Promise<string> => {
  const tracker = shoal('tracker', '--host', '127.0.0.1', '--port', '0', '--json')
  return String((await tracker.event('listening')).port)
}

test('status, peers and stop work on a running peer, which they find by themselves', async () => {
  await writeFile(join(folder, 'film.mkv'), randomBytes(3_000_000))
  const port = await startTracker()
  const peer = (name: string, ...flags: string[]): Shoal =>
    shoal('peer', '127.0.0.1', '0', '127.0.0.1', port, '--state', name, '--json', ...flags)
  const seeder = peer('seeder')
  const leecher = peer('leecher', '--download-limit', '100K')
  expect(await seeder.event('http')).toMatchObject({ host: '127.0.0.1' })
  await leecher.event('http')
  seeder.process.stdin?.write('3\nfilm.mkv\n')
  await seeder.event('shared')
  leecher.process.stdin?.write('2\n1\n')
  await leecher.event('progress')

  const { peerId, port: seederPort } = await seeder.event('listening')
  expect((await run('status', '--state', 'seeder')).stdout).toMatch(/\n1 +film\.mkv +seeding +100\.0 %/)
  const status = await run('status', '--state', 'leecher', '--json')
  expect(JSON.parse(status.stdout)).toMatchObject({ transfers: [{ id: '1', name: 'film.mkv' }] })
  const has = new RegExp(
    `\n${String(peerId)} +127\\.0\\.0\\.1:${String(seederPort)} +\\w+ +direct +TLS 1\\.3 +184/184 +100\\.0 %`,
  )
  await expect.poll(async () => (await run('peers', '1', '--state', 'leecher')).stdout, POLL).toMatch(has)

  expect(await run('stop', '1', '--state', 'leecher')).toMatchObject({
    exit: 0,
    stdout: 'Stopped downloading film.mkv; it resumes when it is asked for again.\n',
  })
  expect((await run('stop', '1', '--state', 'seeder')).stdout).toBe('Stopped sharing film.mkv.\n')
  const list = await run('list', '--tracker', `127.0.0.1:${port}`, '--state', 'list')
  expect(list.stdout).toBe('No torrents.\n')
  expect((await run('stop', '2', '--state', 'seeder')).exit).toBe(3)
})

const POLL = { timeout: 20_000 }

test('a peer that has ended is not found, and one that was killed is passed over', async () => {
  const start = async (): Promise<Shoal> => {
    const peer = shoal(
      'peer',
      '127.0.0.1',
      '0',
      '--no-tracker',
      '--http',
      '127.0.0.1:0',
      '--state',
      's',
      '--json',
    )
    await peer.event('http')
    return peer
  }
  const kept = async () => (await readdir(join(folder, 's'))).filter((name) => name.startsWith('http-'))
  expect(await (await start()).interrupt()).toBe(0)
  expect(await kept()).toEqual([])
  const killed = await start()
  killed.process.kill('SIGKILL')
  await killed.exit()
  expect(await kept()).toHaveLength(1)
  expect(await run('status', '--state', 's')).toMatchObject({ exit: 1, stdout: '' })
  const again = await start()
  expect((await run('status', '--state', 's')).exit).toBe(0)
  const { port } = await again.event('http')
  const taken = await run('peer', '127.0.0.1', '0', '--no-tracker', '--http', `127.0.0.1:${String(port)}`)
  expect(taken.exit).toBe(1)
  expect(taken.stderr).toMatch(/error: .*cannot listen.*--http\b.*\n$/)
})
