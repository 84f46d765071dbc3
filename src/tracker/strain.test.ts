import { afterEach, expect, test } from 'vitest'
import { Strain, type StrainOptions } from './strain.js'

let strain: Strain | undefined
afterEach(() => strain?.stop())

const watch = (options: Partial<StrainOptions> = {}) => {
  let now = 0
  const made = new Strain({ maxMemory: undefined, now: () => now, ...options })
  strain = made
  return {
    strain: made,
    lookAfter: (milliseconds: number): void => {
      now += milliseconds
      made.look()
    },
  }
}

test('a process is overloaded while its timer is late again and again, and no longer when it is in time once', () => {
  const { strain, lookAfter } = watch()
  lookAfter(100)
  lookAfter(900)
  expect(strain.isOverloaded).toBe(false)
  lookAfter(900)
  expect(strain.isOverloaded).toBe(true)
  expect(strain.delay).toBe(800)
  lookAfter(110)
  expect(strain.isOverloaded).toBe(false)
})

test('memory is full while more is in use than may be', () => {
  let used = 100
  const { strain, lookAfter } = watch({ maxMemory: 100, memory: () => used })
  const lookTenTimes = (): void => {
    for (let look = 0; look < 10; look++) lookAfter(100)
  }
  lookTenTimes()
  expect(strain.isMemoryFull).toBe(false)
  used = 101
  lookTenTimes()
  expect(strain.isMemoryFull).toBe(true)
  used = 99
  lookTenTimes()
  expect(strain.isMemoryFull).toBe(false)
})
