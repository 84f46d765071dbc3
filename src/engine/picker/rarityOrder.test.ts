import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RarityOrder } from './rarityOrder.js'

const always = (value: number) => () => value
const orderOf = (pieces: readonly number[], random: () => number): RarityOrder => {
  const order = new RarityOrder(20, random)
  for (const piece of pieces) order.add(piece, 0)
  return order
}

test('F3 the rarest fitting piece is found, whatever copies and pieces came and went', () => {
  const change = fc.record({ piece: fc.nat(19), copies: fc.nat(6), isLeaving: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change), fc.double({ min: 0, max: 0.999, noNaN: true }), (changes, chance) => {
      const pieces = Array.from({ length: 18 }, (_, piece) => piece)
      const order = orderOf(pieces, always(chance))
      const copiesOf = new Map(pieces.map((piece) => [piece, 0]))
      for (const { piece, copies, isLeaving } of changes) {
        if (isLeaving) order.delete(piece)
        else if (order.has(piece)) order.place(piece, copies)
        else order.add(piece, copies)
        if (isLeaving) copiesOf.delete(piece)
        else copiesOf.set(piece, copies)
        const seen: number[] = []
        order.find((one) => seen.push(one) < 0)
        const there = [...copiesOf.keys()].sort((a, b) => a - b)
        expect([...seen].sort((a, b) => a - b)).toEqual(there)
        expect(seen.map((one) => copiesOf.get(one))).toEqual([...copiesOf.values()].sort((a, b) => a - b))
        expect(Array.from({ length: 20 }, (_, one) => one).filter((one) => order.has(one))).toEqual(there)
        expect(there.length > 0).toBe(there.includes(order.findAny(() => true) ?? -1))
      }
    }),
  )
})

test('C4 pieces of one rarity come in an order of chance', () => {
  let calls = 0
  const order = orderOf([0, 1, 2, 3], () => [0, 0, 0, 0.5][calls++] ?? 0)
  expect(order.find(() => true)).not.toBe(0)
})
