import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CHUNK } from './tools/content.js'
import { gated, steady } from './tools/otherPeer.js'
import { test } from './tools/world.js'

const MiB = 1024 * 1024

/** Chunks that were done, and not yet written down, when a crash came: 250 ms of journal and what was under way. */
const LOST_BY_CRASH = 80

test.concurrent(
  'F1 A7 a leecher that is killed again and again resumes, and the file is right',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 4 * MiB)
    const { other, id } = await world.seeder(tracker, content, steady(8))
    const place = { out: world.path('out'), state: world.path('state') }
    const crashes = 3
    for (let crash = 0; crash < crashes; crash++) {
      const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
      const share = (crash + 0.5 + Math.random() / 2) / (crashes + 1)
      await leecher.hasDone(share * content.data.length)
      await new Promise((resolve) => setTimeout(resolve, 100 * Math.random()))
      await leecher.crash()
      expect(await readdir(place.out)).toEqual(['film.bin.part'])
    }
    const before = other.asked.length
    const last = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
    const first = await last.event('progress')
    await last.exits(0)
    await world.expectFile(join(place.out, content.name), content)
    expect(await readdir(place.out)).toEqual(['film.bin'])
    expect(Number(first.done)).toBeGreaterThan(content.data.length / 4)
    expect(other.asked.length - before).toBeLessThan(0.75 * content.chunks)
    expect(other.asked.length).toBeLessThan(content.chunks + crashes * LOST_BY_CRASH)
  },
)

test.concurrent(
  'F1 a leecher that is interrupted resumes without fetching anything again',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 2 * MiB)
    const gate = gated(70)
    const { other, id } = await world.seeder(tracker, content, gate.behave)
    const place = { out: world.path('out'), state: world.path('state') }
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
    await leecher.hasDone(70 * CHUNK)
    expect(await leecher.interrupt()).toBe(130)
    const unanswered = other.asked.length - 70
    gate.open()
    await world.get(id, content, ['--no-seed', '--tracker', tracker], place).exits(0)
    await world.expectFile(join(place.out, content.name), content)
    expect(other.asked.length - content.chunks).toBeLessThanOrEqual(unanswered)
  },
)

test.concurrent(
  'D3 A7 a part that was tampered with after a crash is found and fetched again',
  async ({ world }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 2 * MiB)
    const { id } = await world.seeder(tracker, content, steady(15))
    const place = { out: world.path('out'), state: world.path('state') }
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
    await leecher.hasDone(MiB)
    await leecher.crash()
    await writeFile(join(place.out, 'film.bin.part'), randomBytes(2 * MiB))
    await world.get(id, content, ['--no-seed', '--tracker', tracker], place).exits(0)
    await world.expectFile(join(place.out, content.name), content)
  },
)

test.concurrent(
  'F1 a seeder that is killed and started again is the same peer, and serves on',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 200_000)
    const state = ['--state', world.path('seeder')]
    const first = await world.share(tracker, content, ...state)
    const { peerId } = await first.program.event('listening')
    await first.program.crash()
    const second = await world.share(tracker, content, ...state)
    expect(await second.program.event('listening')).toMatchObject({ peerId })
    expect(second.id).toBe(first.id)
    await world.fetched(second.id, content, '--tracker', tracker)
  },
)

test.concurrent('A7 a different file of that name is refused and untouched', async ({ world, expect }) => {
  const tracker = await world.tracker()
  const content = await world.content('film.bin', 200_000)
  const { other, id } = await world.seeder(tracker, content)
  const mine = { name: content.name, data: randomBytes(200_000) }
  const out = world.path('out')
  await mkdir(out)
  await writeFile(join(out, mine.name), mine.data)
  const leecher = world.get(id, mine, ['--no-seed', '--tracker', tracker], { out })
  await leecher.exits(1)
  expect(leecher.stderr).toMatch(/^error: .*film\.bin is there already.*\n$/m)
  await world.expectFile(join(out, mine.name), mine)
  expect(await readdir(out)).toEqual([mine.name])
  expect(other.asked).toEqual([])
})

test.concurrent(
  'A4 A7 an identical file of that name is accepted, seeded, and not fetched again',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 200_000)
    const { other, id } = await world.seeder(tracker, content)
    const out = world.path('out')
    await mkdir(out)
    await writeFile(join(out, content.name), content.data)
    const leecher = world.get(id, content, ['--tracker', tracker], { out })
    await leecher.event('seeding')
    expect(other.asked).toEqual([])
    const { peerId } = await leecher.event('listening')
    await expect
      .poll(async () => Object.keys((await world.list(tracker))[0]?.SEEDER_LIST as object), {
        timeout: 10_000,
      })
      .toContain(peerId)
  },
)

test.concurrent("A7 another program's .part is refused and untouched", async ({ world, expect }) => {
  const tracker = await world.tracker()
  const content = await world.content('film.bin', 200_000)
  const { id } = await world.seeder(tracker, content)
  const out = world.path('out')
  const part = { name: 'film.bin.part', data: randomBytes(1000) }
  await mkdir(out)
  await writeFile(join(out, part.name), part.data)
  const leecher = world.get(id, part, ['--no-seed', '--tracker', tracker], { out })
  await leecher.exits(1)
  expect(leecher.stderr).toMatch(/error: .*film\.bin\.part/)
  await world.expectFile(join(out, part.name), part)
})

test.concurrent(
  'A7 the file appears while it is being fetched: it is untouched, and what was fetched is kept',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', MiB)
    const gate = gated(30)
    const { id } = await world.seeder(tracker, content, gate.behave)
    const mine = { name: content.name, data: randomBytes(5000) }
    const out = world.path('out')
    const leecher = world.get(id, mine, ['--no-seed', '--tracker', tracker], { out })
    await leecher.hasDone(100_000)
    await writeFile(world.path('mine'), mine.data)
    await rename(world.path('mine'), join(out, mine.name))
    gate.open()
    await leecher.exits(1)
    await world.expectFile(join(out, mine.name), mine)
    expect(leecher.stderr).toMatch(/error: .*film\.bin is there already/)
    expect((await readdir(out)).sort()).toEqual(['film.bin', 'film.bin.part'])
  },
)

test.concurrent(
  'F1 two downloads into one file at once: one is refused, and the file is right',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', MiB)
    const gate = gated(30)
    const { id } = await world.seeder(tracker, content, gate.behave)
    const place = { out: world.path('out'), state: world.path('state') }
    const first = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
    await first.hasDone(100_000)
    const second = world.get(id, content, ['--no-seed', '--tracker', tracker], place)
    await second.exits(1)
    expect(second.stderr).toMatch(/^error: .+$/m)
    gate.open()
    await first.exits(0)
    await world.expectFile(join(place.out, content.name), content)
  },
)

test.concurrent(
  'F1 D3 one of two seeded files is changed: it is no longer served, and the other one is',
  async ({ world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', 20 * CHUNK)
    const lasting = await world.content('lasting.bin', 20 * CHUNK)
    const { program, id } = await world.share(tracker, content, lasting.path)
    await program.event('seeding')
    await writeFile(content.path, randomBytes(20 * CHUNK))
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker])
    await program.logs(/no longer what was shared|changed since it was shared/)
    await world.fetched(2, lasting, '--tracker', tracker)
    expect(program.hasEnded).toBe(false)
    expect(leecher.events.some(({ event }) => event === 'complete')).toBe(false)
    expect(await leecher.interrupt()).toBe(130)
    expect(await program.interrupt()).toBe(0)
  },
)
