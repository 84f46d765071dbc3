import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { SuperSeeding } from './superSeeding.js'

/** Of `pieces` of two blocks each. */
const seedingOf = (pieces: number): SuperSeeding =>
  new SuperSeeding(
    new Layout({
      files: [{ path: ['a'], size: 2 * pieces * CHUNK_SIZE, rootHash: undefined }],
      pieceLength: 2 * CHUNK_SIZE,
    }),
    () => 0.5,
  )

test('F3 no two takers are told of one piece, and one that asks is told of the next', () => {
  const seeding = seedingOf(6)
  const [first = 0, second] = seeding.offer('a', 0)
  const others = seeding.offer('b', 0)
  expect(new Set([first, second, ...others]).size).toBe(4)
  expect(seeding.offer('a', 0)).toEqual([])
  seeding.peerAsks('a', first, 0)
  const [next] = seeding.offer('a', 0)
  expect([first, second, ...others]).not.toContain(next)
})

test('F3 a fast taker is told of more ahead', () => {
  const seeding = seedingOf(100)
  for (let now = 0; now < 1000; now += 10) seeding.sent('a', 0, now)
  const [first = 0] = seeding.offer('a', 0)
  seeding.peerAsks('a', first, 0)
  for (let now = 0; now < 1000; now += 10) seeding.sent('a', first, now)
  // 100 blocks a second are 25 pieces in half a second.
  expect(seeding.offer('a', 1000).length).toBeGreaterThan(20)
})

test('what a taker that leaves did not finish is for others', () => {
  const seeding = seedingOf(2)
  const [first = 0] = seeding.offer('a', 0)
  expect(seeding.offer('b', 0)).toEqual([])
  seeding.peerAsks('a', first, 0)
  seeding.withdraw('a')
  expect(seeding.offer('b', 0).sort()).toEqual([0, 1])
})

test('one that is choked may finish what is under way, for a while', () => {
  const seeding = seedingOf(2)
  const [first = 0, second] = seeding.offer('a', 0)
  seeding.peerAsks('a', first, 0)
  seeding.pause('a', 0)
  expect(seeding.offer('b', 0)).toEqual([second])
  seeding.peerAsks('b', second ?? 0, 0)
  seeding.review(2999)
  expect(seeding.offer('b', 2999)).toEqual([])
  seeding.review(3000)
  expect(seeding.offer('b', 3000)).toEqual([first])
})

test('one that has nothing left to take alone may be told of what others have', () => {
  const seeding = seedingOf(2)
  const [first = 0, second = 0] = seeding.offer('a', 0)
  expect([seeding.isIdle('a', 0), seeding.isIdle('b', 0)]).toEqual([false, true])
  for (const piece of [first, second]) seeding.peerAsks('a', piece, 0)
  expect(seeding.isIdle('a', 0)).toBe(false)
  for (const piece of [first, second]) seeding.peerHas('a', piece)
  expect(seeding.isIdle('a', 0)).toBe(true)
})

test('a piece that its taker does not ask for is offered to others, and not to it again', () => {
  const seeding = seedingOf(2)
  const offered = seeding.offer('a', 0)
  seeding.review(1999)
  expect(seeding.offer('b', 1999)).toEqual([])
  seeding.review(2000)
  expect(seeding.offer('a', 2000)).toEqual([])
  expect(seeding.offer('b', 2000).sort()).toEqual(offered.sort())
})

test('F3 one that asks for what it is told of, one piece after the other, keeps the rest however long that takes', () => {
  const seeding = seedingOf(40)
  const [first = 0, second = 0] = seeding.offer('a', 0)
  seeding.peerAsks('a', first, 1500)
  seeding.peerHas('a', first)
  seeding.review(3000)
  expect(seeding.isPicky('a')).toBe(false)
  expect(seeding.offer('b', 3000)).not.toContain(second)
  seeding.review(3500)
  expect(seeding.isPicky('a')).toBe(true)
})

test('F3 one that asks for anything but what it is told of keeps that from nobody', () => {
  const seeding = seedingOf(40)
  const [first = 0, second = 0] = seeding.offer('a', 0)
  seeding.peerAsks('a', first, 0)
  seeding.peerHas('a', first)
  for (let now = 0; now < 2000; now += 100) seeding.peerAsks('a', first, now)
  seeding.review(2000)
  expect(seeding.isPicky('a')).toBe(true)
  expect(Array.from({ length: 20 }, (_, taker) => seeding.offer(`b${taker}`, 2000)).flat()).toContain(second)
})

test('F3 what nobody has leaves before an idle taker is told of what others have', () => {
  const seeding = seedingOf(3)
  const [done = 0, last = 0] = seeding.offer('a', 0)
  const [other = 0] = seeding.offer('b', 0)
  for (const piece of [done, last]) seeding.peerAsks('a', piece, 0)
  seeding.peerAsks('b', other, 0)
  // At about ten blocks a second the two that are left take 0.2 s.
  for (let now = 0; now < 1000; now += 100) seeding.sent('a', other, now)
  seeding.sent('a', done, 1000, 2)
  seeding.sent('b', other, 1000, 2)
  expect(seeding.isIdle('b', 1000)).toBe(false)
  expect(seeding.isIdle('b', 1050)).toBe(false)
  expect(seeding.isIdle('b', 1400)).toBe(true)
  expect(seeding.isIdle('a', 1400)).toBe(false)
  seeding.sent('a', last, 1500, 2)
  expect(seeding.isIdle('a', 1500)).toBe(true)
})

test('a taker that passes a piece over again and again does not keep it from others', () => {
  const seeding = seedingOf(40)
  const [passedOver = 0, other = 0] = seeding.offer('a', 0)
  seeding.offer('c', 0)
  let next = other
  const told: number[] = []
  for (let count = 0; count < 30; count++) {
    seeding.peerAsks('a', next, 0)
    told.push(...seeding.offer('a', 0))
    next = told.at(-1) ?? 0
  }
  expect(seeding.offer('b', 0)).toContain(passedOver)
})

test('it is over when every piece is elsewhere: said, or sent whole to one that does not say so', () => {
  const seeding = seedingOf(2)
  const [first = 0, second = 0] = seeding.offer('a', 0)
  seeding.peerAsks('a', first, 0)
  seeding.peerAsks('a', second, 0)
  seeding.sent('a', first, 0)
  expect(seeding.spread.includes(first)).toBe(false)
  seeding.sent('a', first, 0)
  expect(seeding.spread.includes(first)).toBe(true)
  expect(seeding.isOver).toBe(false)
  seeding.peerHas('a', second)
  expect(seeding.isOver).toBe(true)
})

test('F3 who was given a piece is told of, once, when another one has it', () => {
  const seeding = seedingOf(2)
  const [first = 0] = seeding.offer('a', 0)
  seeding.peerAsks('a', first, 0)
  expect(seeding.peerHas('a', first)).toBeUndefined()
  expect(seeding.peerHas('b', first)).toBe('a')
  expect(seeding.peerHas('c', first)).toBeUndefined()
})

test('whatever takers do, no piece is offered to two of them, and each piece that is nowhere can be offered again', () => {
  const step = fc.record({
    peer: fc.constantFrom('a', 'b', 'c'),
    piece: fc.nat(9),
    kind: fc.constantFrom('offer', 'ask', 'sent', 'has', 'pause', 'withdraw', 'review'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const seeding = seedingOf(10)
      const holders = new Map<number, string>()
      let now = 0
      for (const { peer, piece, kind } of steps) {
        now += 100
        if (kind === 'offer')
          for (const one of seeding.offer(peer, now)) {
            expect(seeding.spread.includes(one)).toBe(false)
            holders.set(one, peer)
          }
        else if (kind === 'ask' && holders.get(piece) === peer) seeding.peerAsks(peer, piece, now)
        else if (kind === 'sent') seeding.sent(peer, piece, now)
        else if (kind === 'has') seeding.peerHas(peer, piece)
        else if (kind === 'pause') seeding.pause(peer, now)
        else if (kind === 'withdraw') seeding.withdraw(peer)
        else if (kind === 'review') seeding.review(now)
      }
      for (const peer of ['a', 'b', 'c']) seeding.withdraw(peer)
      const offered = new Set<number>()
      for (let taker = 0; taker < 10; taker++)
        for (const piece of seeding.offer(`new ${taker}`, now)) {
          expect(offered.has(piece)).toBe(false)
          offered.add(piece)
        }
      for (let piece = 0; piece < 10; piece++)
        expect(offered.has(piece)).toBe(!seeding.spread.includes(piece))
    }),
  )
})
