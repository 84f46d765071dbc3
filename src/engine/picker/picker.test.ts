import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bitfield } from '../../protocol/bitfield.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { Holdings } from './holdings.js'
import { Picker } from './picker.js'

const layoutOf = (chunks: number, perPiece: number): Layout =>
  new Layout({
    files: [{ path: ['a'], size: chunks * CHUNK_SIZE, rootHash: undefined }],
    pieceLength: perPiece * CHUNK_SIZE,
  })
const setOf = (size: number, members: Iterable<number>): Bitfield => {
  const set = Bitfield.empty(size)
  for (const member of members) set.add(member)
  return set
}
/** A reproducible source of randomness. */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const picking = (peer: string, holdings: Holdings) => ({ peer, holdings, isAvoided: () => false })

test('C4 F3 the rarest piece is begun first', () => {
  const layout = layoutOf(40, 4)
  const picker = new Picker(layout, Bitfield.empty(40), Bitfield.full(40), seeded(1))
  const seeder = Holdings.all(layout)
  picker.copies.count(seeder)
  for (let other = 0; other < 3; other++)
    picker.copies.count(
      Holdings.of(
        layout,
        setOf(
          40,
          Array.from({ length: 36 }, (_, at) => at),
        ),
      ),
    )
  expect(picker.pick(picking('s', seeder), 4)).toEqual([36, 37, 38, 39])
})

test('C4 two leechers of one seeder begin with different pieces, nearly always', () => {
  const layout = layoutOf(400, 4)
  const first = (seed: number) => {
    const picker = new Picker(layout, Bitfield.empty(400), Bitfield.full(400), seeded(seed))
    picker.copies.count(Holdings.all(layout))
    return picker.pick(picking('s', Holdings.all(layout)), 1)[0]
  }
  const begun = new Set(Array.from({ length: 40 }, (_, seed) => first(seed * 7919)))
  expect(begun.size).toBeGreaterThan(25)
})

test('two peers work on pieces of their own; a third finishes what one that left had begun', () => {
  const layout = layoutOf(12, 4)
  const picker = new Picker(layout, Bitfield.empty(12), Bitfield.full(12), seeded(3))
  const all = Holdings.all(layout)
  const piecesOf = (chunks: number[]) => new Set(chunks.map((chunk) => layout.pieceOf(chunk)))
  const [a] = piecesOf(picker.pick(picking('a', all), 2))
  const [b] = piecesOf(picker.pick(picking('b', all), 2))
  expect(a).not.toBe(b)
  picker.leave('a')
  expect(piecesOf(picker.pick(picking('c', all), 2))).toEqual(new Set([a]))
})

test('a piece left to one peer alone is free for the next when that one leaves it', () => {
  const layout = layoutOf(4, 4)
  const picker = new Picker(layout, Bitfield.empty(4), Bitfield.full(4), seeded(3))
  const all = Holdings.all(layout)
  expect(picker.pick(picking('a', all), 2)).toEqual([0, 1])
  picker.makeExclusive(0)
  expect(picker.pick(picking('b', all), 1)).toEqual([2])
  expect(picker.pick(picking('c', all), 1)).toEqual([])
  picker.leave('b')
  expect(picker.pick(picking('c', all), 1)).toEqual([3])
})

test('C3 no chunk is handed out twice, none is forgotten, and only what a peer has and what is wanted', () => {
  const scenario = fc.record({
    chunks: fc.integer({ min: 1, max: 60 }),
    perPiece: fc.constantFrom(1, 2, 8),
    have: fc.array(fc.nat(59)),
    unwanted: fc.array(fc.nat(59)),
    peers: fc.array(fc.array(fc.nat(59)), { minLength: 1, maxLength: 4 }),
    steps: fc.array(fc.tuple(fc.nat(3), fc.nat(9), fc.constantFrom('pick', 'release', 'leave')), {
      maxLength: 80,
    }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(scenario, ({ chunks, perPiece, have, unwanted, peers, steps, seed }) => {
      const layout = layoutOf(chunks, perPiece)
      const had = setOf(chunks, have)
      const wanted = Bitfield.full(chunks)
      for (const chunk of unwanted) wanted.delete(chunk)
      const picker = new Picker(layout, had, wanted, seeded(seed))
      const holdings = peers.map((list) => Holdings.of(layout, setOf(chunks, list)))
      for (const one of holdings) picker.copies.count(one)
      const taken = new Set<number>()
      const pick = (index: number, most: number): void => {
        const own = holdings[index % holdings.length] ?? Holdings.none(layout)
        for (const chunk of picker.pick(picking(String(index % holdings.length), own), most)) {
          expect(taken.has(chunk)).toBe(false)
          expect(own.has(chunk) && wanted.has(chunk) && !had.has(chunk)).toBe(true)
          taken.add(chunk)
        }
      }
      for (const [peer, amount, step] of steps) {
        if (step === 'pick') pick(peer, amount)
        else if (step === 'leave') picker.leave(String(peer))
        else
          for (const chunk of [...taken].slice(0, amount)) {
            taken.delete(chunk)
            picker.release(chunk)
          }
      }
      holdings.forEach((_, index) => pick(index, chunks))
      for (let chunk = 0; chunk < chunks; chunk++) {
        const isReachable = holdings.some((own) => own.has(chunk)) && wanted.has(chunk) && !had.has(chunk)
        expect(taken.has(chunk)).toBe(isReachable)
      }
    }),
  )
})

test('BEP 19: who is best asked for pieces in a row gets rows of 4 MiB, the one with the rarest piece first', () => {
  const layout = layoutOf(1024, 16)
  const picker = new Picker(layout, Bitfield.empty(1024), Bitfield.full(1024), seeded(5))
  const all = Holdings.all(layout)
  picker.copies.count(all)
  const others = Array.from({ length: 1024 }, (_, chunk) => chunk).filter(
    (chunk) => layout.pieceOf(chunk) !== 37,
  )
  picker.copies.count(Holdings.of(layout, setOf(1024, others)))
  const rows: number[][] = []
  for (let after = -1; ;) {
    const picked = picker.pick({ ...picking('web', all), after }, 64)
    if (picked.length === 0) break
    rows.push(picked)
    after = layout.pieceOf(picked.at(-1) ?? 0)
  }
  const row = Array.from({ length: 256 }, (_, index) => 512 + index)
  expect(rows.slice(0, 4).flat()).toEqual(row)
  const starts = rows.flat().filter((chunk, index, chunks) => chunk !== (chunks[index - 1] ?? -9) + 1)
  expect(starts.length).toBeLessThanOrEqual(4)
  expect(rows.flat().sort((one, other) => one - other)).toEqual(
    Array.from({ length: 1024 }, (_, chunk) => chunk),
  )
})
