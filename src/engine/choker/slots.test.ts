import { expect, test } from 'vitest'
import { Slots } from './slots.js'

test('B2 a peer is served while a slot is free, choked when none is, and served again when one is', () => {
  const slots = new Slots(2)
  expect(['a', 'b', 'c'].map((peer) => slots.request(peer, 0))).toEqual([true, true, false])
  expect(slots.request('a', 1)).toBe(true)
  slots.release('b')
  expect(slots.request('c', 2)).toBe(true)
  expect(slots.used).toBe(2)
})

test('F3 everyone who waits gets a turn, and an idle holder loses its slot', () => {
  const slots = new Slots(1)
  slots.request('a', 0)
  for (let now = 0; now <= 20_000; now += 1000) slots.request('a', now)
  expect(slots.request('b', 19_999)).toBe(false)
  expect(slots.request('b', 20_000)).toBe(true)
  expect(slots.request('a', 21_000)).toBe(false)
  expect(slots.request('c', 30_500)).toBe(true)
})
