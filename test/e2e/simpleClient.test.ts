import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect } from 'vitest'
import { test, type World } from './tools/world.js'

const CLIENT = fileURLToPath(new URL('simpleClient.py', import.meta.url))
const PYTHON = ['python3', 'python'].find((name) => {
  const { stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' })
  return /^Python 3/.test(stdout ?? '')
})
if (PYTHON === undefined) console.warn('skipped: the simple client, which needs Python 3')

const start = (world: World, tracker: string, ...words: string[]): ChildProcess => {
  const port = tracker.split(':').at(-1) ?? ''
  const child = spawn(PYTHON ?? '', [CLIENT, port, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  world.endings.push(() => void child.kill('SIGKILL'))
  return child
}

const output = async (child: ChildProcess): Promise<string> => {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part))
  await once(child, 'close')
  expect(child.exitCode).toBe(0)
  return text
}

/** The first line it prints. */
const line = async (child: ChildProcess): Promise<string> => {
  if (child.stdout === null) return ''
  const [text] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return text
}

describe.skipIf(PYTHON === undefined)('a client of 30 lines', () => {
  test.concurrent(
    'B1 B4 B5 C1 C2 lists, gets a torrent, fetches every chunk from Shoal and rebuilds the file',
    async ({ world, expect }) => {
      const tracker = await world.tracker()
      const content = await world.content('film.bin', 50 * 16_384 + 77)
      const { id } = await world.share(tracker, content)
      expect(JSON.parse(await output(start(world, tracker, 'list')))).toMatchObject([
        { TORRENT_ID: id, FILE_NAME: 'film.bin', NUM_OF_CHUNKS: 51 },
      ])
      const copy = world.path('copy.bin')
      await output(start(world, tracker, 'get', String(id), copy))
      await world.expectFile(copy, content)
    },
  )

  test.concurrent.for(['whole', 'closes', 'bare', 'padded'])(
    'B2 C2 shares a file of its own (%s), which Shoal fetches with --allow-unverified alone',
    async (kind, { world }) => {
      const tracker = await world.tracker()
      const content = await world.content('own.bin', 20 * 16_384 + 1)
      const id = await line(start(world, tracker, 'share', content.path, 'own.bin', kind))
      const refused = world.get(id, content, ['--no-seed', '--tracker', tracker])
      await refused.exits(5)
      expect(refused.stderr.trimEnd().split('\n').at(-1)).toMatch(/^error: .*--allow-unverified/)
      await world.fetched(id, content, '--tracker', tracker, '--allow-unverified')
    },
  )
})
