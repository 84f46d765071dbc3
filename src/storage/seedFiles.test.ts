import { mkdir, readdir, rename, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BlockCache } from './blockCache.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { expectSame, codeFrom, makeFolder, Sample } from './sample.contract.js'
import { SeedFiles } from './seedFiles.js'

const TREE = new Sample({ 'a/long': 700_001, 'a/one': 1, empty: 0, 'ü/b': 20 * CHUNK_SIZE })

const seeds: SeedFiles[] = []

afterEach(async () => {
  vi.useRealTimers()
  await Promise.all(seeds.splice(0).map((seed) => seed.close()))
})

/** Writes the sample's files and seeds them. */
const seedOf = async (sample: Sample, cache?: BlockCache): Promise<{ seed: SeedFiles; path: string }> => {
  const path = join(await makeFolder(), 'seed')
  for (const [index, file] of sample.content.files.entries()) {
    const own = sample.content.isFolder ? join(path, ...file.path) : path
    await mkdir(dirname(own), { recursive: true })
    await writeFile(own, sample.file(index))
  }
  const seed = await SeedFiles.open(sample.content, sample.layout, path, cache)
  seeds.push(seed)
  return { seed, path }
}

describe('D1 a seed', () => {
  it('reads every chunk, in any order, many at once, through a cache of any size', async () => {
    for (const size of [0, 1024 * 1024]) {
      const { seed } = await seedOf(TREE, new BlockCache(size))
      const ordered = [...TREE.all]
      for (const chunks of [
        ordered,
        [...ordered].reverse(),
        ordered.map((chunk) => (chunk * 7) % ordered.length),
      ])
        await Promise.all(
          chunks.map(async (chunk) => {
            const data = await seed.read(chunk)
            expect(TREE.data(chunk).equals(data), `chunk ${chunk}`).toBe(true)
          }),
        )
    }
  })

  it('has the next chunks in memory once the first of a run was read', async () => {
    const { seed } = await seedOf(TREE)
    await seed.read(0)
    for (let chunk = 1; chunk < 16; chunk++) expectSame(seed.read(chunk), TREE.data(chunk))
  })

  it('leaves bytes alone that somebody was given, until the turn ends', async () => {
    const { seed } = await seedOf(TREE, new BlockCache(256 * 1024))
    const first = await seed.read(0)
    const others = [16, 32].map(async (chunk) => seed.read(chunk))
    expect(TREE.data(0).equals(first)).toBe(true)
    await Promise.all(others)
  })

  it('keeps few files open', async ({ skip }) => {
    if (process.platform !== 'linux') return skip('counts in /proc')
    const names = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, 100]))
    const many = new Sample(names)
    const { seed } = await seedOf(many)
    const before = (await readdir('/proc/self/fd')).length
    for (const chunk of many.all) expectSame(await seed.read(chunk), many.data(chunk))
    expect((await readdir('/proc/self/fd')).length - before).toBeLessThanOrEqual(66)
  })

  it('notices a file that is shorter, gone, replaced or rewritten', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const damages: ((path: string) => Promise<void>)[] = [
      (path) => truncate(path, 300_000),
      (path) => utimes(path, 1, 1),
    ]
    for (const damage of damages) {
      const { seed, path } = await seedOf(TREE)
      await seed.read(0)
      await damage(join(path, 'a', 'long'))
      vi.setSystemTime(Date.now() + 1001)
      expect(await codeFrom(() => seed.read(32))).toBe('FILE_CHANGED')
    }
    const { seed, path } = await seedOf(TREE)
    await truncate(join(path, 'a', 'long'), 1)
    expect(await codeFrom(() => seed.read(0))).toBe('FILE_CHANGED')
    await rename(join(path, 'a', 'one'), join(path, 'a', 'two'))
    expect(await codeFrom(() => seed.read(TREE.layout.chunksOfFile(1).first))).toBe('FILE_CHANGED')
  })

  it('is refused where nothing is, or something else', async () => {
    const single = new Sample(10)
    const { path } = await seedOf(single)
    const { content, layout } = TREE
    expect(await codeFrom(() => SeedFiles.open(content, layout, path))).toBe('FILE_CHANGED')
    expect(await codeFrom(() => SeedFiles.open(content, layout, `${path}x`))).toBe('PATH_NOT_FOUND')
    expect(await codeFrom(() => SeedFiles.open(single.content, single.layout, dirname(path)))).toBe(
      'FILE_CHANGED',
    )
  })
})

describe('the cache', () => {
  it('reads a run once for all who ask at once, and again after a failure', async () => {
    const cache = new BlockCache()
    let reads = 0
    const fill = async (): Promise<void> => {
      if (++reads === 1) throw new Error('once')
    }
    const outcomes = await Promise.allSettled([cache.load(1, fill), cache.load(1, fill)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await Promise.all([cache.load(1, fill), cache.load(1, fill), cache.load(1, fill)])
    expect(reads).toBe(2)
  })

  it('never holds more than it may, however many runs are asked for at once', async () => {
    const cache = new BlockCache(2 * 1024 * 1024)
    let now = 0
    let most = 0
    const fill = async (): Promise<void> => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now--
    }
    await Promise.all(Array.from({ length: 100 }, (_, key) => cache.load(key, fill)))
    expect(most).toBe(4)
    const kept = Array.from({ length: 100 }, (_, key) => cache.get(key)).filter((run) => run !== undefined)
    expect(kept.length).toBe(4)
  })

  it('does not keep a run that was dropped while it was read', async () => {
    const cache = new BlockCache()
    const loading = cache.load(1, () => new Promise((resolve) => setImmediate(resolve)))
    cache.delete(1)
    await loading
    expect(cache.get(1)).toBeUndefined()
  })
})
