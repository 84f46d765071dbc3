import { expect, test } from 'vitest'
import { PeerExchange, type ConnectedPeer } from './peerExchange.js'

const MINUTE = 60_000
const peer = (port: number): ConnectedPeer => ({
  key: `10.0.0.1:${port}`,
  peer: { host: '10.0.0.1', port, flags: 16 },
})
const ports = (endpoints: readonly { readonly port: number }[] | undefined): number[] =>
  (endpoints ?? []).map(({ port }) => port)

test('BEP 11: others are told of at most once a minute, each once, and of their leaving once', () => {
  const exchange = new PeerExchange()
  expect(exchange.isDue(0)).toBe(true)
  expect(ports(exchange.next([peer(1), peer(2), peer(2)], 0)?.added)).toEqual([1, 2])
  expect(exchange.isDue(MINUTE - 1)).toBe(false)
  expect(exchange.isDue(MINUTE)).toBe(true)
  const next = exchange.next([peer(2), peer(3)], MINUTE)
  expect([ports(next?.added), ports(next?.dropped)]).toEqual([[3], [1]])
  expect(exchange.next([peer(2), peer(3)], 2 * MINUTE)).toBeUndefined()
  expect(exchange.isDue(2 * MINUTE)).toBe(true)
})

test('BEP 11: a message tells of 50 that came and 50 that left, and the next of the others', () => {
  const exchange = new PeerExchange()
  const crowd = Array.from({ length: 120 }, (_, index) => peer(index + 1))
  const lengths = (told: ReturnType<PeerExchange['next']>): number[] => [
    told?.added.length ?? 0,
    told?.dropped.length ?? 0,
  ]
  expect([0, 1, 2].map((minute) => lengths(exchange.next(crowd, minute * MINUTE)))).toEqual([
    [50, 0],
    [50, 0],
    [20, 0],
  ])
  expect([3, 4, 5].map((minute) => lengths(exchange.next([], minute * MINUTE)))).toEqual([
    [0, 50],
    [0, 50],
    [0, 20],
  ])
})

test('who tells of others more often than honest clocks explain is not listened to', () => {
  const exchange = new PeerExchange()
  expect([0, 29_999, 30_000, 59_000, 90_000].map((now) => exchange.mayHear(now))).toEqual([
    true,
    false,
    true,
    false,
    true,
  ])
})
