import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fromHex } from '../../protocol/hex.js'
import { parseInfoHash, parseInfoHashV1 } from '../../protocol/ids.js'
import { decodePeers } from '../../protocol/announce/compactPeers.js'
import { parseAddress } from '../../protocol/wire/address.js'
import type { Announce, Announced } from './announce.js'
import { STORE_LIMITS, type StoreLimits } from './limits.js'
import {
  content as film,
  hex,
  peer,
  peerIdOf,
  ref,
  simple,
  there,
  type OpenStore,
} from './sample.contract.js'
import { madePeerId } from './wirePeer.js'
import type { Asker, Content, Registrant, TrackerMode, TrackerStore } from './store.js'

const bytes = (digits: string): Uint8Array => there(fromHex(digits))

/** Content whose info-hash begins with what tells it from others. */
const content = (number: number): Content => ({
  ...film(number),
  infoHash: parseInfoHash(hex(number, 40).padEnd(64, '0')),
})

/** What a BitTorrent client calls `content(number)`: its v2 info-hash cut to 20 bytes. */
const hashOf = (number: number): Uint8Array => bytes(hex(number, 40))

/** A hybrid torrent, whose two info-hashes have nothing in common. */
const hybrid = (number: number): Content => ({
  ...content(number),
  infoHash: parseInfoHash(hex(number, 8).repeat(8)),
  infoHashV1: parseInfoHashV1(hex(number + 1_000_000, 8).repeat(5)),
  isProven: true,
})
const names = (number: number) => ({
  v1: bytes(hex(number + 1_000_000, 8).repeat(5)),
  v2: bytes(hex(number, 8).repeat(5)),
})

const wireIdOf = (number: number): Uint8Array => bytes(`2d58583030${hex(number, 30)}`)

/** Client `number` at an address of its own. */
const client = (number: number, infoHash: Uint8Array, more: Partial<Announce> = {}): Announce => ({
  infoHash,
  peerId: wireIdOf(number),
  address: there(parseAddress(`203.0.113.${number}`)),
  port: 6881,
  role: 'leecher',
  event: undefined,
  wanted: 50,
  families: 'both',
  withPeerIds: false,
  ...more,
})

/** A Shoal peer, which speaks both, at an address that everybody may know. */
const shoal = (number: number, source = `198.51.100.${number}`): Registrant => {
  const known = peer(number, source)
  return { ...known, listed: { ...known.listed, wires: ['json', 'bittorrent'] } }
}
const wireAsker: Asker = { host: '192.0.2.1', wires: ['json', 'bittorrent'] }
const simpleAsker: Asker = { host: '192.0.2.1', wires: [] }

const hostsOf = ({ ipv4, ipv6 }: Announced): readonly string[] =>
  [...decodePeers(ipv4, 'IPv4'), ...decodePeers(ipv6, 'IPv6')].map(({ host }) => host).sort()

/** What every TrackerStore must keep of swarms. */
export const swarmContract = (name: string, open: OpenStore, isBounded: boolean): void => {
  describe(`swarms of the ${name} store`, () => {
    let store: TrackerStore
    const reopen = async (limits: Partial<StoreLimits>, mode?: TrackerMode): Promise<void> => {
      await store.close()
      store = await open(limits, mode)
    }
    beforeEach(async () => {
      store = await open({})
    })
    afterEach(() => store.close())

    const announce = async (request: Announce, now = 0): Promise<Announced> => {
      const answer = await store.announce(request, now)
      if (typeof answer === 'string') throw new Error(answer)
      return answer
    }
    const scraped = async (infoHash: Uint8Array) => (await store.scrape([infoHash]))[0]
    const listedHosts = async (asker: Asker) => {
      const view = there(await store.torrent(ref(1), 100, asker))
      const hosts = (table: typeof view.seeders) => [...table.values()].map(({ host }) => host).sort()
      return { seeders: hosts(view.seeders), leechers: hosts(view.leechers) }
    }

    test('in a catalog what was not shared is denied, and in the open any info-hash is a swarm', async () => {
      await store.publish(peer(1), content(1), 0)
      expect(await store.announce(client(1, hashOf(2)), 0)).toBe('unregistered')
      expect(await store.accepts(hashOf(2))).toBe(false)
      expect(await store.accepts(hashOf(1))).toBe(true)
      expect(await store.scrape([hashOf(1), hashOf(2)])).toEqual([
        { seeders: 0, leechers: 0, completed: 0 },
        undefined,
      ])
      await reopen({}, 'open')
      expect(await store.accepts(hashOf(2))).toBe(true)
      await announce(client(1, hashOf(2)))
      expect(hostsOf(await announce(client(2, hashOf(2))))).toEqual(['203.0.113.1'])
      expect(await scraped(hashOf(2))).toEqual({ seeders: 0, leechers: 2, completed: 0 })
      expect(await store.page({ query: '', offset: 0, limit: 9, maxPeers: 9, asker: wireAsker })).toEqual({
        rows: [],
        hasMore: false,
      })
    })

    test('both info-hashes of a hybrid torrent lead to one swarm', async () => {
      await store.publish(peer(1), hybrid(1), 0)
      await announce(client(1, names(1).v1))
      expect(hostsOf(await announce(client(2, names(1).v2)))).toEqual(['203.0.113.1'])
      const counts = { seeders: 0, leechers: 2, completed: 0 }
      expect(await store.scrape([names(1).v1, names(1).v2])).toEqual([counts, counts])
    })

    test('swarms in the open become one when what they are of is shared', async () => {
      await reopen({}, 'open')
      await announce(client(1, names(1).v1))
      await announce(client(1, names(1).v2))
      await announce(client(2, names(1).v2, { role: 'seeder' }))
      await store.publish(shoal(3), hybrid(1), 0)
      expect(await scraped(names(1).v1)).toEqual({ seeders: 2, leechers: 1, completed: 0 })
      expect(hostsOf(await announce(client(4, names(1).v1)))).toEqual([
        '198.51.100.3',
        '203.0.113.1',
        '203.0.113.2',
      ])
      expect((await store.counts()).swarms).toBe(1)
      expect(await listedHosts(wireAsker)).toMatchObject({ seeders: ['198.51.100.3', '203.0.113.2'] })
    })

    test('an info-hash that leads to one torrent is not taken by another that only claims it', async () => {
      await store.publish(peer(1), hybrid(1), 0)
      await announce(client(1, names(1).v1))
      await store.publish(peer(2), { ...content(2), infoHashV1: hybrid(1).infoHashV1 }, 0)
      expect(await scraped(names(1).v1)).toMatchObject({ leechers: 1 })
      await store.publish(peer(2), { ...content(3), infoHashV1: hybrid(4).infoHashV1 }, 0)
      await store.publish(peer(1), hybrid(4), 0)
      await announce(client(5, names(4).v1))
      expect(await scraped(names(4).v2)).toMatchObject({ leechers: 1 })
    })

    test('JSON peers that speak the wire and BitTorrent clients are given to each other', async () => {
      await store.publish(shoal(1), content(1), 0)
      await store.join(shoal(2), ref(1), 'leecher', 0)
      const answer = await announce(client(3, hashOf(1), { role: 'seeder' }))
      expect(hostsOf(answer)).toEqual(['198.51.100.2'])
      expect(answer).toMatchObject({ seeders: 2, leechers: 1, isListed: true })
      expect(hostsOf(await announce(client(4, hashOf(1))))).toEqual([
        '198.51.100.1',
        '198.51.100.2',
        '203.0.113.3',
      ])
      const view = there(await store.torrent(ref(1), 10, wireAsker))
      expect(view.seeders.get(peerIdOf(1))).toEqual(shoal(1).listed)
      expect([...view.seeders.values()]).toContainEqual({
        host: '203.0.113.3',
        port: 6881,
        wires: ['bittorrent'],
      })
      expect([...view.leechers.values()]).toContainEqual({
        host: '203.0.113.4',
        port: 6881,
        wires: ['bittorrent'],
      })
    })

    test('a simple peer is not given to BitTorrent clients, and they are not named to it', async () => {
      await store.publish(peer(1, '198.51.100.1'), content(1), 0)
      const answer = await announce(client(2, hashOf(1), { role: 'seeder' }))
      expect(answer).toMatchObject({ seeders: 1, leechers: 0 })
      expect(hostsOf(await announce(client(3, hashOf(1))))).toEqual(['203.0.113.2'])
      expect(await listedHosts(simpleAsker)).toEqual({ seeders: ['198.51.100.1'], leechers: [] })
      expect(await listedHosts(wireAsker)).toEqual({
        seeders: ['198.51.100.1', '203.0.113.2'],
        leechers: ['203.0.113.3'],
      })
    })

    test('a torrent that only BitTorrent clients seed is listed to peers that speak their wire', async () => {
      await store.publish(peer(1), content(1), 0)
      await store.leave(peer(1), ref(1), 0)
      await announce(client(1, hashOf(1), { role: 'seeder' }))
      const request = { query: undefined, offset: 0, limit: 10, maxPeers: 10 }
      expect((await store.page({ ...request, asker: simpleAsker })).rows).toEqual([])
      const [row] = (await store.page({ ...request, asker: wireAsker })).rows
      expect([...there(row).seeders.values()]).toEqual([
        { host: '203.0.113.1', port: 6881, wires: ['bittorrent'] },
      ])
      await announce(client(1, hashOf(1), { event: 'stopped' }))
      expect((await store.page({ ...request, asker: wireAsker })).rows).toEqual([])
    })

    test('a client that is registered too is one peer, and stays until it has left both ways', async () => {
      await store.publish(shoal(1), content(1), 0)
      const same = { ...client(1, hashOf(1), { role: 'seeder', port: 8001 }) }
      const self = {
        ...same,
        address: there(parseAddress('198.51.100.1')),
        peerId: bytes(`${'2d'.repeat(20)}`),
      }
      expect(await announce(self)).toMatchObject({ seeders: 1 })
      expect(await listedHosts(wireAsker)).toEqual({ seeders: ['198.51.100.1'], leechers: [] })
      await store.leave(shoal(1), ref(1), 0)
      expect(await scraped(hashOf(1))).toMatchObject({ seeders: 1 })
      await store.expire(1)
      expect(await scraped(hashOf(1))).toMatchObject({ seeders: 0 })
    })

    test('a registered peer that moves is given at its new place only', async () => {
      await store.publish(shoal(1), content(1), 0)
      const moved = { ...shoal(1), listed: { ...shoal(1).listed, host: '198.51.100.77' } }
      await store.touch(moved, 1)
      expect(hostsOf(await announce(client(2, hashOf(1))))).toEqual(['198.51.100.77'])
      await store.touch({ ...moved, listed: { ...moved.listed, wires: [] } }, 1)
      expect(hostsOf(await announce(client(2, hashOf(1))))).toEqual([])
    })

    test('seeders and partial seeds are given leechers alone, and partial seeds not to each other', async () => {
      await store.publish(peer(1), content(1), 0)
      await announce(client(1, hashOf(1), { role: 'seeder' }))
      await announce(client(2, hashOf(1), { event: 'paused' }))
      await announce(client(3, hashOf(1)))
      expect(hostsOf(await announce(client(4, hashOf(1), { role: 'seeder' })))).toEqual(['203.0.113.3'])
      expect(hostsOf(await announce(client(5, hashOf(1), { event: 'paused' })))).toEqual(['203.0.113.3'])
      expect(hostsOf(await announce(client(3, hashOf(1))))).toEqual([
        '203.0.113.1',
        '203.0.113.2',
        '203.0.113.4',
        '203.0.113.5',
      ])
    })

    test('a leecher completes once, whatever it says afterwards, and seeds from then on', async () => {
      await store.publish(peer(1), content(1), 0)
      await announce(client(1, hashOf(1)))
      await announce(client(1, hashOf(1), { role: 'seeder', event: 'completed' }))
      const again = await announce(client(1, hashOf(1), { role: 'seeder', event: 'completed' }))
      expect(again).toMatchObject({ seeders: 1, leechers: 0, completed: 1 })
      await announce(client(1, hashOf(1), { role: 'leecher' }))
      expect(await scraped(hashOf(1))).toEqual({ seeders: 0, leechers: 1, completed: 1 })
    })

    test('only a stop with the peer id that was announced takes a peer out', async () => {
      await store.publish(peer(1), content(1), 0)
      await announce(client(1, hashOf(1)))
      await announce(client(1, hashOf(1), { event: 'stopped', peerId: wireIdOf(9) }))
      expect(await scraped(hashOf(1))).toMatchObject({ leechers: 1 })
      const left = await announce(client(1, hashOf(1), { event: 'stopped' }))
      expect(left).toMatchObject({ leechers: 0 })
      expect(hostsOf(left)).toEqual([])
      await announce(client(1, hashOf(1)))
      await announce(client(1, hashOf(1), { peerId: wireIdOf(9) }))
      expect(await scraped(hashOf(1))).toMatchObject({ leechers: 1 })
    })

    test('answers have the families and the peer ids that are wanted', async () => {
      await store.publish(peer(1), content(1), 0)
      const six = there(parseAddress('2001:db8::6'))
      await announce(client(1, hashOf(1)))
      await announce(client(2, hashOf(1), { address: six }))
      expect(hostsOf(await announce(client(3, hashOf(1), { families: 'IPv4' })))).toEqual(['203.0.113.1'])
      expect(hostsOf(await announce(client(3, hashOf(1), { families: 'IPv6' })))).toEqual(['2001:db8::6'])
      const both = await announce(client(3, hashOf(1), { withPeerIds: true }))
      expect(hostsOf(both)).toEqual(['2001:db8::6', '203.0.113.1'])
      expect([...both.peerIds]).toEqual([...wireIdOf(1), ...wireIdOf(2)])
      expect((await announce(client(3, hashOf(1)))).peerIds).toHaveLength(0)
      expect(hostsOf(await announce(client(3, hashOf(1), { wanted: 0 })))).toEqual([])
      const mapped = there(parseAddress('::ffff:203.0.113.1'))
      expect(await announce(client(1, hashOf(1), { address: mapped }))).toMatchObject({ leechers: 3 })
    })

    test('of many, as many as are wanted are chosen, each once, never the asker, and all in time', async () => {
      await store.publish(peer(1), content(1), 0)
      for (let number = 1; number <= 200; number++) await announce(client(number, hashOf(1), { wanted: 0 }))
      const seen = new Set<string>()
      for (let turn = 0; turn < 300; turn++) {
        const hosts = hostsOf(await announce(client(1, hashOf(1), { wanted: 10 })))
        expect(new Set(hosts).size).toBeGreaterThanOrEqual(9)
        expect(hosts.length).toBe(new Set(hosts).size)
        expect(hosts).not.toContain('203.0.113.1')
        for (const host of hosts) seen.add(host)
      }
      expect(seen.size).toBeGreaterThan(190)
    })

    test('a private address is given to nobody outside its range, over JSON and in announces', async () => {
      const hosts = ['127.0.0.5', '10.1.2.3', '192.168.7.7', '100.64.0.9', '169.254.3.3', '203.0.113.9']
      await store.publish(shoal(1, '10.9.9.9'), content(1), 0)
      for (const [index, host] of hosts.entries()) {
        await announce(client(index + 1, hashOf(1), { address: there(parseAddress(host)), role: 'seeder' }))
      }
      await announce(client(8, hashOf(1), { address: there(parseAddress('fd00::8')), role: 'seeder' }))
      const seenFrom = async (host: string) => {
        const address = there(parseAddress(host))
        const given = hostsOf(await announce(client(9, hashOf(1), { address, port: 9999 })))
        const { seeders } = await listedHosts({ ...wireAsker, host })
        await announce(client(9, hashOf(1), { address, port: 9999, event: 'stopped' }))
        expect(given).toEqual(seeders)
        return given
      }
      expect(await seenFrom('8.8.8.8')).toEqual(['203.0.113.9'])
      expect(await seenFrom('10.0.0.1')).toEqual(['10.1.2.3', '10.9.9.9', '192.168.7.7', '203.0.113.9'])
      expect(await seenFrom('100.127.0.1')).toEqual(['100.64.0.9', '203.0.113.9'])
      expect(await seenFrom('fd01::1')).toEqual(['203.0.113.9', 'fd00::8'])
      expect(await seenFrom('127.0.0.1')).toHaveLength(8)
    })

    test('F1 who does not announce again is dropped, and only they', async () => {
      await reopen({}, 'open')
      await announce(client(1, hashOf(1)), 0)
      await announce(client(2, hashOf(1)), 0)
      await announce(client(3, hashOf(2), { role: 'seeder' }), 5_000)
      await announce(client(2, hashOf(1)), 9_000)
      expect(await store.expire(5_000)).toEqual([])
      expect(await scraped(hashOf(1))).toMatchObject({ leechers: 1 })
      expect(await scraped(hashOf(2))).toMatchObject({ seeders: 1 })
      await store.expire(9_001)
      expect(await store.counts()).toMatchObject({ swarms: 0, swarmPeers: 0 })
      expect(await scraped(hashOf(2))).toMatchObject({ seeders: 0 })
    })

    test('what is removed is gone at once, denied from then on, and new when it is shared again', async () => {
      for (const mode of ['catalog', 'open'] as const) {
        await reopen({}, mode)
        await store.publish(shoal(1), hybrid(1), 0)
        await store.publish(shoal(1), content(2), 0)
        await announce(client(1, names(1).v1))
        expect(await store.remove(ref(1).torrentId)).toBe(true)
        expect(await store.remove(ref(1).torrentId)).toBe(false)
        for (const infoHash of Object.values(names(1))) {
          expect(await store.announce(client(1, infoHash), 0)).toBe('unregistered')
          expect(await scraped(infoHash)).toBeUndefined()
        }
        expect(await store.torrent(ref(1), 9, wireAsker)).toBeUndefined()
        expect(await store.join(shoal(2), ref(1), 'leecher', 0)).toEqual({ outcome: 'unknown' })
        expect(await store.counts()).toMatchObject({
          torrents: 1,
          registrations: 1,
          swarms: 1,
          swarmPeers: 1,
        })
        expect(await store.publish(shoal(1), hybrid(1), 0)).toEqual({ outcome: 'published', torrentId: 3 })
        expect(await announce(client(1, names(1).v1))).toMatchObject({ seeders: 1, leechers: 1 })
      }
    })

    test('a torrent with a BitTorrent client is not forgotten to make room', async () => {
      await reopen({ torrents: 2 })
      for (const number of [1, 2]) {
        await store.publish(peer(number), content(number), 0)
        await store.leave(peer(number), ref(number), 0)
      }
      await announce(client(1, hashOf(1)))
      expect(await store.publish(peer(3), content(3), 0)).toEqual({ outcome: 'published', torrentId: 3 })
      expect(await store.accepts(hashOf(1))).toBe(true)
      expect(await store.accepts(hashOf(2))).toBe(false)
    })

    test.runIf(isBounded)(
      'a full store gives peers to whom it cannot list, and opens no more swarms',
      async () => {
        await reopen({ swarms: 2, swarmPeers: 3 }, 'open')
        await announce(client(1, hashOf(1)))
        await announce(client(2, hashOf(2)))
        expect(await store.announce(client(3, hashOf(3)), 0)).toBe('full')
        await announce(client(3, hashOf(1)))
        const refused = await announce(client(4, hashOf(1)))
        expect(refused).toMatchObject({ isListed: false, leechers: 2 })
        expect(hostsOf(refused)).toEqual(['203.0.113.1', '203.0.113.3'])
        await announce(client(2, hashOf(2), { event: 'stopped' }))
        expect(await announce(client(4, hashOf(1)))).toMatchObject({ isListed: true, leechers: 3 })
        expect(STORE_LIMITS.swarmPeers).toBeGreaterThanOrEqual(1_000_000)
      },
    )

    test('where new peers are refused those that are known go on, whatever event they name', async () => {
      await store.publish(shoal(1), content(1), 0)
      await announce(client(2, hashOf(1)))
      for (const event of [undefined, 'started', 'completed', 'paused'] as const) {
        const more = { event, onlyIfKnown: true }
        expect(await store.announce(client(3, hashOf(1), more), 0)).toBe('unknown')
        expect((await announce(client(2, hashOf(1), more))).isListed).toBe(true)
      }
      await announce(client(2, hashOf(1), { event: 'stopped', onlyIfKnown: true }))
      expect(await scraped(hashOf(1))).toMatchObject({ seeders: 1, leechers: 0 })
      expect(await store.announce(client(2, hashOf(9), { onlyIfKnown: true }), 0)).toBe('unregistered')
    })

    test('a client whose made PEER_ID is that of a registered peer does not take its place', async () => {
      const contact = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 2, 26, 225)
      const victim = { ...shoal(1), peerId: madePeerId(wireIdOf(2), contact) }
      await store.publish(victim, content(1), 0)
      await announce(client(2, hashOf(1), { role: 'seeder' }))
      await announce(client(3, hashOf(1), { role: 'seeder' }))
      const view = there(await store.torrent(ref(1), 10, wireAsker))
      expect(view.seeders.size).toBe(2)
      expect(view.seeders.get(victim.peerId)).toEqual(victim.listed)
    })

    test('F2 an announce from the very address of a peer that has proven its id changes nothing of what that seeds', async () => {
      const listed = { host: '203.0.113.2', port: 6881, wires: ['json', 'bittorrent'] as const }
      await store.publish({ ...shoal(1), listed, isProven: true }, content(1), 0)
      for (const event of ['started', 'stopped'] as const)
        await announce(client(2, hashOf(1), { role: 'leecher', event }))
      const view = there(await store.torrent(ref(1), 10, wireAsker))
      expect([...view.seeders]).toEqual([[peerIdOf(1), listed]])
      expect(view.leechers.size).toBe(0)
    })

    test('what has no info-hash is no swarm', async () => {
      await store.publish(shoal(1), simple('a'), 0)
      expect(await store.counts()).toMatchObject({ swarms: 0, swarmPeers: 0 })
    })
  })
}
