import { afterAll, describe, expect, test } from 'vitest'
import { ShoalError } from '../../src/protocol/errors.js'
import { MemoryWatch, runInputs, runOne, TIME_LIMIT, type Finding } from './check.js'
import { Random } from './random.js'
import { regressions } from './regressions.js'
import { inputOf, nothing, shoalErrors, type Target } from './target.js'
import { targets } from './targets.js'
import { removeFiles } from './targets/files.js'

afterAll(removeFiles)

/** Inputs of one target for each unit of its weight: two seconds for all. */
const SHARE = 3

/** As `npm run fuzz -- --seed 1` begins. */
const SEED = 1

describe('random and mutated inputs', () => {
  test.each(targets)('$name decodes them, or ends in its documented error', async (target) => {
    const result = await runInputs(target, SEED, { from: 0, to: SHARE * target.weight })
    expect(result).not.toHaveProperty('what')
  })

  test.each(targets)('$name takes its seeds', async (target) => {
    for (const seed of target.seeds) expect(await runOne(target, seed)).toBeUndefined()
  })
})

test.each(regressions)('$target: $was', async ({ target, hex }) => {
  const found = targets.find(({ name }) => name === target)
  expect(found && (await runOne(found, Buffer.from(hex, 'hex')))).toBeUndefined()
})

test('targets have names of their own', () => {
  expect(new Set(targets.map(({ name }) => name)).size).toBe(targets.length)
})

test('one seed gives one input, and another seed another', () => {
  for (const target of targets) {
    const inputs = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => inputOf(target, seed))
    expect(inputs).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => inputOf(target, seed)))
    expect(new Set(inputs.map((input) => Buffer.from(input).toString('hex'))).size).toBeGreaterThan(4)
  }
})

const planted = (run: Target['run'], isDocumented: Target['isDocumented'] = nothing): Target => ({
  name: 'planted',
  seeds: [Uint8Array.of(1, 2, 3, 4)],
  weight: 1,
  isDocumented,
  run,
})

const findingOf = async (target: Target): Promise<Finding> => {
  const result = await runInputs(target, SEED, { from: 0, to: 2000 })
  if (!('what' in result)) throw new Error('nothing was found')
  return result
}

describe('a planted defect is found', () => {
  test('an error that is not the documented one, with what makes it again', async () => {
    const refuse = (input: Uint8Array): void => {
      if (input[0] === 1) throw new ShoalError('BENCODE_INVALID', 'documented')
      if (input.length > 6) throw new RangeError('planted')
    }
    const target = planted(refuse, shoalErrors('BENCODE_INVALID'))
    const { what, input, inputSeed } = await findingOf(target)
    expect(what).toContain('RangeError: planted')
    expect(inputOf(target, inputSeed ?? 0)).toEqual(input)
  })

  test('a promise that rejects', async () => {
    const target = planted(async (input) => {
      if (input.length > 6) throw new RangeError('planted')
    })
    expect((await findingOf(target)).what).toContain('RangeError: planted')
  })

  test('an input that takes too long each time, and not one that did once', async () => {
    const wait = (input: Uint8Array): void => {
      const start = process.cpuUsage()
      const most = input.length > 6 ? (TIME_LIMIT + 10) * 1000 : 0
      const spent = (): number => {
        const { user, system } = process.cpuUsage(start)
        return user + system
      }
      while (spent() < most);
    }
    expect((await findingOf(planted(wait))).what).toMatch(/^takes \d+ ms/)
    let isFirst = true
    const pause = (): void => {
      if (isFirst) wait(new Uint8Array(7))
      isFirst = false
    }
    expect(await runInputs(planted(pause), SEED, { from: 0, to: 50 })).toHaveProperty('inputs', 50)
  })

  test('a result that depends on what came before, and an input that is written to', async () => {
    let calls = 0
    expect((await findingOf(planted(() => calls++))).what).toMatch(/another result/)
    expect((await findingOf(planted((input) => input.reverse().length))).what).toMatch(/changes its input/)
  })

  test('memory that grows', () => {
    const held: Uint8Array[] = []
    const watch = new MemoryWatch()
    expect(watch.check()).toBeUndefined()
    held.push(new Uint8Array(10 * 1024 * 1024))
    expect(watch.check()).toMatch(/^holds \d+ bytes more/)
    expect(held).toHaveLength(1)
  })
})

test('numbers below a bound are all of them, and none beyond', () => {
  const random = new Random(1)
  const seen = new Set(Array.from({ length: 1000 }, () => random.below(10)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(random.below(0)).toBe(0)
})
