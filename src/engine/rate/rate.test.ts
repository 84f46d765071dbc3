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

test('a reservation waits until the rate allows it; without a limit nothing waits', () => {
  const bucket = new TokenBucket(1000)
  expect(bucket.reserve(250, 10_000)).toBe(0)
  expect(bucket.reserve(1000, 10_000)).toBe(1000)
  expect(bucket.reserve(0, 10_500)).toBe(500)
  expect(new TokenBucket(undefined).reserve(1e12, 0)).toBe(0)
})
