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
  for (const peer of [one, other, waiting]) seeding.join(peer)
  for (const peer of [one, other, waiting]) seeding.offer(peer, 0)
  expect(waiting.told).toEqual([])
  expect(one.told.length).toBeGreaterThan(0)
  const [first = 0] = one.told
  seeding.asked(one, first, 10)
  expect(one.told.length).toBeGreaterThan(1)
  expect(one.told.filter((piece) => other.told.includes(piece))).toEqual([])
})

test('one that is alone is told of everything', () => {
  const { seeding, isOver } = begin()
  const one = new Peer('one')
  seeding.join(one)
  seeding.offer(one, 0)
  expect(one.told.toSorted((left, right) => left - right)).toEqual(all)
  expect(isOver()).toBe(false)
})

test('once each piece was sent to somebody all are told of all, and it is over', () => {
  const { seeding, isOver } = begin()
  const [one, other] = [new Peer('one'), new Peer('other')]
  for (const peer of [one, other]) seeding.join(peer)
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
  for (const peer of [one, other]) seeding.join(peer)
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
  for (const peer of [one, other]) seeding.join(peer)
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
