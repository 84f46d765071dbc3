import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RarityOrder } from './rarityOrder.js'

const always = (value: number) => () => value

test('F3 the rarest fitting piece is found, whatever copies came and went and pieces left', () => {
  const change = fc.record({ piece: fc.nat(19), copies: fc.nat(6), isLeaving: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change), fc.double({ min: 0, max: 0.999, noNaN: true }), (changes, chance) => {
      const pieces = Array.from({ length: 18 }, (_, piece) => piece)
      const order = new RarityOrder(pieces, 20, always(chance))
      const copiesOf = new Map(pieces.map((piece) => [piece, 0]))
      for (const { piece, copies, isLeaving } of changes) {
        if (isLeaving) order.delete(piece)
        else order.place(piece, copies)
        if (isLeaving) copiesOf.delete(piece)
        else if (copiesOf.has(piece)) copiesOf.set(piece, copies)
        const seen: number[] = []
        order.find((one) => seen.push(one) < 0)
        expect([...seen].sort((a, b) => a - b)).toEqual([...copiesOf.keys()])
        expect(seen.map((one) => copiesOf.get(one))).toEqual([...copiesOf.values()].sort((a, b) => a - b))
        expect(pieces.filter((one) => order.has(one))).toEqual([...copiesOf.keys()])
      }
    }),
  )
})

test('C4 pieces of one rarity come in an order of chance', () => {
  let calls = 0
  const order = new RarityOrder([0, 1, 2, 3], 4, () => [0, 0, 0, 0.5][calls++] ?? 0)
  expect(order.find(() => true)).not.toBe(0)
})
