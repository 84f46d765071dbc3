import { expect, test } from 'vitest'
import { PeerBook, peerKey } from './peerBook.js'
import { peerPriority } from './peerPriority.js'

const own = { host: '123.213.32.10', port: 6881 }
const peers = Array.from({ length: 50 }, (_, index) => ({
  host: `98.76.${index}.${3 * index}`,
  port: 1000 + index,
}))
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const bookOf = (seed: number, isKnown: boolean): PeerBook => {
  const book = new PeerBook(seeded(seed), () => (isKnown ? own : undefined))
  for (const peer of peers) book.add(peer)
  return book
}
const orderOf = (book: PeerBook): string[] => peers.map(() => peerKey(book.take(0) ?? own))

test('peers are tried in the order of BEP 40 where the own address is known, whatever chance says', () => {
  const expected = [...peers]
    .sort((left, right) => (peerPriority(own, right) ?? 0) - (peerPriority(own, left) ?? 0))
    .map(peerKey)
  expect(orderOf(bookOf(1, true))).toEqual(expected)
  expect(orderOf(bookOf(2, true))).toEqual(expected)
})

test('where it is not known chance decides', () => {
  expect(orderOf(bookOf(1, false))).not.toEqual(orderOf(bookOf(2, false)))
  expect(new Set(orderOf(bookOf(1, false))).size).toBe(50)
})

test('one that failed waits for all that did not, whatever its priority', () => {
  const book = bookOf(1, true)
  const first = book.take(0) ?? own
  book.fail(peerKey(first), 0)
  const rest = Array.from({ length: 50 }, () => peerKey(book.take(1_000_000) ?? own))
  expect(rest.at(-1)).toBe(peerKey(first))
})

test('a peer without an address of the own family has a chance among the others', () => {
  const places = new Set<number>()
  for (let seed = 1; seed <= 20; seed++) {
    const book = bookOf(seed, true)
    book.add({ host: 'peer.example', port: 1 })
    places.add(orderOf(book).indexOf('peer.example:1'))
  }
  expect(places.size).toBeGreaterThan(5)
})
