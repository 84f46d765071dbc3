import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateMeter } from './rateMeter.js'
import { TokenBucket } from './tokenBucket.js'

test('F3 a steady flow is measured as what it is, and a stopped one falls to nothing within two seconds', () => {
  const meter = new RateMeter()
  let now = 1_000_000
  for (let step = 0; step < 100; step++) meter.add(1000, (now += 50))
  expect(meter.rate(now)).toBeGreaterThan(18_000)
  expect(meter.rate(now)).toBeLessThan(22_000)
  expect(meter.rate(now + 2500)).toBe(0)
  expect(meter.total).toBe(100_000)
})

test('a bucket never grants more than its rate and its burst, whatever is asked when', () => {
  const asks = fc.array(fc.tuple(fc.nat(500), fc.nat(50)), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(asks, fc.integer({ min: 1000, max: 10_000_000 }), (steps, rate) => {
      const bucket = new TokenBucket(rate)
      let now = 5000
      let granted = 0
      for (const [wait, units] of steps) {
        now += wait
        granted += bucket.grant(units, 16384, now) * 16384
        expect(granted).toBeLessThanOrEqual(rate * ((now - 5000) / 1000 + 0.5) + 16384)
      }
    }),
  )
})

test('what is taken waits until nothing is owed; without a limit nothing waits', () => {
  const bucket = new TokenBucket(1000)
  expect(bucket.take(1250, 10_000)).toBe(0)
  expect(bucket.owed(10_000)).toBe(1000)
  expect(bucket.take(1, 10_000)).toBe(1000)
  expect(bucket.take(1, 10_400)).toBe(600)
  expect(bucket.take(1, 11_000)).toBe(0)
  expect(new TokenBucket(undefined).take(1e12, 0)).toBe(0)
})

test('a rate that changes holds at once, and what was owed by the old one is forgotten', () => {
  const bucket = new TokenBucket(1_000_000)
  bucket.take(10_000_000, 10_000)
  bucket.setRate(1000)
  expect(bucket.owed(10_000)).toBe(0)
  bucket.take(750, 10_000)
  bucket.take(2000, 10_500)
  bucket.setRate(1000)
  expect(bucket.owed(10_500)).toBeGreaterThan(0)
  bucket.setRate(undefined)
  expect(bucket.take(1e12, 10_500)).toBe(0)
})
