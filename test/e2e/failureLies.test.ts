import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fetchBeside, inGroups } from './tools/beside.js'
import { CHUNK } from './tools/content.js'
import { steady, type Behaviour, type Message } from './tools/otherPeer.js'
import { sumFrom } from './tools/received.js'
import { test } from './tools/world.js'

const SIZE = 60 * CHUNK + 1234

const withData = (honest: Message, data: Uint8Array): Message => ({
  ...honest,
  CHUNK_DATA: Buffer.from(data).toString('base64'),
})

const dataOf = (honest: Message): Buffer => Buffer.from(String(honest.CHUNK_DATA), 'base64')

const oneBitFlipped = (data: Buffer): Buffer => {
  const copy = Buffer.from(data)
  copy[100] = (copy[100] ?? 0) ^ 1
  return copy
}

const onChunks =
  (lie: (honest: Message, chunk: number) => Message): Behaviour =>
  ({ chunk }, honest) =>
    chunk === undefined ? honest : lie(honest, chunk)

const lies: Record<string, Behaviour> = {
  'one bit flipped': onChunks((honest) => withData(honest, oneBitFlipped(dataOf(honest)))),
  'random data': onChunks((honest) => withData(honest, randomBytes(CHUNK))),
  zeros: onChunks((honest) => withData(honest, Buffer.alloc(dataOf(honest).length))),
  'a byte too few': onChunks((honest) => withData(honest, dataOf(honest).subarray(1))),
  'a byte too many': onChunks((honest) => withData(honest, Buffer.concat([dataOf(honest), Buffer.of(0)]))),
  'no data at all': onChunks((honest) => withData(honest, Buffer.alloc(0))),
  'a forged proof': onChunks((honest) => ({
    ...withData(honest, randomBytes(CHUNK)),
    CHUNK_PROOF: randomBytes(6 * 32).toString('base64'),
  })),
  'a proof of no length': onChunks((honest) => ({ ...honest, CHUNK_PROOF: '' })),
  'a proof without end': onChunks((honest) => ({
    ...honest,
    CHUNK_PROOF: Buffer.alloc(32 * 100).toString('base64'),
  })),
}
const wrongData = Object.fromEntries(Object.entries(lies).filter(([name]) => !name.startsWith('a proof')))

test.concurrent.for(inGroups(wrongData))(
  'D3 C5 liars are found without proofs, by the hashes of the .torrent: %s',
  async ([, group], { world, expect }) => {
    const { leecher, all } = await fetchBeside(world, group, { size: SIZE, pace: 25 })
    for (const { name, nuisance } of all) expect(nuisance.asked.length, name).toBeGreaterThan(0)
    expect(leecher.stderr).toMatch(/does not match its hash|sent wrong data too often/)
    const downloaded = leecher.events.filter(({ event }) => event === 'complete')
    for (const complete of downloaded) expect(sumFrom(complete)).toBe(SIZE)
    for (const { nuisance } of all)
      for (const complete of downloaded) expect(sumFrom(complete, nuisance.endpoint.port)).toBe(0)
  },
)

test.concurrent.for(inGroups(lies))(
  'D3 C5 liars are found where only the root is known, by proofs: %s',
  async ([, group], { world, expect }) => {
    const { all } = await fetchBeside(world, group, { size: SIZE, pace: 25, metainfo: false })
    for (const { name, nuisance } of all) {
      expect(nuisance.asked.length, name).toBeGreaterThan(0)
      expect(nuisance.requests.some(({ WITH_PROOF }) => WITH_PROOF === true)).toBe(true)
    }
  },
)

test.concurrent.for([true, false])(
  'D3 C5 the only seeder lies once in seven chunks, and the file is right (.torrent known: %s)',
  async (metainfo, { world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', SIZE)
    const lying: Behaviour = ({ chunk, count }, honest) =>
      chunk !== undefined && count % 7 === 3 ? withData(honest, randomBytes(dataOf(honest).length)) : honest
    const { other, id } = await world.seeder(tracker, content, lying, { metainfo })
    await world.fetched(id, content, '--tracker', tracker)
    expect(other.asked.length).toBeGreaterThan(content.chunks)
  },
)

test.concurrent.for([true, false])(
  'D3 A7 the only seeder lies about one chunk for ever: the file is never finished (.torrent known: %s)',
  async (metainfo, { world, expect }) => {
    const tracker = await world.tracker()
    const content = await world.content('film.bin', SIZE)
    const lying: Behaviour = ({ chunk }, honest) =>
      chunk === 17 ? withData(honest, randomBytes(CHUNK)) : honest
    const { other, id } = await world.seeder(tracker, content, lying, { metainfo })
    const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker])
    await leecher.logs(/wrong data too often|does not match its hash/)
    await expect
      .poll(() => other.asked.filter((chunk) => chunk === 17).length, { timeout: 20_000 })
      .toBeGreaterThan(2)
    expect(leecher.events.some(({ event }) => event === 'complete')).toBe(false)
    expect(await leecher.interrupt()).toBe(130)
  },
)

test.concurrent('D3 many liars and one honest seeder: the file is right', async ({ world, expect }) => {
  const tracker = await world.tracker()
  const content = await world.content('film.bin', SIZE)
  const { id } = await world.seeder(tracker, content, steady(20))
  for (const behave of Object.values(lies)) await world.alsoSeeds(tracker, content, id, behave)
  const out = world.path('out')
  const leecher = world.get(id, content, ['--no-seed', '--tracker', tracker], { out })
  await leecher.exits(0, 40_000)
  await world.expectFile(join(out, content.name), content)
  expect(leecher.stderr).toMatch(/wrong/)
})
