import { expect, test } from 'vitest'
import { RateLimit } from './rateLimit.js'

test('an address has twice its rate at once, then its rate; others are not touched', () => {
  const limit = new RateLimit(() => 10)
  const taken = (host: string, now: number) => {
    let count = 0
    while (limit.take(host, now)) count++
    return count
  }
  expect(taken('10.0.0.1', 0)).toBe(20)
  expect(taken('10.0.0.1', 500)).toBe(5)
  expect(taken('10.0.0.1', 60_000)).toBe(20)
  expect(taken('10.0.0.2', 60_000)).toBe(20)
  expect(taken('2001:db8::1', 0)).toBe(20)
  expect(taken('2001:db8::2', 0)).toBe(0)
})

test('a costly request is paid for before the next', () => {
  const limit = new RateLimit(() => 10)
  expect(limit.take('10.0.0.1', 0)).toBe(true)
  limit.charge('10.0.0.1', 100, 0)
  expect(limit.take('10.0.0.1', 8000)).toBe(false)
  expect(limit.take('10.0.0.1', 8300)).toBe(true)
})

test('a clock that goes back gives nothing away', () => {
  const limit = new RateLimit(() => 1)
  limit.charge('10.0.0.1', 2, 1000)
  expect(limit.take('10.0.0.1', 0)).toBe(false)
})

test('the addresses remembered are bounded', () => {
  const limit = new RateLimit(() => 10)
  for (let index = 0; index < 30_000; index++)
    limit.take(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 0)
  expect(limit.addresses).toBe(20_000)
})
