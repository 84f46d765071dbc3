import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Shoal } from './shoal.js'

let folder: string
let started: Shoal[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-cli-'))
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

test('the executable says its version and begins with the line that makes it one', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  expect(await run('--version')).toMatchObject({ exit: 0, stdout: `${version}\n` })
  expect(await readFile('dist/cli/main.js', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})

test.each([
  [['nonsense'], 2],
  [['tracker', '--port', 'x'], 2],
  [['show', 'missing.torrent'], 3],
  [['split', 'missing', 'chunks'], 3],
  [['show', 'magnet:?nothing'], 1],
])('%j exits %d with one line on stderr', async (words, exit) => {
  const result = await run(...words)
  expect(result.exit).toBe(exit)
  expect(result.stdout).toBe('')
  expect(result.stderr).toMatch(/^error: .+\n$/)
})

test('settings come from shoal.config.json in the current folder, and a bad one is named', async () => {
  await writeFile(join(folder, 'shoal.config.json'), '{"seedLimit": 1, "tracker": ["10.0.0.1:1"]}')
  const { stdout } = await run('config', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    seedLimit: { value: 1, source: 'file' },
    tracker: { value: ['10.0.0.1:1'], source: 'file' },
  })
  await writeFile(join(folder, 'shoal.config.json'), '{"port": "x"}')
  const refused = await run('config')
  expect(refused.exit).toBe(2)
  expect(refused.stderr).toContain('port in shoal.config.json')
})

test('D4 split and join rebuild a file, and verify names the bad chunks', async () => {
  const data = randomBytes(100_000)
  await writeFile(join(folder, 'file.bin'), data)
  expect((await run('split', 'file.bin', 'chunks')).exit).toBe(0)
  expect((await readFile(join(folder, 'chunks/file.bin_chunk_6'))).length).toBe(100_000 - 6 * 16_384)
  expect(await run('verify', 'chunks')).toMatchObject({ exit: 0, stderr: '' })
  expect((await run('join', 'chunks', 'again.bin')).exit).toBe(0)
  expect(await readFile(join(folder, 'again.bin'))).toEqual(data)
  await writeFile(join(folder, 'chunks/file.bin_chunk_2'), randomBytes(16_384))
  await unlink(join(folder, 'chunks/file.bin_chunk_4'))
  const bad = await run('verify', 'chunks', '--json')
  expect(bad.exit).toBe(5)
  expect(JSON.parse(bad.stdout)).toMatchObject({ isComplete: false, badChunks: [2, 4] })
  expect((await run('join', 'chunks', 'third.bin')).exit).toBe(5)
})

test('create, show and verify agree on a .torrent', async () => {
  await writeFile(join(folder, 'file.bin'), randomBytes(100_000))
  const created = await run('create', 'file.bin', '--piece-length', '32K', '--json')
  expect(created.exit).toBe(0)
  const { infoHash, infoHashV1, magnet } = JSON.parse(created.stdout) as Record<string, string>
  const shown: unknown = JSON.parse((await run('show', 'file.bin.torrent', '--json')).stdout)
  expect(shown).toMatchObject({ name: 'file.bin', size: 100_000, pieceLength: 32_768, infoHash, infoHashV1 })
  expect(shown).toMatchObject({ files: [{ path: 'file.bin', size: 100_000 }], trackers: [], webSeeds: [] })
  expect(JSON.parse((await run('show', magnet ?? '', '--json')).stdout)).toMatchObject({
    infoHash,
    infoHashV1,
  })
  expect((await run('verify', 'file.bin.torrent', '.')).exit).toBe(0)
  await writeFile(join(folder, 'file.bin'), randomBytes(100_000))
  const bad = await run('verify', 'file.bin.torrent', '.')
  expect(bad.exit).toBe(5)
  expect(bad.stdout).toContain('file.bin, pieces 0, 1, 2, 3')
  expect((await run('create', 'file.bin')).exit).toBe(1)
})

test('create writes trackers and web seeds into the .torrent and its magnet link, and none that is no URL', async () => {
  await writeFile(join(folder, 'file.bin'), randomBytes(100_000))
  const trackers = ['udp://tracker.example.org:6969', 'http://other.example.org/announce']
  const webSeeds = ['https://example.org/file.bin', 'http://mirror.example.org/']
  const flags = [
    ...trackers.flatMap((url) => ['--announce', url]),
    ...webSeeds.flatMap((url) => ['--web-seed', url]),
  ]
  const created = await run('create', 'file.bin', ...flags, '--json')
  const { magnet = '' } = JSON.parse(created.stdout) as Record<string, string>
  const shown: unknown = JSON.parse((await run('show', 'file.bin.torrent', '--json')).stdout)
  expect(shown).toMatchObject({ trackers, webSeeds })
  const link: unknown = JSON.parse((await run('show', magnet, '--json')).stdout)
  expect(link).toMatchObject({ trackers, webSeeds })
  const refused = await run('create', 'file.bin', '--web-seed', 'ftp://example.org/file.bin')
  expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining('is no URL of a web seed') })
})

test.skipIf(process.platform === 'win32')('a tracker ends with 0 on SIGINT and on SIGTERM', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const tracker = shoal('tracker', '--host', '127.0.0.1', '--port', '0', '--json')
    expect(await tracker.event('listening')).toMatchObject({ host: '127.0.0.1' })
    tracker.process.kill(signal)
    expect(await tracker.exit()).toBe(0)
    expect(tracker.events.at(-1)).toEqual({ event: 'stopped' })
  }
})

test('an address that is taken is said, not thrown', async () => {
  const tracker = shoal('tracker', '--host', '127.0.0.1', '--port', '0', '--json')
  const { port } = await tracker.event('listening')
  const second = await run(
    'tracker',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--store',
    'memory:',
    '--log-level',
    'warn',
  )
  expect(second.exit).toBe(1)
  expect(second.stderr).toMatch(/^error: .*--port.*\n$/)
})

test('a reader that goes away ends a server quietly', async () => {
  const tracker = shoal('tracker', '--host', '127.0.0.1', '--port', '0', '--json')
  await tracker.event('listening')
  tracker.process.stdout?.destroy()
  tracker.process.kill('SIGTERM')
  expect(await tracker.exit()).toBe(0)
  expect(tracker.stderr).not.toContain('EPIPE')
})
