import { expect, test } from 'vitest'
import { betterWayAfter, WaySearch } from './waySearch.js'

test('F5 a punch begins when a direct connection does not stand soon, a relay when the punch does not', () => {
  const search = new WaySearch(true, 1_000)
  expect(search.next(1_000)).toEqual([])
  expect(search.dueAt).toBe(1_250)
  expect(search.next(1_249)).toEqual([])
  expect(search.next(1_250)).toEqual(['punched'])
  expect(search.dueAt).toBe(2_250)
  expect(search.next(2_249)).toEqual([])
  expect(search.next(2_250)).toEqual(['relayed'])
  expect(search.dueAt).toBeUndefined()
  expect(search.next(9_999)).toEqual([])
})

test('F5 what fails is followed at once', () => {
  const search = new WaySearch(true, 0)
  search.fail('direct')
  expect(search.next(1)).toEqual(['punched'])
  expect(search.next(2)).toEqual([])
  search.fail('punched')
  expect(search.next(3)).toEqual(['relayed'])
  expect(search.isOver).toBe(false)
  search.fail('relayed')
  expect(search.isOver).toBe(true)
})

test('F5 who cannot be introduced is dialled and no more', () => {
  const alone = new WaySearch(false, 0)
  expect(alone.dueAt).toBeUndefined()
  expect(alone.next(10_000)).toEqual([])
  alone.fail('direct')
  expect(alone.isOver).toBe(true)

  const absent = new WaySearch(true, 0)
  expect(absent.next(250)).toEqual(['punched'])
  absent.failIntroduction()
  expect(absent.next(5_000)).toEqual([])
  expect(absent.isOver).toBe(false)
  absent.fail('direct')
  expect(absent.isOver).toBe(true)
})

test('F5 a better way than a relay is looked for again and again, ever more seldom', () => {
  expect([0, 1, 2].map(betterWayAfter)).toEqual([15_000, 30_000, 60_000])
  expect(betterWayAfter(20)).toBe(600_000)
})
