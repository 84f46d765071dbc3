import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeContent, type Content } from './tools/content.js'
import type { Program } from './tools/program.js'
import { test, type World } from './tools/world.js'

const MiB = 1024 * 1024

/** The seeder's limit, so that a download lasts long enough to be killed in. */
const RATE = '1500K'

/** A Shoal that seeds `content` over the BitTorrent wire, and how others get it from there. */
const seedOf = async (world: World, content: Content): Promise<(place: Place) => Program> => {
  const torrent = await world.torrentFile(content)
  const flags = ['--host', '127.0.0.1', '--port', '0', '--no-tracker', '--json']
  const state = world.path('seeder')
  const seeder = world.run(
    'seed',
    torrent,
    world.path('input'),
    ...flags,
    '--state',
    state,
    '--upload-limit',
    RATE,
  )
  const port = await seeder.port()
  await seeder.event('seeding')
  return (place) =>
    world.get(torrent, content, ['--no-seed', '--no-tracker', '--peer', `127.0.0.1:${port}`], place)
}

interface Place {
  readonly out: string
  readonly state: string
}

/** What stands in a folder, and nothing else may. */
const partsOf = (content: Content): readonly string[] => [content.name, `${content.name}.part`]

test.concurrent(
  'F1 A7 a leecher on the BitTorrent wire that is killed at 20 random moments resumes each time, and the file is right',
  { timeout: 120_000 },
  async ({ world, expect }) => {
    const content = await world.content('film.bin', 8 * MiB)
    const get = await seedOf(world, content)
    const place = { out: world.path('out'), state: world.path('state') }
    // Every fourth one before or while it begins, the last one about when it is done, the others anywhere between.
    const shares = Array.from({ length: 14 }, () => 0.9 * Math.random()).sort((left, right) => left - right)
    for (let crash = 0; crash < 20; crash++) {
      const leecher = get(place)
      if (crash % 4 === 0) await sleep(600 * Math.random())
      else await leecher.hasDone((shares.shift() ?? 0.9) * content.data.length)
      await sleep((crash < 19 ? 50 : 600) * Math.random())
      await leecher.crash()
      for (const name of await readdir(place.out)) expect(partsOf(content)).toContain(name)
    }
    await get(place).exits(0)
    await world.expectFile(join(place.out, content.name), content)
    expect(await readdir(place.out)).toEqual([content.name])
  },
)

test.concurrent(
  'F1 A7 a leecher that is killed while it finishes leaves its part or the whole file, and the next run completes it',
  { timeout: 120_000 },
  async ({ world, expect }) => {
    const content = await makeContent(world.path('input'), 'short.bin', 300_000)
    const get = await seedOf(world, content)
    const place = { out: world.path('out'), state: world.path('state') }
    for (let crash = 0; crash < 5; crash++) {
      const leecher = get(place)
      await leecher.logs(/serves us/)
      await sleep(crash * 15 * Math.random())
      await leecher.crash()
      for (const name of await readdir(place.out)) expect(partsOf(content)).toContain(name)
      await get(place).exits(0)
      await world.expectFile(join(place.out, content.name), content)
      expect(await readdir(place.out)).toEqual([content.name])
      await rm(place.out, { recursive: true })
    }
  },
)
