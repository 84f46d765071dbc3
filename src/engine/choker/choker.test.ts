import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Choker, type ChokeChange } from './choker.js'
import { slotsFor } from './slotCount.js'

const chokerOf = (count: number, random = 0): Choker =>
  new Choker({ random: () => random, slots: () => count })
const served = (peer: string): ChokeChange => ({ peer, isServed: true })
const choked = (peer: string): ChokeChange => ({ peer, isServed: false })
/** Reviews every second up to `until`; all that changed. Those in `busy` use their slots. */
const reviewUntil = (choker: Choker, from: number, until: number, busy: readonly string[]): ChokeChange[] => {
  const changes: ChokeChange[] = []
  for (let now = from; now <= until; now += 1000) {
    for (const peer of busy) use(choker, peer, now)
    changes.push(...choker.review(now))
  }
  return changes
}
const use = (choker: Choker, peer: string, now: number): void => {
  const candidate = choker.candidate(peer)
  if (candidate !== undefined) candidate.usedAt = now
}
const give = (choker: Choker, peer: string, bytes: number): void => {
  const candidate = choker.candidate(peer)
  if (candidate !== undefined) candidate.received += bytes
}

test('B2 who is interested is served while a slot is free, and the next one as soon as one is', () => {
  const choker = chokerOf(2)
  expect(choker.interested('a', true, 0)).toEqual([served('a')])
  expect(choker.interested('b', true, 0)).toEqual([served('b')])
  expect(choker.interested('c', true, 0)).toEqual([])
  expect(choker.interested('a', false, 1)).toEqual([choked('a'), served('c')])
  expect(choker.interested('d', true, 2)).toEqual([])
  expect(choker.remove('b', 3)).toEqual([served('d')])
})

test('F3 those that give most keep their slots; the last slot goes to one by chance, rather to a new one', () => {
  const choker = chokerOf(3, 0.5)
  const peers = ['a', 'b', 'c', 'd']
  for (const peer of peers) choker.interested(peer, true, 0)
  choker.review(0)
  give(choker, 'a', 100)
  give(choker, 'b', 1000)
  give(choker, 'c', 2000)
  expect(reviewUntil(choker, 1000, 10_000, peers)).toEqual([choked('a'), served('d')])
})

test('F3 who gives a little more does not take the place of one that has it, who gives twice as much does', () => {
  for (const [bytes, isTaken] of [
    [1300, false],
    [2000, true],
  ] as const) {
    const choker = chokerOf(2)
    for (const peer of ['a', 'b', 'c']) choker.interested(peer, true, 0)
    choker.review(0)
    give(choker, 'a', 1000)
    give(choker, 'b', 900)
    give(choker, 'c', bytes)
    reviewUntil(choker, 1000, 10_000, ['a', 'b', 'c'])
    const regular = isTaken ? 'c' : 'a'
    expect(choker.candidate(regular)?.isServed).toBe(true)
  }
})

test('F3 where nothing comes back everyone gets a turn', () => {
  const choker = chokerOf(2)
  const peers = ['a', 'b', 'c', 'd', 'e']
  for (const peer of peers) choker.interested(peer, true, 0)
  const changes = reviewUntil(choker, 0, 120_000, peers)
  const turns = new Set(changes.filter(({ isServed }) => isServed).map(({ peer }) => peer))
  expect(turns).toEqual(new Set(peers))
})

test('F3 one that passes pieces on is served before one that keeps them', () => {
  const choker = chokerOf(2)
  for (const peer of ['a', 'b', 'c']) choker.interested(peer, true, 0)
  choker.review(0)
  const c = choker.candidate('c')
  if (c !== undefined) c.passedOn = 5
  reviewUntil(choker, 1000, 10_000, ['a', 'b', 'c'])
  expect(c?.isServed).toBe(true)
})

test('a slot that is not used goes to one who waits, and stays where nobody does', () => {
  const choker = chokerOf(1)
  choker.interested('a', true, 0)
  expect(reviewUntil(choker, 0, 5000, [])).toEqual([])
  choker.interested('b', true, 5000)
  expect(reviewUntil(choker, 6000, 6000, [])).toEqual([choked('a'), served('b')])
})

test('requests that wait keep a slot', () => {
  const choker = chokerOf(1)
  choker.interested('a', true, 0)
  const a = choker.candidate('a')
  if (a !== undefined) a.pending = 1
  choker.interested('b', true, 0)
  expect(reviewUntil(choker, 0, 8000, [])).toEqual([])
})

test('B2 a peer that only asks is served while a slot is free, choked when none is, and forgotten when it asks no more', () => {
  const choker = chokerOf(2)
  expect(['a', 'b', 'c'].map((peer) => choker.request(peer, 0))).toEqual([true, true, false])
  expect(choker.request('a', 1)).toBe(true)
  choker.release('b')
  expect(choker.request('c', 2)).toBe(true)
  choker.review(11_000)
  expect(choker.used).toBe(0)
  expect(choker.candidate('a')).toBeUndefined()
})

test('F3 everyone who asks gets a turn', () => {
  const choker = chokerOf(1)
  const turns = new Set<string>()
  for (let now = 0; now <= 90_000; now += 500)
    for (const peer of ['a', 'b', 'c']) if (choker.request(peer, now)) turns.add(peer)
  expect(turns).toEqual(new Set(['a', 'b', 'c']))
})

test('names that a stranger makes up cost a bounded table', () => {
  const choker = chokerOf(2)
  for (let index = 0; index < 20_000; index++) choker.request(`made up ${index}`, 0)
  let known = 0
  for (let index = 0; index < 20_000; index++) if (choker.candidate(`made up ${index}`)) known++
  expect(known).toBe(10_000)
  expect(choker.used).toBe(2)
})

test('F3 a small crowd is served whole; in a large one slots grow with the rate, within bounds', () => {
  expect([1, 16].map((interested) => slotsFor(interested, 0))).toEqual([16, 16])
  expect([0, 250_000, 2_500_000, 12_500_000, 1e9].map((rate) => slotsFor(17, rate))).toEqual([
    6, 6, 7, 16, 16,
  ])
})

test('whatever happens, changes tell who is served, never more than there are slots, and no slot is empty while one waits', () => {
  const step = fc.record({
    peer: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    kind: fc.constantFrom('interested', 'uninterested', 'remove', 'give', 'use', 'wait'),
    wait: fc.nat(4000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, count) => {
      const choker = chokerOf(count, 0.5)
      const wanting = new Set<string>()
      const told = new Set<string>()
      const hear = (changes: readonly ChokeChange[]): void => {
        for (const { peer, isServed } of changes) {
          expect(told.has(peer)).toBe(!isServed)
          if (isServed) told.add(peer)
          else told.delete(peer)
        }
      }
      let now = 1000
      for (const { peer, kind, wait } of steps) {
        if (kind === 'wait') hear(choker.review((now += wait)))
        else if (kind === 'give') give(choker, peer, wait)
        else if (kind === 'use') use(choker, peer, now)
        else if (kind === 'remove') {
          wanting.delete(peer)
          told.delete(peer)
          hear(choker.remove(peer, now))
        } else {
          if (kind === 'interested') wanting.add(peer)
          else wanting.delete(peer)
          hear(choker.interested(peer, kind === 'interested', now))
        }
        expect(told.size).toBe(Math.min(count, wanting.size))
        expect(choker.used).toBe(told.size)
        for (const one of told) expect(wanting.has(one)).toBe(true)
      }
    }),
  )
})
