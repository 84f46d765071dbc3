import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryStore } from './memory.js'
import { asker, content, peer, ref, simple } from './sample.contract.js'
import { storeContract } from './store.contract.js'

storeContract('memory', (limits, mode) => new MemoryStore({ limits, mode: mode ?? 'catalog' }))

test('a page is true after each change, and a choice among many peers is not made for good', () => {
  const store = new MemoryStore()
  const request = { query: undefined, offset: 0, limit: 10, maxPeers: 2, asker }
  const row = () => store.page(request).rows[0]
  store.publish(peer(1), content(1), 0)
  const first = row()
  store.join(peer(1), ref(1), 'seeder', 1)
  expect(row()).toBe(first)
  store.join(peer(2), ref(1), 'leecher', 1)
  expect(row()?.leechers.size).toBe(1)
  const moved = { ...peer(2), listed: { ...peer(2).listed, port: 9 } }
  store.touch(moved, 2)
  expect([...(row()?.leechers.values() ?? [])]).toEqual([moved.listed])
  store.publish(peer(1), { ...content(1), fileName: 'proven', isProven: true }, 3)
  expect(row()?.fileName).toBe('proven')
  for (let number = 3; number < 30; number++) store.join(peer(number), ref(1), 'leecher', 4)
  const seen = new Set(Array.from({ length: 600 }, () => [...(row()?.leechers.keys() ?? [])].join()))
  expect(seen.size).toBeGreaterThan(10)
  store.expire(5)
  expect(row()).toBeUndefined()
})

type Step = readonly ['publish' | 'simple' | 'leech' | 'seed' | 'leave' | 'expire', number, number]

test('whatever happens in whatever order, the counts are those of what is listed', () => {
  const step = fc.tuple(
    fc.constantFrom('publish', 'simple', 'leech', 'seed', 'leave', 'expire'),
    fc.nat(5),
    fc.integer({ min: 1, max: 8 }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const store = new MemoryStore({ limits: { torrents: 5, peersPerTorrent: 3, registrations: 9 } })
      for (const [time, [what, who, which]] of (steps as readonly Step[]).entries()) {
        if (what === 'publish') store.publish(peer(who), content(which), time)
        else if (what === 'simple') store.publish(peer(who), simple(`${which}`), time)
        else if (what === 'leech') store.join(peer(who), ref(which), 'leecher', time)
        else if (what === 'seed') store.join(peer(who), ref(which), 'seeder', time)
        else if (what === 'leave') store.leave(peer(who), ref(which), time)
        else store.expire(time - 5)
      }
      const counts = store.counts()
      const views = Array.from({ length: 70 }, (_, id) => store.torrent(ref(id), 100, asker)).filter(
        (view) => view !== undefined,
      )
      const peers = views.flatMap((view) => [...view.seeders.keys(), ...view.leechers.keys()])
      const seeded = views.filter((view) => view.seeders.size > 0)
      expect(counts).toMatchObject({
        torrents: views.length,
        listed: seeded.length,
        peers: new Set(peers).size,
        registrations: peers.length,
      })
      const page = store.page({ query: undefined, offset: 0, limit: 100, maxPeers: 1, asker })
      expect(page.rows.map((row) => row.torrentId)).toEqual(seeded.map((view) => view.torrentId))
      expect(counts.torrents).toBeLessThanOrEqual(5)
      expect(counts.registrations).toBeLessThanOrEqual(9)
      for (const view of views) {
        expect(view.seeders.size + view.leechers.size).toBeLessThanOrEqual(3)
        for (const id of view.seeders.keys()) expect(view.leechers.has(id)).toBe(false)
      }
    }),
    { numRuns: 500 },
  )
})
