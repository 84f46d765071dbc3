import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CHUNK, sha256 } from './tools/content.js'
import { LOOPBACK, test, type World } from './tools/world.js'

/** Makes a folder `name` of these files; returns their SHA-256 by path. */
const makeFolder = async (
  world: World,
  name: string,
  files: Record<string, number>,
): Promise<Record<string, string>> => {
  const sums: Record<string, string> = {}
  for (const [path, size] of Object.entries(files)) {
    const data = randomBytes(size)
    await mkdir(dirname(world.path(name, path)), { recursive: true })
    await writeFile(world.path(name, path), data)
    sums[path] = sha256(data)
  }
  return sums
}

const sumsOf = async (folder: string): Promise<Record<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sums: Record<string, string> = {}
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name)
    sums[path.slice(folder.length + 1).replaceAll('\\', '/')] = sha256(await readFile(path))
  }
  return sums
}

const SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 100 * CHUNK]

test.concurrent(
  'C2 D1 files of 0 bytes, 1 byte and exact multiples of 16 KiB arrive as they are',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const names = SIZES.map((size) => `${size}.bin`)
    const sums = await makeFolder(
      world,
      'input',
      Object.fromEntries(SIZES.map((size) => [`${size}.bin`, size])),
    )
    const paths = names.map((name) => world.path('input', name))
    const seeder = world.run(
      'share',
      ...paths,
      ...LOOPBACK,
      '--tracker',
      tracker,
      '--state',
      world.path('s'),
      '--json',
    )
    await seeder.event('seeding')
    expect(await world.list(tracker)).toHaveLength(SIZES.length)
    const ids = seeder.events
      .filter(({ event }) => event === 'shared')
      .map(({ torrentId }) => String(torrentId))
    const where = ['-o', world.path('out'), '--state', world.path('l'), '--tracker', tracker]
    const leecher = world.run('get', ...ids, ...LOOPBACK, ...where, '--no-seed', '--json')
    await leecher.exits(0)
    expect(await sumsOf(world.path('out'))).toEqual(sums)
  },
)

test.concurrent(
  'A6 a folder with names in any script, nested and empty files arrives as it is',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const sums = await makeFolder(world, 'Fotos 写真 😀', {
      'ünïcödé.txt': 10,
      'Привет/мир.bin': 50_000,
      'עברית/العربية/日本語.bin': CHUNK,
      leer: 0,
      'a/b/c/d/e/f/deep.bin': 2 * CHUNK + 5,
      'a/leer.txt': 0,
      "with space & $pecial 'quotes'.txt": 3,
      '.hidden': 20,
    })
    const seeder = world.run(
      'share',
      world.path('Fotos 写真 😀'),
      ...LOOPBACK,
      '--tracker',
      tracker,
      '--state',
      world.path('s'),
      '--json',
    )
    const { torrentId, name, magnet } = await seeder.event('shared')
    expect(name).toBe('Fotos 写真 😀')
    for (const what of [torrentId, magnet].map(String)) {
      const out = world.path(`out-${what.length}`)
      const where = ['-o', out, '--state', `${out}-state`, '--tracker', tracker]
      const leecher = world.run('get', what, ...LOOPBACK, ...where, '--no-seed', '--json')
      await leecher.exits(0)
      expect(await sumsOf(join(out, 'Fotos 写真 😀'))).toEqual(sums)
      expect(await readdir(out)).toEqual(['Fotos 写真 😀'])
    }
  },
)

test.concurrent(
  'A6 --select fetches the files that match and nothing of the others',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const sums = await makeFolder(world, 'album', {
      'one.jpg': 40_000,
      'two.png': 400_000,
      'more/three.jpg': 3 * CHUNK,
      'more/four.png': 400_000,
    })
    const seeder = world.run(
      'share',
      world.path('album'),
      ...LOOPBACK,
      '--tracker',
      tracker,
      '--state',
      world.path('s'),
      '--json',
    )
    const { torrentId } = await seeder.event('shared')
    const where = ['-o', world.path('out'), '--state', world.path('l'), '--tracker', tracker]
    const words = [
      'get',
      String(torrentId),
      '--select',
      'one.jpg',
      '--select',
      'more/*.jpg',
      '--no-seed',
      '--json',
    ]
    const leecher = world.run(...words, ...LOOPBACK, ...where)
    await leecher.exits(0)
    expect(await sumsOf(world.path('out', 'album'))).toEqual({
      'one.jpg': sums['one.jpg'],
      'more/three.jpg': sums['more/three.jpg'],
    })
    expect(await leecher.event('complete')).toMatchObject({ size: 40_000 + 3 * CHUNK })
  },
)

test.concurrent(
  'BEP 53: a magnet link fetches the files that it selects, from a tracker or from a peer alone',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const sums = await makeFolder(world, 'album', { 'a.jpg': 40_000, 'b.png': 400_000, 'c/d.jpg': 3 * CHUNK })
    const state = ['--state', world.path('s')]
    const seeder = world.run(
      'share',
      world.path('album'),
      ...LOOPBACK,
      '--tracker',
      tracker,
      ...state,
      '--json',
    )
    const { magnet } = await seeder.event('shared')
    const ways = {
      tracker: ['--tracker', tracker],
      peer: ['--no-tracker', '--peer', `127.0.0.1:${await seeder.port()}`],
    }
    for (const [way, flags] of Object.entries(ways)) {
      const where = ['-o', world.path(way), '--state', world.path(`${way}-state`), ...flags]
      const leecher = world.run(
        'get',
        `${String(magnet)}&so=0,2`,
        ...LOOPBACK,
        ...where,
        '--no-seed',
        '--json',
      )
      await leecher.exits(0)
      expect(await sumsOf(world.path(way, 'album'))).toEqual({
        'a.jpg': sums['a.jpg'],
        'c/d.jpg': sums['c/d.jpg'],
      })
    }
  },
)

test.concurrent('get takes the URL of a .torrent, and says when there is none', async ({ world, expect }) => {
  const content = await world.content('film.bin', 300_000)
  const server = createServer((request, response) => {
    if (request.url === '/film.torrent') response.end(content.torrent)
    else response.writeHead(404).end()
  })
  world.endings.push(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const torrent = await world.torrentFile(content)
  const where = ['--no-tracker', '--state', world.path('s'), '--json']
  const seeder = world.run('seed', torrent, dirname(content.path), ...LOOPBACK, ...where)
  await seeder.event('seeding')
  const flags = ['--no-tracker', '--peer', `127.0.0.1:${await seeder.port()}`]
  await world.fetched(`http://127.0.0.1:${port}/film.torrent`, content, ...flags)
  const none = world.get(`http://127.0.0.1:${port}/none.torrent`, content, flags)
  await none.exits(3)
  expect(await none.event('error')).toMatchObject({ code: 'PATH_NOT_FOUND' })
})

test.concurrent(
  'get --priority skips and prefers, --sequential fetches in order, and both end whole',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const sums = await makeFolder(world, 'album', {
      'a.jpg': 400_000,
      'b.png': 400_000,
      'c/d.jpg': 3 * CHUNK,
    })
    const state = ['--state', world.path('s')]
    const seeder = world.run(
      'share',
      world.path('album'),
      ...LOOPBACK,
      '--tracker',
      tracker,
      ...state,
      '--json',
    )
    const { torrentId } = await seeder.event('shared')
    const where = ['-o', world.path('out'), '--state', world.path('l'), '--tracker', tracker]
    const wishes = [
      '--priority',
      '*.png=skip',
      '--priority',
      'c/*=high',
      '--sequential',
      '--no-seed',
      '--json',
    ]
    const leecher = world.run('get', String(torrentId), ...LOOPBACK, ...where, ...wishes)
    await leecher.exits(0)
    expect(await sumsOf(world.path('out', 'album'))).toEqual({
      'a.jpg': sums['a.jpg'],
      'c/d.jpg': sums['c/d.jpg'],
    })
  },
)

test.concurrent(
  'F1 --no-tracker with a .torrent and --peer needs no tracker at all',
  async ({ world, expect }) => {
    const content = await world.content('film.bin', 300_000)
    const torrent = await world.torrentFile(content)
    const input = dirname(content.path)
    const seeder = world.run(
      'seed',
      torrent,
      input,
      ...LOOPBACK,
      '--no-tracker',
      '--state',
      world.path('s'),
      '--json',
    )
    const port = await seeder.port()
    await seeder.event('seeding')
    const leecher = await world.fetched(torrent, content, '--no-tracker', '--peer', `127.0.0.1:${port}`)
    expect(await leecher.event('complete')).toMatchObject({ peers: [{ port, downloaded: 300_000 }] })
    expect(await seeder.interrupt()).toBe(0)
  },
)

test.concurrent.for(['SIGINT', 'SIGTERM'] as const)(
  'B1 STOP_SEED on %s: gone from the list at once',
  async (signal, { world, expect }) => {
    const tracker = await world.tracker()
    const [shared, fetched] = [
      await world.content('shared.bin', 50_000),
      await world.content('fetched.bin', 50_000),
    ]
    const sharer = await world.share(tracker, shared)
    const source = await world.share(tracker, fetched)
    const getter = world.get(source.id, fetched, ['--tracker', tracker])
    await getter.event('seeding')
    await source.program.interrupt()
    await expect.poll(async () => (await world.list(tracker)).length, { timeout: 10_000 }).toBe(2)
    for (const program of [sharer.program, getter]) {
      program.process.kill(signal)
      await program.exits(0, 5000)
    }
    expect(await world.list(tracker)).toEqual([])
  },
)

test.concurrent('C4 B1 a leecher that is interrupted is no longer listed', async ({ world, expect }) => {
  const tracker = await world.tracker()
  const content = await world.content('film.bin', 1_000_000)
  const seeder = await world.share(tracker, content, '--upload-limit', '200K')
  const leecher = world.get(seeder.id, content, ['--tracker', tracker])
  await leecher.hasDone(50_000)
  const { peerId } = await leecher.event('listening')
  expect(await world.list(tracker)).toMatchObject([{ LEECHER_LIST: { [String(peerId)]: {} } }])
  expect(await leecher.interrupt()).toBe(130)
  expect(await world.list(tracker)).toMatchObject([{ LEECHER_LIST: {} }])
})
