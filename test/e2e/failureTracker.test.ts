import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { sumFrom } from './tools/received.js'
import { steady } from './tools/otherPeer.js'
import { LOOPBACK, test, type World } from './tools/world.js'

const MiB = 1024 * 1024

/** A port on which nothing listens now. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Resolves once the tracker lists `names`, each with a seeder. */
const listed = async (world: World, tracker: string, ...names: string[]): Promise<void> => {
  const end = performance.now() + 20_000
  for (;;) {
    const rows = await world.list(tracker)
    const found = rows.filter(({ SEEDER_LIST }) => Object.keys(SEEDER_LIST as object).length > 0)
    if (names.every((name) => found.some(({ FILE_NAME }) => FILE_NAME === name))) return
    if (performance.now() > end) throw new Error(`not listed: ${names.join(', ')} in ${JSON.stringify(rows)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test.concurrent(
  'F1 a tracker that never answers: get gives up, and a share can still be ended',
  async ({ world }) => {
    const silent = await impostor(world, () => undefined)
    const content = await world.content('film.bin', 50_000)
    const sharing = world.startShare(silent, content)
    const get = world.run(
      'get',
      '1',
      '--no-seed',
      ...LOOPBACK,
      '--tracker',
      silent,
      '--state',
      world.path('s'),
    )
    await sharing.event('hashing')
    sharing.process.kill('SIGINT')
    await sharing.exits(130, 8000)
    await get.exits(4, 20_000)
  },
)

test.concurrent(
  'F1 a share that is started before the tracker registers once it is up',
  async ({ world, expect }) => {
    const port = await freePort()
    const at = `127.0.0.1:${port}`
    const content = await world.content('early.bin', 100_000)
    const sharing = world.startShare(at, content)
    await sharing.logs(/trying again in 2 s/)
    await world.trackerProgram('--port', String(port))
    expect(await sharing.event('shared')).toMatchObject({ torrentId: 1, name: 'early.bin' })
    await sharing.logs(/is back/)
    await world.fetched(1, content, '--tracker', at)
  },
)

test.concurrent(
  'F1 a download goes on without the tracker, and ends without waiting for it',
  async ({ world, expect }) => {
    const tracker = await world.trackerProgram()
    const content = await world.content('film.bin', MiB)
    const { id } = await world.share(tracker.at, content, '--upload-limit', '400K')
    const out = world.path('out')
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker.at], { out })
    await leecher.hasDone(200_000)
    await tracker.program.crash()
    await leecher.event('complete')
    const start = performance.now()
    await leecher.exits(0)
    expect(performance.now() - start).toBeLessThan(3000)
    await world.expectFile(join(out, content.name), content)
  },
)

test.concurrent(
  'F1 the peers of a peer are found through it when the tracker is gone',
  async ({ world, expect }) => {
    const tracker = await world.trackerProgram()
    const content = await world.content('film.bin', MiB)
    // So slow that the first is still at it when the second is up, also on a busy machine: complete, it would leave the seeder.
    const seeder = await world.share(tracker.at, content, '--upload-limit', '120K')
    const torrent = await world.torrentFile(content)
    const first = world.get(seeder.id, content, ['--tracker', tracker.at, '--upload-limit', '100K'])
    await first.hasDone(50_000)
    await tracker.program.crash()
    const second = world.get(torrent, content, [
      '--no-seed',
      '--tracker',
      tracker.at,
      '--peer',
      `127.0.0.1:${await first.port()}`,
    ])
    await second.eventWhere(({ event, peers }) => event === 'progress' && peers === 2)
    await first.crash()
    await second.exits(0)
    expect(sumFrom(await second.event('complete'), await seeder.program.port())).toBeGreaterThan(0)
  },
)

test.concurrent(
  'F1 a tracker comes back with nothing in memory: seeders and leechers register again, under other ids',
  async ({ world, expect }) => {
    const tracker = await world.trackerProgram('--interval', '1')
    const [one, two, other] = await Promise.all([
      world.content('one.bin', 100_000),
      world.content('two.bin', 240_000),
      world.content('other.bin', 10_000),
    ])
    const oneSeeder = await world.share(tracker.at, one)
    const slow = await world.share(tracker.at, two, '--upload-limit', '60K')
    expect([oneSeeder.id, slow.id]).toEqual([1, 2])
    const leecher = world.get(slow.id, two, ['--tracker', tracker.at])
    await leecher.hasDone(16_384)
    await tracker.program.crash()
    await slow.program.logs(/trying again in 1 s/)
    await world.trackerProgram('--port', String(tracker.port))
    await world.seeder(tracker.at, other)
    await listed(world, tracker.at, 'one.bin', 'two.bin', 'other.bin')
    const rows = await world.list(tracker.at)
    const leechersOf = (name: string): string[] =>
      Object.keys(rows.find(({ FILE_NAME }) => FILE_NAME === name)?.LEECHER_LIST ?? {})
    expect(leechersOf('other.bin')).toEqual([])
    await leecher.event('complete')
    await expect
      .poll(
        async () => {
          const row = (await world.list(tracker.at)).find(({ FILE_NAME }) => FILE_NAME === 'two.bin')
          return Object.keys(row?.SEEDER_LIST as object).length
        },
        { timeout: 20_000, interval: 100 },
      )
      .toBe(2)
    const { magnet } = await oneSeeder.program.event('shared')
    await world.fetched(String(magnet), one, '--tracker', tracker.at)
  },
)

test.concurrent('F1 an id that now means another torrent never mixes the two', async ({ world, expect }) => {
  const [one, two] = [await world.content('one.bin', 200_000), await world.content('two.bin', 200_000)]
  const forgetful = ['--store', 'memory:']
  const tracker = await world.trackerProgram('--interval', '1', ...forgetful)
  const seeder = await world.share(tracker.at, one)
  expect(seeder.id).toBe(1)
  await tracker.program.crash()
  await seeder.program.logs(/trying again in 2 s/)
  await world.trackerProgram('--port', String(tracker.port), ...forgetful)
  const { id } = await world.seeder(tracker.at, two, steady(1))
  expect(id).toBe(1)
  await listed(world, tracker.at, 'one.bin', 'two.bin')
  const rows = await world.list(tracker.at)
  expect(rows.map(({ SEEDER_LIST }) => Object.keys(SEEDER_LIST as object).length)).toEqual([1, 1])
  await world.fetched(1, two, '--tracker', tracker.at)
  await world.fetched(2, one, '--tracker', tracker.at)
})

test.concurrent('F1 C4 a leecher finds the seeders that come after it', async ({ world, expect }) => {
  const tracker = await world.tracker({ interval: 1 })
  const content = await world.content('film.bin', 300_000)
  const early = await world.share(tracker, content)
  expect(await early.program.interrupt()).toBe(0)
  const out = world.path('out')
  const leecher = world.get(early.id, content, ['--no-seed', '--tracker', tracker], { out })
  await leecher.event('progress')
  await world.share(tracker, content)
  await leecher.exits(0)
  await world.expectFile(join(out, content.name), content)
})

/** What answers at the address of the tracker and is none. */
const impostors: Record<string, (socket: Socket) => void> = {
  'random bytes': (socket) => void socket.end(randomBytes(5000)),
  'a web page': (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n<html></html>'),
  'an array': (socket) => void socket.end('[]\n'),
  'an empty object': (socket) => void socket.end('{}\n'),
  'a close': (socket) => void socket.end(),
  'half an answer': (socket) => void socket.end('{"OP_CODE":100,"RET_CODE":200,"TORRENT_L'),
  'fields of the wrong types': (socket) =>
    void socket.end(
      '{"OP_CODE":"a","RET_CODE":200,"TORRENT_LIST":{"a":1},"TORRENT_OBJECT":[],"TORRENT_ID":"x"}\n',
    ),
  'rows of the wrong types': (socket) =>
    void socket.end(
      '{"OP_CODE":100,"RET_CODE":200,"TORRENT_LIST":[null,7,{"TORRENT_ID":-1}],"TORRENT_OBJECT":{"TORRENT_ID":1,"FILE_NAME":"../x","NUM_OF_CHUNKS":1e300,"SEEDER_LIST":9}}\n',
    ),
  'pages of a list without end': (socket) =>
    void socket.end('{"OP_CODE":100,"RET_CODE":200,"TORRENT_LIST":[],"NEXT_OFFSET":1}\n'),
}

const impostor = async (world: World, answer: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    socket.once('data', () => answer(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  world.endings.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

test.concurrent.for(Object.entries(impostors))(
  'F1 a tracker that answers %s is an error in one line',
  async ([, answer], { world, expect }) => {
    const bad = await impostor(world, answer)
    const program = world.run(
      'get',
      '1',
      '--no-seed',
      ...LOOPBACK,
      '--tracker',
      bad,
      '--state',
      world.path('s'),
    )
    expect([1, 3, 4]).toContain(await program.exit())
    expect(program.stderr).toMatch(/^error: .{10,}\n$/)
  },
)

test.concurrent(
  'F1 beside trackers that answer all kinds of nonsense a good one is used',
  async ({ world, expect }) => {
    const content = await world.content('film.bin', 50_000)
    const good = await world.tracker()
    const flags: string[] = []
    for (const answer of Object.values(impostors)) flags.push('--tracker', await impostor(world, answer))
    flags.push('--tracker', good)
    const seeder = await world.share(good, content, ...flags)
    expect(await world.list(good)).toMatchObject([{ FILE_NAME: 'film.bin' }])
    const magnet = `magnet:?xt=urn:btmh:1220${content.infoHash}`
    await world.fetched(magnet, content, ...flags)
    expect(await seeder.program.interrupt()).toBe(0)
    expect(await world.list(good)).toEqual([])
  },
)
