import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, vi } from 'vitest'
import { silentLogger } from '../support/silentLogger.contract.js'
import { startTracker } from '../tracker/tracker.js'
import type { NodeOptions, RateLimits, ShoalPeer, Transfer } from './api.js'
import { startPeer } from './node.js'

const RATE = 400_000
const SIZE = 10_000_000

/** Peers and a tracker in one folder. */
class World {
  readonly folder: string
  readonly #closers: (() => Promise<void>)[] = []

  constructor(folder: string) {
    this.folder = folder
  }

  async tracker() {
    const started = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
    this.#closers.push(() => started.stop())
    return started.endpoint
  }

  async peer(name: string, options: Partial<NodeOptions>): Promise<ShoalPeer> {
    const started = await startPeer({
      host: '127.0.0.1',
      port: 0,
      anyPortIfTaken: false,
      trackers: [],
      peers: [],
      output: join(this.folder, name),
      state: join(this.folder, 'state'),
      seedLimit: undefined,
      downloadLimit: undefined,
      uploadLimit: undefined,
      allowUnverified: false,
      logger: silentLogger,
      ...options,
    })
    this.#closers.push(() => started.stop())
    return started
  }

  /** Shares `count` files; returns what shares them. */
  async share(seeder: ShoalPeer, count: number, limits: Partial<RateLimits> = {}): Promise<Transfer[]> {
    const transfers: Transfer[] = []
    for (let index = 0; index < count; index++) {
      const path = join(this.folder, `film-${index}`)
      await writeFile(path, randomBytes(SIZE))
      const transfer = await seeder.share(path, { limits })
      await transfer.complete
      transfers.push(transfer)
    }
    return transfers
  }

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close()
    await rm(this.folder, { recursive: true })
  }
}

// They wait far more than they work, so they run side by side.
const test = base.extend<{ world: World }>({
  // eslint wants no empty pattern; vitest wants a pattern.
  world: async ({}, use) => {
    const world = new World(await mkdtemp(join(tmpdir(), 'shoal-limits-')))
    await use(world)
    await world.close()
  },
})

const untilDone = (transfer: Transfer, bytes: number): Promise<boolean> =>
  vi.waitUntil(() => transfer.status.done >= bytes, { interval: 10, timeout: 20_000 })

/** Bytes a second over two seconds' worth of `rate`, once what was asked for by an earlier limit has come. */
const measure = async (transfer: Transfer, rate: number): Promise<number> => {
  await untilDone(transfer, transfer.status.done + 2.5 * rate)
  const [done, start] = [transfer.status.done, performance.now()]
  await untilDone(transfer, done + 2 * rate)
  return (1000 * (transfer.status.done - done)) / (performance.now() - start)
}

const expectNear = (rate: number, wanted: number): void => {
  expect(rate).toBeGreaterThan(wanted * 0.88)
  expect(rate).toBeLessThan(wanted * 1.12)
}

const WIRES = [
  ['the JSON protocol', true],
  ['the BitTorrent wire', false],
] as const

test.concurrent.for(WIRES)(
  'a torrent keeps to its own limits in both directions by %s, and they change while it runs',
  async ([, isJsonOnly], { world }) => {
    const trackers = [await world.tracker()]
    const seeder = await world.peer('a', { trackers, isJsonOnly })
    const [shared] = await world.share(seeder, 1, { upload: RATE })
    const leecher = await world.peer('b', { trackers, isJsonOnly })
    const fetched = await leecher.get('1', { seed: true, limits: { download: 20 * RATE } })
    expectNear(await measure(fetched, RATE), RATE)
    expect(shared?.limits).toEqual({ download: undefined, upload: RATE })
    fetched.setLimits({ download: RATE / 2 })
    shared?.setLimits({ upload: undefined })
    expect(fetched.limits).toEqual({ download: RATE / 2, upload: undefined })
    expectNear(await measure(fetched, RATE / 2), RATE / 2)
    fetched.setLimits({ download: undefined })
    await fetched.complete
  },
)

test.concurrent.for(WIRES)(
  'the limits of a peer change while it runs, by %s',
  async ([, isJsonOnly], { world }) => {
    const trackers = [await world.tracker()]
    const seeder = await world.peer('a', { trackers, isJsonOnly, uploadLimit: 1000 })
    await world.share(seeder, 1)
    const leecher = await world.peer('b', { trackers, isJsonOnly })
    const fetched = await leecher.get('1', { seed: true })
    seeder.setLimits({ upload: RATE })
    expect(seeder.limits).toEqual({ download: undefined, upload: RATE })
    expectNear(await measure(fetched, RATE), RATE)
    leecher.setLimits({ download: RATE / 2 })
    expectNear(await measure(fetched, RATE / 2), RATE / 2)
    leecher.setLimits({ download: undefined })
    seeder.setLimits({ upload: undefined })
    await fetched.complete
  },
)

test.concurrent(
  'two downloads share what the peer may fetch, and one with a limit of its own leaves the rest to the other',
  async ({ world }) => {
    const trackers = [await world.tracker()]
    const seeder = await world.peer('a', { trackers })
    await world.share(seeder, 2)
    const leecher = await world.peer('b', {
      trackers,
      downloadLimit: 2 * RATE,
      torrentLimits: { download: RATE / 2 },
    })
    const [slow, fast] = [
      await leecher.get('1', { seed: true }),
      await leecher.get('2', { seed: true, limits: { download: undefined } }),
    ]
    await untilDone(slow, RATE / 4)
    const before = slow.status.done
    const start = performance.now()
    expectNear(await measure(fast, 1.5 * RATE), 1.5 * RATE)
    const rate = (1000 * (slow.status.done - before)) / (performance.now() - start)
    // Never more than its limit, and not starved: where other processes have the processor it asks late, and gets less.
    expect(rate).toBeLessThan((RATE * 1.12) / 2)
    expect(rate).toBeGreaterThan((RATE * 0.7) / 2)
  },
)

test.concurrent('what is no rate is refused, and changes nothing', async ({ world }) => {
  const lonely = await world.peer('a', { uploadLimit: 5 })
  await writeFile(join(world.folder, 'film'), 'film')
  for (const upload of [0, -1, 1.5, NaN, Infinity]) {
    expect(() => lonely.setLimits({ download: 7, upload })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
    await expect(lonely.share(join(world.folder, 'film'), { limits: { upload } })).rejects.toMatchObject({
      code: 'USAGE',
    })
  }
  expect(lonely.limits).toEqual({ download: undefined, upload: 5 })
})
