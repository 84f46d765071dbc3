import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TokenBucket } from '../../engine/rate/tokenBucket.js'
import { Throttle } from './throttle.js'

const CHUNK = 16_384

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const throttleOf = (rate: number | undefined): Throttle => new Throttle(new TokenBucket(rate), Date.now)

/** A connection that always has `ahead` units waiting; counts what passed. */
const flow = (throttle: Throttle, ahead: number, unit = CHUNK) => {
  const gone = new AbortController()
  const counted = { passed: 0, gone }
  const send = async (): Promise<void> => {
    while (!gone.signal.aborted) {
      if ((await throttle.pass(unit, gone.signal)) === false) return
      counted.passed += unit
      await Promise.resolve()
    }
  }
  for (let at = 0; at < ahead; at++) void send()
  return counted
}

test.each([20_000, 1_000_000, 30_000_000])(
  'a limit of %i bytes a second is kept to within a tenth',
  async (rate) => {
    const throttle = throttleOf(rate)
    const unit = CHUNK * throttle.batchOf(CHUNK)
    const one = flow(throttle, 1, unit)
    const other = flow(throttle, 32, unit)
    await vi.advanceTimersByTimeAsync(10_000)
    const passed = one.passed + other.passed
    expect(passed).toBeGreaterThan(rate * 9)
    expect(passed).toBeLessThan(rate * 11 + unit)
  },
)

test('who asks for one thing at a time gets its turn beside one with many waiting', async () => {
  const throttle = throttleOf(320_000)
  const modest = flow(throttle, 1)
  const greedy = flow(throttle, 32)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(modest.passed).toBeGreaterThan(greedy.passed * 0.8)
})

test('another rate holds at once, also for what waits already', async () => {
  const throttle = throttleOf(1000)
  const sender = flow(throttle, 4)
  await vi.advanceTimersByTimeAsync(1000)
  expect(sender.passed).toBe(CHUNK)
  throttle.setRate(160_000)
  await vi.advanceTimersByTimeAsync(5000)
  expect(sender.passed).toBeGreaterThan(720_000)
  throttle.setRate(1000)
  const before = sender.passed
  await vi.advanceTimersByTimeAsync(5000)
  expect(sender.passed - before).toBeLessThanOrEqual(2 * CHUNK)
  const waiting = throttle.pass(CHUNK, new AbortController().signal)
  sender.gone.abort()
  throttle.setRate(undefined)
  expect(await waiting).toBe(true)
  expect(throttle.pass(1e9, sender.gone.signal)).toBeUndefined()
})

test('what waits for a connection that goes is let go, and takes nothing', async () => {
  const throttle = throttleOf(10_000)
  const gone = new AbortController()
  expect(throttle.pass(100_000, gone.signal)).toBeUndefined()
  const waiting = [throttle.pass(CHUNK, gone.signal), throttle.pass(CHUNK, gone.signal)]
  const other = throttle.pass(CHUNK, new AbortController().signal)
  expect(throttle.delayOf(gone.signal)).toBeGreaterThan(10_000)
  gone.abort()
  expect(await Promise.all(waiting.map(async (one) => one))).toEqual([false, false])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await other).toBe(true)
})
