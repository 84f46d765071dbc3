import { expect, test } from 'vitest'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { InitialSeeding, type Taker } from './initialSeeding.js'

const PIECES = 40
const layout = new Layout({
  files: [{ path: ['film'], size: PIECES * CHUNK_SIZE, rootHash: undefined }],
  pieceLength: CHUNK_SIZE,
})

class Peer implements Taker {
  isServed = true
  readonly told: number[] = []
  constructor(readonly key: string) {}
  tell(pieces: Iterable<number>): void {
    for (const piece of pieces) if (!this.told.includes(piece)) this.told.push(piece)
  }
}

const begin = () => {
  const passedOn: string[] = []
  let isOver = false
  const seeding = new InitialSeeding({
    layout,
    random: () => 0.5,
    onPassedOn: (key) => passedOn.push(key),
    onOver: () => (isOver = true),
  })
  return { seeding, passedOn, isOver: () => isOver }
}
const all = Array.from({ length: PIECES }, (_, piece) => piece)

test('peers that are served are told of different pieces, and of others as they ask', () => {
  const { seeding } = begin()
  const [one, other, waiting] = [new Peer('one'), new Peer('other'), new Peer('waiting')]
  waiting.isServed = false
  for (const peer of [one, other, waiting]) seeding.join(peer, 0)
  for (const peer of [one, other, waiting]) seeding.offer(peer, 0)
  expect(waiting.told).toEqual([])
  expect(one.told.length).toBeGreaterThan(0)
  const [first = 0] = one.told
  seeding.asked(one, first, 10)
  expect(one.told.length).toBeGreaterThan(1)
  expect(one.told.filter((piece) => other.told.includes(piece))).toEqual([])
})

test('one that is alone is told of more the more it asks for', () => {
  const { seeding } = begin()
  const one = new Peer('one')
  seeding.join(one, 0)
  seeding.offer(one, 0)
  const before = one.told.length
  for (const piece of [...one.told]) seeding.asked(one, piece, 0)
  expect(one.told.length).toBeGreaterThan(3 * before)
  const told = one.told.length
  const other = new Peer('other')
  seeding.join(other, 0)
  seeding.offer(other, 0)
  for (const piece of one.told.slice(before)) seeding.asked(one, piece, 0)
  expect(one.told.length).toBe(told + before)
})

test('one that stays alone is told of everything', () => {
  const { seeding, isOver } = begin()
  const one = new Peer('one')
  seeding.join(one, 0)
  seeding.offer(one, 100)
  expect(one.told.length).toBeLessThan(PIECES)
  seeding.offer(one, 1000)
  expect(one.told.toSorted((left, right) => left - right)).toEqual(all)
  expect(isOver()).toBe(false)
})

test('one that wants other pieces than it is told of, such as some files alone, is told of all', () => {
  const { seeding } = begin()
  const [one, other] = [new Peer('one'), new Peer('other')]
  for (const peer of [one, other]) seeding.join(peer, 0)
  for (let now = 0; now <= 8000; now += 500) {
    seeding.asked(other, other.told.at(-1) ?? 0, now)
    for (const peer of [one, other]) seeding.offer(peer, now)
  }
  expect(new Set(one.told)).toEqual(new Set(all))
  expect(other.told.length).toBeLessThan(PIECES)
})

test('once each piece was sent to somebody all are told of all, and it is over', () => {
  const { seeding, isOver } = begin()
  const [one, other] = [new Peer('one'), new Peer('other')]
  for (const peer of [one, other]) seeding.join(peer, 0)
  for (const piece of all) {
    expect(isOver()).toBe(false)
    const taker = piece % 2 === 0 ? one : other
    seeding.asked(taker, piece, piece)
    seeding.sent(taker, piece, piece)
  }
  expect(isOver()).toBe(true)
  for (const peer of [one, other]) expect(new Set(peer.told)).toEqual(new Set(all))
})

test('who was given a piece first is credited when another has it', () => {
  const { seeding, passedOn } = begin()
  const [one, other] = [new Peer('one'), new Peer('other')]
  for (const peer of [one, other]) seeding.join(peer, 0)
  seeding.asked(one, 7, 0)
  seeding.sent(one, 7, 1)
  seeding.heard(one, [7])
  expect(passedOn).toEqual([])
  seeding.heard(other, [7])
  expect(passedOn).toEqual(['one'])
})

test('what a peer left untaken is told to another', () => {
  const { seeding } = begin()
  const [one, other] = [new Peer('one'), new Peer('other')]
  for (const peer of [one, other]) seeding.join(peer, 0)
  for (let asked = 0; asked < PIECES; asked++) {
    seeding.offer(one, 0)
    const next = one.told[asked]
    if (next !== undefined) seeding.asked(one, next, 0)
  }
  expect(one.told.length).toBe(PIECES)
  seeding.offer(other, 0)
  expect(other.told).toEqual([])
  seeding.leave(one)
  seeding.offer(other, 100)
  expect(other.told.length).toBeGreaterThan(0)
})
