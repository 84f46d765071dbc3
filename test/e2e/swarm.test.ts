import { join } from 'node:path'
import { Op } from '../../src/protocol/json/op.js'
import { sumFrom } from './tools/received.js'
import { gated, steady } from './tools/otherPeer.js'
import { LOOPBACK, test, type World } from './tools/world.js'

const MiB = 1024 * 1024

const POLL = { timeout: 20_000, interval: 50 }

const seedersOf = async (world: World, tracker: string, id: number): Promise<string[]> => {
  const row = (await world.list(tracker)).find(({ TORRENT_ID }) => TORRENT_ID === id)
  return Object.keys(row?.SEEDER_LIST ?? {})
}

test.concurrent(
  'C3 three limited seeders share a download, and it is faster than any of them',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 3 * MiB)
    const seeders = []
    for (let index = 0; index < 3; index++) {
      seeders.push(await world.share(tracker, content, '--upload-limit', '500K'))
    }
    const leecher = await world.fetched(seeders[0]?.id ?? 0, content, '--tracker', tracker)
    const complete = await leecher.event('complete')
    for (const { program } of seeders) {
      expect(sumFrom(complete, await program.port())).toBeGreaterThan(0.15 * content.data.length)
    }
    const rates = leecher.events
      .filter(({ event }) => event === 'progress')
      .map((event) => Number(event.downloadRate))
    expect(Math.max(...rates)).toBeGreaterThan(700_000)
  },
)

test.concurrent(
  'C4 two leechers at once ask for different chunks first and take data from each other',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 2 * MiB)
    const { other, id } = await world.seeder(tracker, content, steady(20))
    const leechers = ['a', 'b'].map((name) => {
      const place = { out: world.path(name), state: world.path(`${name}-state`) }
      return world.get(id, content, ['--tracker', tracker], place)
    })
    const completes = await Promise.all(leechers.map((leecher) => leecher.event('complete')))
    for (const name of ['a', 'b']) await world.expectFile(world.path(name, content.name), content)
    const asks = other.requests.filter(({ OP_CODE }) => OP_CODE === Op.GET_CHUNK)
    const ids = await Promise.all(leechers.map(async (leecher) => (await leecher.event('listening')).peerId))
    const [first, second] = ids.map((peerId) =>
      asks
        .filter(({ PEER_ID }) => PEER_ID === peerId)
        .slice(0, 30)
        .map(({ CHUNK_IDX }) => CHUNK_IDX),
    )
    expect(first?.length).toBe(30)
    expect(first?.filter((chunk) => second?.includes(chunk)).length).toBeLessThan(15)
    expect(other.asked.length).toBeLessThan(1.7 * content.chunks)
    const [fromB, fromA] = [
      sumFrom(completes[0] ?? {}, await leechers[1]?.port()),
      sumFrom(completes[1] ?? {}, await leechers[0]?.port()),
    ]
    expect(fromB + fromA).toBeGreaterThan(0.3 * content.data.length)
    expect(Math.min(fromA, fromB)).toBeGreaterThan(0)
    await expect.poll(() => seedersOf(world, tracker, id), POLL).toEqual(expect.arrayContaining(ids))
  },
)

test.concurrent(
  'A2 A3 C6 one peer downloads three torrents at once while it seeds a fourth',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const [host = '', port = ''] = tracker.split(':')
    const own = await world.content('own.bin', MiB)
    const wanted = []
    for (const name of ['a.bin', 'b.bin', 'c.bin']) {
      const gate = gated(10)
      const content = await world.content(name, MiB)
      wanted.push({ content, gate, ...(await world.seeder(tracker, content, gate.behave)) })
    }
    const out = world.path('out')
    world.guard(
      out,
      wanted.map(({ content }) => content),
    )
    const words = ['-o', out, '--state', world.path('state'), '--log-level', 'info']
    const peer = world.run('peer', '127.0.0.1', '0', host, port, ...words)
    peer.process.stdin?.write(`3\n${own.path}\n`)
    await peer.says(`Sharing ${own.name}`)
    for (const { id } of wanted) peer.process.stdin?.write(`2\n${id}\n`)
    for (const { other } of wanted) await expect.poll(() => other.asked.length, POLL).toBeGreaterThan(10)
    await world.fetched(4, own, '--tracker', tracker)
    peer.process.stdin?.write('1\n')
    await peer.says('ID 4  own.bin')
    for (const { content, gate } of wanted.toReversed()) {
      expect(peer.stdout).not.toContain(`Complete and verified: ${join(out, content.name)}`)
      gate.open()
      await peer.says(`Complete and verified: ${join(out, content.name)}`)
      await world.expectFile(join(out, content.name), content)
    }
    peer.process.stdin?.write('5\n')
    await peer.exits(0)
    expect((await world.list(tracker)).some(({ FILE_NAME }) => FILE_NAME === own.name)).toBe(false)
  },
)

test.concurrent(
  'A5 B3 --seed-limit 1: a second share is refused, and the first goes on',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const [host = '', port = ''] = tracker.split(':')
    const [one, two] = [await world.content('one.bin', 100_000), await world.content('two.bin', 100_000)]
    const peer = world.run(
      'peer',
      '127.0.0.1',
      '0',
      host,
      port,
      '--state',
      world.path('state'),
      '--seed-limit',
      '1',
    )
    peer.process.stdin?.write(`3\n${one.path}\n`)
    await peer.says('Sharing one.bin')
    peer.process.stdin?.write(`3\n${two.path}\n`)
    await peer.logs(/error: this peer seeds 1 at once/)
    await world.fetched(1, one, '--tracker', tracker)
    expect(await world.list(tracker)).toMatchObject([{ FILE_NAME: 'one.bin' }])
    const both = world.run(
      'share',
      one.path,
      two.path,
      '--seed-limit',
      '1',
      '--tracker',
      tracker,
      '--state',
      world.path('b'),
    )
    await both.exits(6)
    expect(both.stderr).toMatch(/^error: .*--seed-limit.*\n$/)
  },
)

test.concurrent(
  'A4 A5 --seed-limit 1: a finished download is kept, and not seeded beside another',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const contents = [await world.content('one.bin', 100_000), await world.content('two.bin', 100_000)]
    for (const content of contents) await world.seeder(tracker, content)
    const [first] = contents
    if (first === undefined) return
    const place = { out: world.path('out'), expected: contents }
    const words = ['2', '--seed-limit', '1', '--tracker', tracker]
    const leecher = world.get(1, first, words, place)
    await leecher.event('seeding')
    for (const content of contents) await world.expectFile(world.path('out', content.name), content)
    const { peerId } = await leecher.event('listening')
    const seeded = async (): Promise<boolean[]> =>
      Promise.all([1, 2].map(async (id) => (await seedersOf(world, tracker, id)).includes(String(peerId))))
    await expect.poll(async () => (await seeded()).filter(Boolean).length, POLL).toBe(1)
  },
)

/** Fetches in as many processes at once; milliseconds from the first start of one to the last end. */
const timeOf = async (world: World, id: number, leechers: number, ...flags: string[]): Promise<number> => {
  const programs = Array.from({ length: leechers }, (_, index) => {
    const where = ['-o', world.path(`limited-${index}`), '--state', world.path(`limited-${index}-state`)]
    return world.run('get', String(id), '--no-seed', ...LOOPBACK, ...where, '--json', ...flags)
  })
  await Promise.race(programs.map((program) => program.event('listening')))
  const start = performance.now()
  await Promise.all(programs.map((program) => program.event('complete')))
  return performance.now() - start
}

/** Milliseconds for `bytes` at `rate`, with the quarter of a second that may pass at once. */
const leastTime = (bytes: number, rate: number): number => 1000 * (bytes / rate - 0.25)

test.concurrent(
  'the upload limit of a seeder holds for all that it serves together',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', MiB)
    const { id } = await world.share(tracker, content, '--upload-limit', '800K')
    const time = await timeOf(world, id, 2, '--tracker', tracker, '--upload-limit', '1')
    const least = leastTime(2 * MiB, 800 * 1024) - 100
    expect(time).toBeGreaterThan(least)
    expect(time).toBeLessThan(6 * least)
  },
)

test.concurrent('the download limit of a leecher holds over all its seeders', async ({ world, expect }) => {
  const tracker = await world.tracker()
  const content = await world.content('film.bin', MiB)
  await world.share(tracker, content)
  const { id } = await world.share(tracker, content)
  const time = await timeOf(world, id, 1, '--tracker', tracker, '--download-limit', '500K')
  const least = leastTime(MiB, 500 * 1024) - 100
  expect(time).toBeGreaterThan(least)
  expect(time).toBeLessThan(6 * least)
})
