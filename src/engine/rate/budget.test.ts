import { expect, test } from 'vitest'
import { SharedLimit, SwarmBudget } from './budget.js'
import { TokenBucket } from './tokenBucket.js'

const CHUNK = 16_384

interface Asking {
  readonly budget: SwarmBudget
  /** Milliseconds between two asks. */
  readonly every: number
  /** Chunks wanted at each. */
  readonly wants: number
}

/** Bytes that each was granted in `seconds`. */
const play = (asking: readonly Asking[], seconds: number): number[] => {
  const granted = asking.map(() => 0)
  for (let now = 1; now <= seconds * 1000; now++)
    asking.forEach(({ budget, every, wants }, index) => {
      if (now % every === 0) granted[index] = (granted[index] ?? 0) + budget.grant(wants, CHUNK, now) * CHUNK
    })
  return granted
}

const limitOf = (rate: number | undefined): SharedLimit => new SharedLimit(new TokenBucket(rate))
const budgetOf = (shared: SharedLimit, rate?: number): SwarmBudget =>
  new SwarmBudget(new TokenBucket(rate), shared)

test.each([30_000, 300_000, 20_000_000])(
  'a limit of %i bytes a second that several share is spent to within a tenth, whoever asks how often',
  (rate) => {
    const shared = limitOf(rate)
    const granted = play(
      [
        { budget: budgetOf(shared), every: 3, wants: 30 },
        { budget: budgetOf(shared), every: 100, wants: 400 },
        { budget: budgetOf(shared), every: 90, wants: 400 },
      ],
      10,
    )
    const total = granted.reduce((sum, bytes) => sum + bytes, 0)
    expect(total).toBeGreaterThan(rate * 10 * 0.9)
    expect(total).toBeLessThan(rate * 10 * 1.1 + CHUNK)
  },
)

test('who asks seldom is not starved by who asks all the time', () => {
  const shared = limitOf(400_000)
  const [often = 0, seldom = 0] = play(
    [
      { budget: budgetOf(shared), every: 1, wants: 100 },
      { budget: budgetOf(shared), every: 100, wants: 100 },
    ],
    10,
  )
  expect(seldom).toBeGreaterThan(often / 3)
  expect(seldom + often).toBeGreaterThan(3_600_000)
})

test('who wanted something and asks no more holds up nobody', () => {
  const shared = limitOf(400_000)
  const gone = budgetOf(shared)
  gone.grant(1000, CHUNK, 0)
  const [granted = 0] = play([{ budget: budgetOf(shared), every: 100, wants: 100 }], 5)
  expect(granted).toBeGreaterThan(1_800_000)
})

test('both limits hold, and what the shared one refuses is not taken from the own one', () => {
  const narrow = limitOf(100_000)
  const [first = 0] = play([{ budget: budgetOf(narrow, 1_000_000), every: 10, wants: 100 }], 5)
  expect(first).toBeLessThan(600_000)
  expect(first).toBeGreaterThan(450_000)
  const wide = limitOf(1_000_000)
  const [own = 0, other = 0] = play(
    [
      { budget: budgetOf(wide, 100_000), every: 10, wants: 100 },
      { budget: budgetOf(wide), every: 10, wants: 100 },
    ],
    5,
  )
  expect(own).toBeLessThan(600_000)
  expect(own).toBeGreaterThan(450_000)
  expect(other).toBeGreaterThan(4_000_000)
})

test('what will not come is given back to both', () => {
  const shared = limitOf(100_000)
  const budget = budgetOf(shared, 100_000)
  expect(budget.grant(1, CHUNK, 1000)).toBe(1)
  budget.refund(CHUNK)
  expect(budget.grant(1, CHUNK, 1000)).toBe(1)
  expect(budget.grant(2, CHUNK, 1000)).toBe(1)
  expect(budget.grant(1, CHUNK, 1000)).toBe(0)
})
