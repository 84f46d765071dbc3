import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bitfield } from './bitfield.js'

test('a bitfield agrees with a set of numbers', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300 }),
      fc.array(fc.tuple(fc.boolean(), fc.nat(310))),
      (size, steps) => {
        const bits = Bitfield.empty(size)
        const model = new Set<number>()
        for (const [add, index] of steps) {
          if (add) expect(bits.add(index)).toBe(index < size && !model.has(index))
          else expect(bits.delete(index)).toBe(model.has(index))
          if (!add) model.delete(index)
          else if (index < size) model.add(index)
        }
        expect([...bits]).toEqual([...model].sort((a, b) => a - b))
        expect(bits.count).toBe(model.size)
        expect(bits.isFull).toBe(model.size === size)
        expect([...(Bitfield.from(bits.bytes, size) ?? [])]).toEqual([...bits])
      },
    ),
  )
})

test('runs are added and counted as one by one, wherever bytes begin and end', () => {
  const run = fc.tuple(fc.nat(310), fc.nat(60))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.array(run), run, (size, runs, [from, counted]) => {
      const [bits, model] = [Bitfield.empty(size), Bitfield.empty(size)]
      for (const [first, count] of runs) {
        let added = 0
        for (let index = first; index < first + count; index++) if (model.add(index)) added++
        expect(bits.addRun(first, count)).toBe(added)
      }
      expect(bits.bytes).toEqual(model.bytes)
      expect(bits.count).toBe(model.count)
      const members = [...model].filter((index) => index >= from && index < from + counted)
      expect(bits.countIn(from, counted)).toBe(members.length)
    }),
  )
})

test('index 0 is the highest bit and spare bits are cleared (BEP 3)', () => {
  expect(Bitfield.full(10).bytes).toEqual(Uint8Array.of(0xff, 0xc0))
  expect(Bitfield.from(Uint8Array.of(0x80, 0xff), 10)?.count).toBe(3)
  expect(Bitfield.from(Uint8Array.of(0x80), 10)).toBeUndefined()
})

test('D3 no index outside its size is in a bitfield, however large: none wraps to another', () => {
  expect([Bitfield.full(10).count, Bitfield.full(10).copy().count, Bitfield.empty(10).count]).toEqual([
    10, 10, 0,
  ])
  expect([Bitfield.full(10).countIn(8, 5), Bitfield.full(10).countIn(12, 5)]).toEqual([2, 0])
  const full = Bitfield.full(7)
  for (const index of [-1, 7, 2 ** 32, 2 ** 32 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    expect(full.has(index)).toBe(false)
  }
  expect(full.has(6)).toBe(true)
})
