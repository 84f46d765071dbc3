import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryStore } from './memory.js'
import { content, peer, ref, simple, storeContract } from './store.contract.js'

storeContract('memory', (limits) => new MemoryStore({ limits }))

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
      const views = Array.from({ length: 70 }, (_, id) => store.torrent(ref(id), 100)).filter(
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
      const page = store.page({ query: undefined, offset: 0, limit: 100, maxPeers: 1 })
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
