import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePeers } from '../../../protocol/announce/compactPeers.js'
import type { AnnounceEvent } from '../../../protocol/announce/announce.js'
import type { Announce } from '../announce.js'
import { MemoryStore } from '../memory.js'

interface Known {
  readonly peerId: number
  readonly isSeeder: boolean
  readonly heard: number
}

/** The same in the plainest way: swarms of peers by address. */
class Model {
  readonly swarms = new Map<number, Map<number, Known>>()

  announce(swarm: number, place: number, peer: Known, event: AnnounceEvent | undefined): void {
    const peers = this.swarms.get(swarm) ?? new Map<number, Known>()
    if (event === 'stopped') {
      if (peers.get(place)?.peerId === peer.peerId) peers.delete(place)
    } else peers.set(place, peer)
    if (peers.size > 0) this.swarms.set(swarm, peers)
    else this.swarms.delete(swarm)
  }

  expire(time: number): void {
    for (const [swarm, peers] of this.swarms) {
      for (const [place, { heard }] of peers) if (heard < time) peers.delete(place)
      if (peers.size === 0) this.swarms.delete(swarm)
    }
  }
}

const infoHashOf = (swarm: number): Uint8Array => new Uint8Array(20).fill(swarm + 1)
const addressOf = (place: number): Uint8Array =>
  place % 2 === 0
    ? Uint8Array.of(9, 9, 9, place)
    : Uint8Array.of(0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, place)

const announceOf = (swarm: number, place: number, peerId: number, more: Partial<Announce>): Announce => ({
  infoHash: infoHashOf(swarm),
  peerId: new Uint8Array(20).fill(peerId),
  address: addressOf(place),
  port: 1000 + place,
  role: 'leecher',
  event: undefined,
  wanted: 100,
  families: 'both',
  withPeerIds: false,
  ...more,
})

const step = fc.record({
  what: fc.constantFrom<AnnounceEvent | 'expire' | 'heard'>(
    'started',
    'stopped',
    'completed',
    'heard',
    'expire',
  ),
  swarm: fc.nat(4),
  place: fc.nat(40),
  peerId: fc.nat(1),
  isSeeder: fc.boolean(),
  passed: fc.nat(3_000),
})

test('whatever is announced in whatever order, swarms are those of a plain model', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const store = new MemoryStore({ mode: 'open' })
      const model = new Model()
      let now = 0
      for (const { what, swarm, place, peerId, isSeeder, passed } of steps) {
        now += passed
        if (what === 'expire') {
          store.expire(now - 20_000)
          model.expire(now - 20_000)
          continue
        }
        const event = what === 'heard' ? undefined : what
        const known = { peerId, isSeeder, heard: now }
        const role = isSeeder ? 'seeder' : 'leecher'
        const answer = store.announce(announceOf(swarm, place, peerId, { event, role }), now)
        model.announce(swarm, place, known, event)
        if (typeof answer === 'string') throw new Error(answer)
        const peers = [...(model.swarms.get(swarm) ?? [])]
        const given = [...decodePeers(answer.ipv4, 'IPv4'), ...decodePeers(answer.ipv6, 'IPv6')]
        const expected = peers.filter(
          ([other, { isSeeder: gives }]) => other !== place && !(isSeeder && gives),
        )
        const places = given.map(({ port }) => port - 1000).sort((left, right) => left - right)
        const all = expected.map(([other]) => other).sort((left, right) => left - right)
        expect(places).toEqual(event === 'stopped' ? [] : all)
        expect(answer.seeders).toBe(peers.filter(([, { isSeeder: gives }]) => gives).length)
        expect(answer.leechers).toBe(peers.length - answer.seeders)
      }
      const sizes = [...model.swarms.values()].map(({ size }) => size)
      expect(store.counts()).toMatchObject({
        swarms: sizes.length,
        swarmPeers: sizes.reduce((sum, size) => sum + size, 0),
      })
    }),
    { numRuns: 200 },
  )
})

test('a hundred thousand peers come, are found, and go, and leave nothing', () => {
  const store = new MemoryStore({ mode: 'open' })
  const announceAt = (number: number, event?: AnnounceEvent) =>
    store.announce(
      {
        ...announceOf(number % 50, 0, 1, { wanted: 5, event }),
        address: Uint8Array.of(9, number >> 16, number >> 8, number),
      },
      number,
    )
  for (let number = 0; number < 100_000; number++) announceAt(number)
  for (let number = 0; number < 100_000; number += 7) announceAt(number)
  expect(store.counts()).toMatchObject({ swarms: 50, swarmPeers: 100_000 })
  for (let number = 0; number < 100_000; number += 2) announceAt(number, 'stopped')
  expect(store.counts()).toMatchObject({ swarmPeers: 50_000 })
  store.expire(100_000)
  expect(store.counts()).toMatchObject({ swarms: 0, swarmPeers: 0 })
})
