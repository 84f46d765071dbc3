import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseRootHash } from '../../protocol/ids.js'
import { NO_MEMORY, type StoreLimits } from './limits.js'
import { swarmContract } from './swarm.contract.js'
import {
  asker,
  content,
  hex,
  infoHashOf,
  peer,
  peerIdOf,
  proven,
  ref,
  simple,
  type OpenStore,
} from './sample.contract.js'
import type { Content, PageRequest, TrackerStore } from './store.js'

/** What every TrackerStore must keep, whatever holds it; `isBounded`: whether it counts swarms against limits of its own. */
export const storeContract = (name: string, open: OpenStore, { isBounded } = { isBounded: true }): void => {
  swarmContract(name, open, isBounded)
  describe(`${name} store`, () => {
    let store: TrackerStore
    const reopen = async (limits: Partial<StoreLimits>): Promise<void> => {
      await store.close()
      store = await open(limits)
    }
    beforeEach(async () => {
      store = await open({})
    })
    afterEach(() => store.close())

    const page = async (request: Partial<PageRequest> = {}) =>
      store.page({ query: undefined, offset: 0, limit: 100, maxPeers: 50, asker, ...request })
    const listedIds = async (request: Partial<PageRequest> = {}) =>
      (await page(request)).rows.map((row) => row.torrentId)
    const members = async (number: number) => {
      const view = await store.torrent(ref(number), 100, asker)
      return view && { seeders: [...view.seeders.keys()].sort(), leechers: [...view.leechers.keys()].sort() }
    }

    test('A1 ids begin at 1, go up by one, and name the same content again and again', async () => {
      for (const number of [7, 8, 7, 9, 8]) await store.publish(peer(number), content(number), 0)
      expect(await listedIds()).toEqual([1, 2, 3])
      expect(await store.publish(peer(50), content(8), 0)).toEqual({ outcome: 'published', torrentId: 2 })
      expect((await members(2))?.seeders).toEqual([peerIdOf(8), peerIdOf(50)])
    })

    test('A6 the same content is the same info-hash, else the same root and number of chunks, else the same from the same peer', async () => {
      const root = (chunks: number): Content => ({
        ...simple('a'),
        chunks,
        rootHash: parseRootHash(hex(5, 64)),
      })
      const ids: (number | string)[] = []
      for (const [number, what] of [
        [1, simple('a')],
        [1, simple('a')],
        [2, simple('a')],
        [3, root(2)],
        [4, root(2)],
        [5, root(3)],
        [6, { ...root(2), infoHash: infoHashOf(1) }],
        [7, { ...simple('b'), infoHash: infoHashOf(1) }],
      ] as const) {
        const publication = await store.publish(peer(number), what, 0)
        ids.push(publication.outcome === 'published' ? publication.torrentId : publication.outcome)
      }
      expect(ids).toEqual([1, 1, 2, 3, 3, 4, 5, 5])
    })

    test('A1 a torrent without seeder leaves the list, keeps its id, and returns with a seeder', async () => {
      await store.publish(peer(1), content(1), 0)
      await store.publish(peer(1), content(2), 0)
      expect(await store.leave(peer(1), ref(1), 0)).toBe('left')
      expect(await listedIds()).toEqual([2])
      expect(await members(1)).toEqual({ seeders: [], leechers: [] })
      await store.publish(peer(2), content(3), 0)
      expect(await store.publish(peer(3), content(1), 0)).toEqual({ outcome: 'published', torrentId: 1 })
      expect(await listedIds()).toEqual([1, 2, 3])
      await store.leave(peer(3), ref(1), 0)
      await store.join(peer(4), ref(1), 'leecher', 0)
      expect(await listedIds()).toEqual([2, 3])
      await store.join(peer(4), ref(1), 'seeder', 0)
      expect(await listedIds()).toEqual([1, 2, 3])
    })

    test('B1 a leecher turns seeder, a seeder stays seeder, and who leaves is in neither', async () => {
      await store.publish(peer(1), content(1), 0)
      await store.join(peer(2), ref(1), 'leecher', 0)
      await store.join(peer(1), ref(1), 'leecher', 0)
      expect(await members(1)).toEqual({ seeders: [peerIdOf(1)], leechers: [peerIdOf(2)] })
      await store.join(peer(2), ref(1), 'seeder', 0)
      await store.join(peer(2), ref(1), 'seeder', 0)
      expect(await members(1)).toEqual({ seeders: [peerIdOf(1), peerIdOf(2)], leechers: [] })
      await store.join(peer(3), ref(1), 'leecher', 0)
      for (const number of [1, 3, 4]) expect(await store.leave(peer(number), ref(1), 0)).toBe('left')
      expect(await members(1)).toEqual({ seeders: [peerIdOf(2)], leechers: [] })
    })

    test('F1 an id with another info-hash than its own is unknown', async () => {
      await store.publish(peer(1), content(1), 0)
      await store.publish(peer(2), simple('a'), 0)
      for (const wrong of [ref(1, 2), ref(2, 1), ref(3), ref(0)]) {
        expect(await store.join(peer(3), wrong, 'leecher', 0)).toEqual({ outcome: 'unknown' })
        expect(await store.leave(peer(1), wrong, 0)).toBe('unknown')
        expect(await store.torrent(wrong, 10, asker)).toBeUndefined()
      }
      expect(await store.join(peer(3), ref(1, 1), 'leecher', 0)).toEqual({ outcome: 'joined' })
    })

    test('where new peers are refused those that are registered go on', async () => {
      await store.publish(peer(1), content(1), 0)
      const known = { ...peer(1), onlyIfKnown: true }
      const stranger = { ...peer(2), onlyIfKnown: true }
      expect(await store.join(known, ref(1), 'seeder', 0)).toEqual({ outcome: 'joined' })
      expect(await store.publish(known, content(2), 0)).toMatchObject({ outcome: 'published' })
      const full = { outcome: 'full', limit: NO_MEMORY }
      expect(await store.join(stranger, ref(1), 'leecher', 0)).toEqual(full)
      expect(await store.publish(stranger, content(3), 0)).toEqual(full)
      expect((await store.counts()).peers).toBe(1)
    })

    test('a peer registered from one address is not moved, kept alive or removed from another', async () => {
      await store.publish(peer(1), content(1), 0)
      const impostor = peer(1, '10.6.6.6')
      expect(await store.publish(impostor, content(2), 50)).toEqual({ outcome: 'foreign' })
      expect(await store.join(impostor, ref(1), 'seeder', 50)).toEqual({ outcome: 'foreign' })
      expect(await store.leave(impostor, ref(1), 50)).toBe('foreign')
      await store.touch(impostor, 50)
      expect([...((await store.torrent(ref(1), 10, asker))?.seeders.values() ?? [])]).toEqual([
        peer(1).listed,
      ])
      expect(await listedIds()).toEqual([1])
      expect(await store.expire(1)).toHaveLength(1)
      expect(await store.join(impostor, ref(1), 'seeder', 60)).toEqual({ outcome: 'joined' })
    })

    const keyed = (number: number, source?: string) => ({ ...peer(number, source), isProven: true })

    test('F2 an id that its holder proved is registered by the holder alone, from wherever it comes', async () => {
      await store.publish(keyed(1), content(1), 0)
      expect(await store.isProven(peerIdOf(1))).toBe(true)
      const { listed } = { ...peer(1), listed: { host: '10.6.6.6', port: 6, wires: [] } }
      for (const posing of [peer(1), peer(1, '10.6.6.6'), { ...peer(1), listed }]) {
        expect(await store.publish(posing, content(2), 50)).toEqual({ outcome: 'unproven' })
        expect(await store.join(posing, ref(1), 'seeder', 50)).toEqual({ outcome: 'unproven' })
        expect(await store.leave(posing, ref(1), 50)).toBe('unproven')
        await store.touch(posing, 50)
      }
      const seeders = async () => [...((await store.torrent(ref(1), 10, asker))?.seeders.values() ?? [])]
      expect(await seeders()).toEqual([peer(1).listed])
      expect(await listedIds()).toEqual([1])
      expect(await store.join(keyed(1, '10.0.0.2'), ref(1), 'seeder', 60)).toEqual({ outcome: 'joined' })
      expect(await seeders()).toEqual([peer(1, '10.0.0.2').listed])
      expect(await store.expire(61)).toHaveLength(1)
      // It is not here, and still nobody takes its place.
      expect(await store.publish(peer(1), content(1), 70)).toEqual({ outcome: 'unproven' })
      expect(await store.leave(keyed(1, '10.0.0.3'), ref(1), 80)).toBe('left')
      expect(await store.isProven(peerIdOf(2))).toBe(false)
      expect(await store.publish(peer(2), content(1), 80)).toMatchObject({ outcome: 'published' })
    })

    test('F2 who proves an id takes the place of whoever stood under it, in everything', async () => {
      const posing = peer(1, '10.6.6.6')
      await store.publish(posing, content(1), 0)
      await store.publish(posing, content(2), 0)
      await store.publish(peer(2), content(3), 0)
      await store.join(posing, ref(3), 'leecher', 0)
      expect(await store.join(keyed(1), ref(2), 'seeder', 1)).toEqual({ outcome: 'joined' })
      expect(await listedIds()).toEqual([2, 3])
      expect(await members(3)).toEqual({ seeders: [peerIdOf(2)], leechers: [] })
      expect([...((await store.torrent(ref(2), 10, asker))?.seeders.values() ?? [])]).toEqual([
        peer(1).listed,
      ])
      expect(await store.counts()).toMatchObject({ peers: 2, registrations: 2 })
      expect(await store.join(posing, ref(2), 'seeder', 2)).toEqual({ outcome: 'unproven' })
      await store.publish(peer(4, '10.6.6.6'), content(4), 3)
      await store.touch(keyed(4), 3)
      expect(await listedIds()).toEqual([2, 3])
    })

    test('F2 proven ids are bounded: the longest unheard is forgotten, and none that is registered', async () => {
      await reopen({ provenIds: 3 })
      await store.publish(keyed(1), content(1), 1)
      for (const number of [2, 3]) await store.touch(keyed(number), number)
      await store.touch(keyed(2), 4)
      await store.touch(keyed(4), 5)
      const known = await Promise.all([1, 2, 3, 4].map(async (number) => store.isProven(peerIdOf(number))))
      expect(known).toEqual([true, true, false, true])
      for (let number = 10; number < 40; number++) await store.touch(keyed(number), number)
      expect(await store.isProven(peerIdOf(1))).toBe(true)
      const rest = Array.from({ length: 40 }, async (_, number) => store.isProven(peerIdOf(number)))
      expect((await Promise.all(rest)).filter(Boolean)).toHaveLength(3)
    })

    test('where a peer listens is what it said last', async () => {
      await store.publish(peer(1), content(1), 0)
      const moved = { ...peer(1), listed: { host: '10.0.0.1', port: 9, wires: ['json' as const] } }
      await store.touch(moved, 1)
      expect((await store.torrent(ref(1), 10, asker))?.seeders.get(peerIdOf(1))).toEqual(moved.listed)
    })

    test('F1 who is not heard from is dropped from all torrents, any request counts', async () => {
      await store.publish(peer(1), content(1), 0)
      await store.publish(peer(1), content(2), 0)
      await store.publish(peer(2), content(2), 0)
      await store.join(peer(3), ref(1), 'leecher', 0)
      await store.touch(peer(2), 10)
      await store.join(peer(3), ref(99), 'leecher', 10)
      expect(await store.expire(0)).toEqual([])
      expect(await store.expire(10)).toEqual([{ peerId: peerIdOf(1), ...peer(1).listed }])
      expect(await listedIds()).toEqual([2])
      expect(await members(1)).toEqual({ seeders: [], leechers: [peerIdOf(3)] })
      expect(await members(2)).toEqual({ seeders: [peerIdOf(2)], leechers: [] })
      expect(await store.expire(11)).toHaveLength(2)
      expect(await store.counts()).toMatchObject({ torrents: 2, listed: 0, peers: 0, registrations: 0 })
    })

    test('A5 without info-hash a peer seeds one thing, the same as often as it likes; with info-hash many', async () => {
      await store.publish(peer(1), simple('a'), 0)
      const refused = { outcome: 'already-seeding', torrentId: 1 }
      expect(await store.publish(peer(1), simple('b'), 0)).toEqual(refused)
      expect(await store.publish(peer(1), simple('a'), 0)).toEqual({ outcome: 'published', torrentId: 1 })
      expect(await store.publish(peer(1), content(1), 0)).toEqual({ outcome: 'published', torrentId: 2 })
      await store.leave(peer(1), ref(1), 0)
      expect((await store.publish(peer(1), simple('b'), 0)).outcome).toBe('already-seeding')
      await store.leave(peer(1), ref(2), 0)
      expect(await store.publish(peer(1), simple('b'), 0)).toEqual({ outcome: 'published', torrentId: 3 })
      await store.join(peer(2), ref(3), 'leecher', 0)
      expect((await store.publish(peer(2), simple('b'), 0)).outcome).toBe('published')
    })

    test('what is proven replaces what was said, and is not replaced', async () => {
      await store.publish(peer(1), { ...content(1), fileName: 'a lie', chunks: 9 }, 0)
      await store.publish(peer(2), proven(1), 0)
      expect((await page()).rows[0]).toMatchObject({ torrentId: 1, fileName: 'Film 1', chunks: 2 })
      await store.publish(peer(3), { ...content(1), fileName: 'a lie', chunks: 9 }, 0)
      await store.publish(peer(4), { ...proven(1, 50), fileName: 'a late one' }, 0)
      const view = await store.torrent(ref(1), 10, asker)
      expect(view?.content).toMatchObject({ fileName: 'Film 1', chunks: 2, isProven: true })
      expect(await store.metainfo(ref(1).torrentId)).toHaveLength(100)
      expect(view?.seeders.size).toBe(4)
      expect(await listedIds({ query: 'lie' })).toEqual([])
      expect(await listedIds({ query: 'film' })).toEqual([1])
      expect((await store.counts()).metainfoBytes).toBe(100)
    })

    test('B1 pages are in order of id, whatever order seeders came in', async () => {
      for (let number = 1; number <= 30; number++) await store.publish(peer(number), content(number), 0)
      for (const number of [5, 20, 1]) await store.leave(peer(number), ref(number), 0)
      for (const number of [20, 5]) await store.join(peer(number), ref(number), 'seeder', 0)
      const expected = Array.from({ length: 29 }, (_, index) => index + 2)
      expect(await listedIds()).toEqual(expected)
      expect(await listedIds({ offset: 10, limit: 7 })).toEqual(expected.slice(10, 17))
      expect((await page({ offset: 10, limit: 7 })).hasMore).toBe(true)
      expect((await page({ offset: 10, limit: 19 })).hasMore).toBe(false)
      expect(await listedIds({ offset: 29 })).toEqual([])
      expect(await listedIds({ offset: 2 ** 40 })).toEqual([])
    })

    test('B1 a query is a part of the name in any case, and pages count what matches', async () => {
      for (const [number, name] of ['Über Wasser', 'überall', 'UBER', 'ÜBER ALLES'].entries()) {
        await store.publish(peer(number), { ...content(number), fileName: name }, 0)
      }
      expect(await listedIds({ query: 'über' })).toEqual([1, 2, 4])
      expect(await listedIds({ query: 'ÜBERALL' })).toEqual([2])
      expect(await listedIds({ query: '' })).toEqual([1, 2, 3, 4])
      expect(await listedIds({ query: 'über', offset: 1, limit: 1 })).toEqual([2])
      expect((await page({ query: 'über', offset: 1, limit: 1 })).hasMore).toBe(true)
      expect((await page({ query: 'über', offset: 2, limit: 1 })).hasMore).toBe(false)
      expect(await listedIds({ query: '%' })).toEqual([])
    })

    test('where there are more peers than asked for, so many of them are chosen, and not always the same', async () => {
      for (let number = 0; number < 40; number++) {
        await store.publish(peer(number), content(1), 0)
        await store.join(peer(100 + number), ref(1), 'leecher', 0)
      }
      const seen = new Set<string>()
      for (let turn = 0; turn < 1000; turn++) {
        const [row] = (await page({ maxPeers: 5 })).rows
        expect(row?.seeders.size).toBe(5)
        expect(row?.leechers.size).toBe(5)
        for (const id of row?.seeders.keys() ?? []) seen.add(id)
      }
      expect(seen.size).toBeGreaterThan(30)
      expect((await store.torrent(ref(1), 40, asker))?.seeders.size).toBe(40)
    })

    test('limits are refused by name and leave everything as it was', async () => {
      await reopen({ peersPerTorrent: 2, torrentsPerPeer: 2, peers: 3, registrations: 4 })
      await store.publish(peer(1), content(1), 0)
      await store.join(peer(2), ref(1), 'leecher', 0)
      expect(await store.join(peer(3), ref(1), 'leecher', 0)).toMatchObject({ outcome: 'full' })
      expect(await store.publish(peer(3), content(1), 0)).toMatchObject({ outcome: 'full' })
      expect(await store.join(peer(2), ref(1), 'seeder', 0)).toEqual({ outcome: 'joined' })
      await store.publish(peer(1), content(2), 0)
      expect(await store.publish(peer(1), content(3), 0)).toMatchObject({ outcome: 'full' })
      await store.publish(peer(3), content(2), 0)
      expect(await store.publish(peer(4), content(4), 0)).toMatchObject({ outcome: 'full' })
      expect(await store.publish(peer(3), content(4), 0)).toMatchObject({ outcome: 'full' })
      expect(await store.counts()).toMatchObject({ torrents: 2, peers: 3, registrations: 4 })
      expect(await listedIds()).toEqual([1, 2])
    })

    test('room for a torrent is made by forgetting the one that has had nobody for the longest', async () => {
      await reopen({ torrents: 3 })
      for (const number of [1, 2, 3]) await store.publish(peer(number), content(number), 0)
      const refused = await store.publish(peer(4), content(4), 0)
      expect(refused).toMatchObject({
        outcome: 'full',
        limit: expect.stringContaining('3 torrents') as string,
      })
      await store.leave(peer(2), ref(2), 0)
      await store.leave(peer(1), ref(1), 0)
      await store.join(peer(1), ref(2), 'leecher', 0)
      await store.leave(peer(1), ref(2), 0)
      expect(await store.publish(peer(4), content(4), 0)).toEqual({ outcome: 'published', torrentId: 4 })
      expect(await store.torrent(ref(1), 1, asker)).toBeUndefined()
      expect(await store.torrent(ref(2), 1, asker)).toBeDefined()
      expect(await store.publish(peer(1), content(1), 0)).toEqual({ outcome: 'published', torrentId: 5 })
    })

    test('metainfo kept is bounded in all; what nobody seeds gives way', async () => {
      await reopen({ metainfoBytes: 250 })
      await store.publish(peer(1), proven(1), 0)
      await store.publish(peer(2), proven(2), 0)
      const refused = await store.publish(peer(3), proven(3), 0)
      expect(refused).toMatchObject({ outcome: 'full', limit: expect.stringContaining('METAINFO') as string })
      expect(await store.publish(peer(3), content(3), 0)).toMatchObject({
        outcome: 'published',
        torrentId: 3,
      })
      expect(await store.publish(peer(3), proven(3), 0)).toMatchObject({ outcome: 'full' })
      await store.leave(peer(1), ref(1), 0)
      expect(await store.publish(peer(3), proven(3), 0)).toMatchObject({ outcome: 'published', torrentId: 3 })
      expect((await store.counts()).metainfoBytes).toBe(200)
    })
  })
}
