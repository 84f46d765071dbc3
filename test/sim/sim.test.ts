import { describe, expect, test } from 'vitest'
import { run, type RunOptions } from './run.js'

/** 16 MiB, uplinks of 20 Mbit/s. */
const options: RunOptions = {
  scenario: 'flash',
  seed: 1,
  peers: 16,
  pieces: 512,
  chunksPerPiece: 2,
  uplink: 2_500_000,
  downlink: 125_000_000,
  latency: 10,
  newsDelay: 0,
}

test.each([4, 8, 16])('F3 %i leechers who arrive at once finish near the bound', (peers) => {
  const report = run({ ...options, peers })
  expect(report.ratio).toBeLessThan(1.15)
  expect(report.duplicates).toBeLessThan(0.01)
  expect(report.seederCopies).toBeLessThan(1.15)
  expect(report.fairness).toBeGreaterThan(0.95)
})

test('F3 a crowd much larger than the seeder has slots for finishes near the bound', () => {
  const report = run({ ...options, peers: 50, pieces: 256, chunksPerPiece: 2, uplink: 250_000 })
  expect(report.ratio).toBeLessThan(1.3)
  expect(report.duplicates).toBeLessThan(0.01)
})

test('one seed is one run', () => {
  const small = { ...options, peers: 6, pieces: 64 }
  expect(run(small)).toEqual(run(small))
  expect(run({ ...small, seed: 2 })).not.toEqual(run(small))
})

/** The most that each may take, as a multiple of the bound of undisturbed peers. */
const BOUNDS = {
  churn: 2,
  'free-riders': 1.7,
  liars: 1.2,
  'slow-seeders': 1.7,
  partition: 1.6,
  'last-seeder': 1.2,
}
/** Runs that once found a fault: by scenario, seeds. */
const FOUND: Readonly<Record<string, readonly number[]>> = {
  // The endgame asked for chunks that had come; a super seeder waited for ever for tidings that redundant `have`s bring.
  'free-riders': [1, 3],
  // A piece offered to one that had begun it elsewhere was kept from all others.
  'slow-seeders': [1, 2],
}

describe.each(Object.entries(BOUNDS))('%s', (scenario, bound) => {
  test.each(FOUND[scenario] ?? [1, 2])(`C5 F3 everyone finishes, seed %i`, (seed) => {
    const report = run({ ...options, scenario, seed, peers: 12 })
    expect(report.isComplete).toBe(true)
    expect(report.ratio).toBeLessThan(bound)
    expect(report.duplicates).toBeLessThan(0.02)
  })
})
