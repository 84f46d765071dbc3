import { execFile, execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Shoal } from '../cli/shoal.js'

const PYTHON = '/usr/bin/python3'
const MAKE_V1 = fileURLToPath(new URL('makeV1.py', import.meta.url))
const LEECHER = fileURLToPath(new URL('libtorrentLeecher.py', import.meta.url))

const isInstalled = (): boolean => {
  try {
    execFileSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' })
    return true
  } catch {
    console.log('Skipped: python3-libtorrent is not installed for /usr/bin/python3.')
    return false
  }
}

let folder: string
let seeder: Shoal | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-interop-'))
})
afterEach(async () => {
  seeder?.process.kill('SIGKILL')
  await seeder?.exit()
  await rm(folder, { recursive: true })
})

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** A folder with files of every awkward size. */
const makeFolder = async (): Promise<Map<string, Uint8Array>> => {
  const files = new Map<string, Uint8Array>([
    ['a.bin', randomBytes(3_000_001)],
    ['b/empty', randomBytes(0)],
    ['b/one byte', randomBytes(1)],
    ['b/exact', randomBytes(4 * 16384)],
    ['ünï.mkv', randomBytes(700_000)],
  ])
  for (const [path, data] of files) {
    await mkdir(join(folder, 'data', 'films', path, '..'), { recursive: true })
    await writeFile(join(folder, 'data', 'films', path), data)
  }
  return files
}

const run = async (...words: string[]): Promise<Shoal> => {
  const shoal = new Shoal(words, folder)
  expect(await shoal.exit()).toBe(0)
  return shoal
}

const seed = async (): Promise<number> => {
  const peer = ['--host', '127.0.0.1', '--port', '0', '--no-tracker', '--state', 'state', '--json']
  seeder = new Shoal(['seed', 'films.torrent', 'data', ...peer], folder)
  await seeder.event('seeding')
  return Number((await seeder.event('listening')).port)
}

test.skipIf(!isInstalled()).each([16_384, 49_152, 20_000, 1_048_576])(
  'libtorrent fetches from Shoal what has v1 hashes alone, whose pieces of %i bytes run across files',
  async (pieceLength) => {
    const files = await makeFolder()
    execFileSync(PYTHON, [MAKE_V1, 'data/films', 'films.torrent', String(pieceLength)], { cwd: folder })
    const port = await seed()
    const leecher = [LEECHER, 'films.torrent', 'out', '127.0.0.1', String(port)]
    const { stdout } = await promisify(execFile)(PYTHON, leecher, { cwd: folder })
    expect(stdout).toBe('complete\n')
    for (const [path, data] of files)
      expect([path, sha256(await readFile(join(folder, 'out/films', path)))]).toEqual([path, sha256(data)])
  },
)

test.skipIf(!isInstalled()).each([
  ['plaintext', 'hybrid'],
  ['rc4', 'hybrid'],
  ['both', 'v2'],
])(
  'libtorrent fetches from Shoal where it takes obfuscated handshakes alone, and offers for what follows: %s, %s',
  async (level, format) => {
    const files = await makeFolder()
    await run('create', 'data/films', '-o', 'films.torrent', '--format', format)
    const port = await seed()
    await promisify(execFile)(PYTHON, [LEECHER, 'films.torrent', 'out', '127.0.0.1', String(port), level], {
      cwd: folder,
    })
    for (const [path, data] of files)
      expect([path, sha256(await readFile(join(folder, 'out/films', path)))]).toEqual([path, sha256(data)])
  },
)
