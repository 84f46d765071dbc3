import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bitfield } from '../../protocol/bitfield.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { beginsAtRandom } from './firstPiece.js'
import { FreeChunks } from './freeChunks.js'
import { Holdings } from './holdings.js'
import { Picker } from './picker.js'
import { NORMAL, pieceLevels, SKIPPED } from './priority.js'
import { Sequence, type Playhead } from './sequence.js'

const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
const setOf = (size: number, members: Iterable<number>): Bitfield => {
  const set = Bitfield.empty(size)
  for (const member of members) set.add(member)
  return set
}
const layoutOf = (sizes: readonly number[], perPiece: number): Layout =>
  new Layout({
    files: sizes.map((size, at) => ({ path: [String(at)], size: size * CHUNK_SIZE, rootHash: undefined })),
    pieceLength: perPiece * CHUNK_SIZE,
  })

/** The picker beside a plain model of what it must keep. */
class Pair {
  readonly picker: Picker
  readonly underWay = new Set<number>()
  readonly levels: number[]
  /** Pieces that have begun: any of their chunks was had, asked for or released since they were wanted. */
  readonly begun = new Set<number>()
  sequence: Sequence | undefined
  playhead: Playhead | undefined

  constructor(
    readonly layout: Layout,
    readonly had: Bitfield,
    readonly peers: readonly Holdings[],
    readonly seed: number,
  ) {
    this.picker = new Picker(layout, had, Bitfield.full(layout.chunkCount), seeded(seed))
    this.levels = range(layout.pieceCount).map(() => NORMAL)
    for (const one of peers) this.picker.copies.count(one)
    for (const piece of range(layout.pieceCount)) this.#open(piece)
  }

  chunksOf(piece: number): number[] {
    const { first, count } = this.layout.chunksOf(piece)
    return range(count).map((at) => first + at)
  }

  isFree(chunk: number): boolean {
    const isWanted = this.levels[this.layout.pieceOf(chunk)] !== SKIPPED
    return isWanted && !this.had.has(chunk) && !this.underWay.has(chunk)
  }

  setLevel(piece: number, level: number): void {
    const wasSkipped = this.levels[piece] === SKIPPED
    this.levels[piece] = level
    this.picker.setLevel(piece, level, (chunk) => this.isFree(chunk))
    if (wasSkipped && level !== SKIPPED) this.#open(piece)
  }

  setPlayhead(playhead: Playhead | undefined): void {
    this.playhead = playhead
    this.sequence = playhead && new Sequence(this.layout, playhead)
    this.picker.setPlayhead(playhead)
  }

  release(chunk: number): void {
    if (!this.underWay.delete(chunk)) return
    this.picker.release(chunk)
    if (this.isFree(chunk)) this.begun.add(this.layout.pieceOf(chunk))
  }

  pick(index: number, most: number): void {
    const holdings = this.#peer(index)
    const picking = { peer: String(index % this.peers.length), holdings, isAvoided: () => false }
    for (const chunk of this.picker.pick(picking, most)) {
      expect(this.isFree(chunk) && holdings.has(chunk)).toBe(true)
      this.#expectInOrder(this.layout.pieceOf(chunk), holdings)
      this.underWay.add(chunk)
      this.begun.add(this.layout.pieceOf(chunk))
    }
  }

  #expectInOrder(piece: number, holdings: Holdings): void {
    const others = range(this.layout.pieceCount).filter((other) => this.#canGive(other, holdings))
    const level = this.levels[piece] ?? 0
    expect(Math.max(...others.map((other) => this.levels[other] ?? 0))).toBe(level)
    if (this.begun.has(piece)) return
    const unbegun = others.filter((other) => this.levels[other] === level && !this.begun.has(other))
    if (this.sequence !== undefined) {
      const ranks = others
        .filter((other) => this.levels[other] === level)
        .filter((other) => !this.begun.has(other))
        .map((other) => this.sequence?.rankOf(other) ?? 0)
      expect(this.sequence.rankOf(piece)).toBe(Math.min(...ranks))
    } else {
      const copies = Math.min(...unbegun.map((other) => this.#copies(other)))
      if (!this.#isRandom(holdings, copies)) expect(this.#copies(piece)).toBe(copies)
    }
  }

  #isRandom(holdings: Holdings, copies: number): boolean {
    const { pieceCount, chunksPerPiece } = this.layout
    const offered = holdings.isComplete ? pieceCount : Math.ceil(holdings.chunks.count / chunksPerPiece)
    const hasPiece = range(pieceCount).some((piece) =>
      this.chunksOf(piece).every((chunk) => this.had.has(chunk)),
    )
    return beginsAtRandom({ hasPiece, offered, pieceCount, copies })
  }

  #canGive(piece: number, holdings: Holdings): boolean {
    return this.chunksOf(piece).some((chunk) => this.isFree(chunk) && holdings.has(chunk))
  }

  #copies(piece: number): number {
    const chunks = this.peers.reduce((sum, one) => sum + (one.isComplete ? 0 : one.inPiece(piece)), 0)
    return Math.floor(chunks / this.chunksOf(piece).length)
  }

  #peer(index: number): Holdings {
    return this.peers[index % this.peers.length] ?? Holdings.none(this.layout)
  }

  #open(piece: number): void {
    const free = this.chunksOf(piece).filter((chunk) => this.isFree(chunk)).length
    if (free > 0 && free < this.chunksOf(piece).length) this.begun.add(piece)
    else this.begun.delete(piece)
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pick' as const), at: fc.nat(3), most: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), at: fc.nat(59) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), at: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('level' as const), at: fc.nat(59), level: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rarest' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('play' as const), at: fc.nat(3), offset: fc.nat(400_000) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const play = (pair: Pair, one: Step): void => {
  const { layout, picker } = pair
  if (one.kind === 'pick') pair.pick(one.at, one.most)
  else if (one.kind === 'release') pair.release(one.at % layout.chunkCount)
  else if (one.kind === 'leave') picker.leave(String(one.at))
  else if (one.kind === 'level') pair.setLevel(one.at % layout.pieceCount, one.level)
  else if (one.kind === 'rarest') pair.setPlayhead(undefined)
  else pair.setPlayhead({ file: one.at % layout.fileCount, offset: one.offset })
}

test('C3 F3 whatever is wanted how much and in which order, nothing is handed out twice, unwanted or out of turn', () => {
  const scenario = fc.record({
    sizes: fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 4 }),
    perPiece: fc.constantFrom(1, 2, 4),
    have: fc.array(fc.nat(59), { maxLength: 10 }),
    peers: fc.array(fc.array(fc.nat(59), { maxLength: 60 }), { minLength: 1, maxLength: 4 }),
    steps: fc.array(step, { maxLength: 60 }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(scenario, ({ sizes, perPiece, have, peers, steps, seed }) => {
      const layout = layoutOf([...sizes, 3], perPiece)
      const { chunkCount } = layout
      const holdings = peers.map((list) =>
        Holdings.of(layout, list.length > 40 ? Bitfield.full(chunkCount) : setOf(chunkCount, list)),
      )
      const pair = new Pair(layout, setOf(chunkCount, have), holdings, seed)
      for (const one of steps) play(pair, one)
      holdings.forEach((_, index) => pair.pick(index, chunkCount))
      for (const chunk of range(chunkCount))
        expect(pair.isFree(chunk) && holdings.some((one) => one.has(chunk))).toBe(false)
      const free = range(chunkCount).filter((chunk) => pair.isFree(chunk))
      expect(pair.picker.free).toBe(free.length)
    }),
    { numRuns: 300 },
  )
})

test('in sequence the first and the last piece of a file come first, then the rest in order, file by file', () => {
  const layout = layoutOf([8, 0, 6], 2)
  const picker = new Picker(layout, Bitfield.empty(14), Bitfield.full(14), seeded(1))
  picker.setPlayhead({ file: 0, offset: 0 })
  const picking = { peer: 'a', holdings: Holdings.all(layout), isAvoided: () => false }
  expect(picker.pick(picking, 14)).toEqual([0, 1, 6, 7, 2, 3, 4, 5, 8, 9, 12, 13, 10, 11])
})

test('a playhead in the middle takes what follows it before what is before it', () => {
  const layout = layoutOf([8, 10], 2)
  const picker = new Picker(layout, Bitfield.empty(18), Bitfield.full(18), seeded(1))
  const picking = { peer: 'a', holdings: Holdings.all(layout), isAvoided: () => false }
  picker.setPlayhead({ file: 1, offset: 5 * CHUNK_SIZE })
  expect(picker.pick(picking, 10)).toEqual([8, 9, 16, 17, 12, 13, 14, 15, 0, 1])
  picker.setPlayhead({ file: 0, offset: 2 * CHUNK_SIZE })
  expect(picker.pick(picking, 4)).toEqual([6, 7, 2, 3])
})

test('a seek goes before what was begun elsewhere and left', () => {
  const layout = layoutOf([16], 4)
  const picker = new Picker(layout, Bitfield.empty(16), Bitfield.full(16), seeded(1))
  const picking = { peer: 'a', holdings: Holdings.all(layout), isAvoided: () => false }
  picker.setPlayhead({ file: 0, offset: 8 * CHUNK_SIZE })
  expect(picker.pick(picking, 9)).toEqual([0, 1, 2, 3, 12, 13, 14, 15, 8])
  picker.leave('a')
  picker.setPlayhead({ file: 0, offset: 4 * CHUNK_SIZE })
  expect(picker.pick({ ...picking, peer: 'b' }, 1)).toEqual([4])
  expect(picker.pick({ ...picking, peer: 'c' }, 1)).toEqual([9])
})

test('a seek does not wait for pieces that were begun by others: they are joined only when nothing else is left', () => {
  const layout = layoutOf([12], 4)
  const picker = new Picker(layout, Bitfield.empty(12), Bitfield.full(12), seeded(1))
  picker.setPlayhead({ file: 0, offset: 0 })
  const all = Holdings.all(layout)
  const pick = (peer: string, most: number) =>
    picker.pick({ peer, holdings: all, isAvoided: () => false }, most)
  expect(pick('a', 1)).toEqual([0])
  expect(pick('b', 1)).toEqual([8])
  expect(pick('c', 6)).toEqual([4, 5, 6, 7, 1, 2])
})

test('the level of a piece is that of the file in it that is wanted most', () => {
  const files = [10_000, 10_000, 50_000, 0, 40_000]
  const content = {
    files: files.map((size, at) => ({ path: [String(at)], size, rootHash: undefined })),
    pieceLength: 32_768,
  }
  const priorities = ['skip', 'low', 'high', 'high', 'skip'] as const
  expect([...pieceLevels(new Layout(content), priorities)]).toEqual([0, 1, 3, 3, 0, 0])
  const stream = files.map((size, file) => ({ file, size }))
  expect([...pieceLevels(new Layout({ ...content, stream }), priorities)]).toEqual([3, 3, 3, 0])
  expect([
    ...pieceLevels(new Layout({ ...content, stream }), ['low', 'skip', 'skip', 'skip', 'skip']),
  ]).toEqual([1, 0, 0, 0])
})

test('pieces of padding alone are wanted once every file is', () => {
  const files = [10, 10].map((size, at) => ({ path: [String(at)], size, rootHash: undefined }))
  const stream = [
    { file: 0, size: 10 },
    { file: undefined, size: 40_000 },
    { file: 1, size: 10 },
  ]
  const layout = new Layout({ files, pieceLength: CHUNK_SIZE, stream })
  expect([...pieceLevels(layout, ['high', 'low'])]).toEqual([3, 1, 1])
  expect([...pieceLevels(layout, ['high', 'skip'])]).toEqual([3, 0, 0])
})

test('the first piece is any of a peer that has many, and the rarest of a seeder, of one that shows few, and while copies are few', () => {
  const some = { hasPiece: false, offered: 20, pieceCount: 100, copies: 3 }
  expect(beginsAtRandom(some)).toBe(true)
  expect(beginsAtRandom({ ...some, hasPiece: true })).toBe(false)
  expect(beginsAtRandom({ ...some, offered: 100 })).toBe(false)
  expect(beginsAtRandom({ ...some, offered: 3 })).toBe(false)
  expect(beginsAtRandom({ ...some, copies: 2 })).toBe(false)
})

test('C4 a download that has nothing begins anywhere; from its first piece on it takes the rarest', () => {
  const layout = layoutOf([400], 1)
  const rare = 7
  const firsts = new Set<number | undefined>()
  for (let seed = 0; seed < 40; seed++) {
    const picker = new Picker(layout, Bitfield.empty(400), Bitfield.full(400), seeded(seed * 7919))
    const most = Holdings.of(layout, setOf(400, range(399)))
    const common = Holdings.of(
      layout,
      setOf(
        400,
        range(399).filter((piece) => piece !== rare),
      ),
    )
    for (const holdings of [most, most, most, common]) picker.copies.count(holdings)
    const picking = { peer: 'a', holdings: most, isAvoided: () => false }
    const [first = 0] = picker.pick(picking, 1)
    firsts.add(first)
    picker.complete(first)
    if (first !== rare) expect(picker.pick(picking, 1)).toEqual([rare])
  }
  expect(firsts.size).toBeGreaterThan(25)
})

test('in sequence a piece that becomes wanted, and one that was left, come where they stand', () => {
  const layout = layoutOf([12], 2)
  const wanted = setOf(
    12,
    range(12).filter((chunk) => chunk < 4 || chunk > 5),
  )
  const picker = new Picker(layout, Bitfield.empty(12), wanted, seeded(1))
  picker.setPlayhead({ file: 0, offset: 0 })
  const all = Holdings.all(layout)
  const pick = (peer: string, most: number) =>
    picker.pick({ peer, holdings: all, isAvoided: () => false }, most)
  expect(pick('a', 7)).toEqual([0, 1, 10, 11, 2, 3, 6])
  picker.setLevel(2, NORMAL, () => true)
  expect(pick('b', 2)).toEqual([4, 5])
  picker.release(4)
  picker.leave('b')
  expect(pick('c', 4)).toEqual([4, 8, 9, 7])
  for (const chunk of [9, 0, 1]) picker.release(chunk)
  picker.leave('a')
  expect(pick('d', 3)).toEqual([0, 1, 9])
})

test('what was asked for of a piece that is skipped since is free again only once the piece is wanted again', () => {
  const layout = layoutOf([4], 2)
  const picker = new Picker(layout, Bitfield.empty(4), Bitfield.full(4), seeded(1))
  const picking = { peer: 'a', holdings: Holdings.all(layout), isAvoided: () => false }
  const [asked = 0] = picker.pick(picking, 1)
  const piece = layout.pieceOf(asked)
  picker.setLevel(piece, SKIPPED, () => false)
  picker.release(asked)
  expect([picker.free, picker.isOpen(piece)]).toEqual([2, false])
  picker.setLevel(piece, 3, () => true)
  expect(picker.pick(picking, 2).map((chunk) => layout.pieceOf(chunk))).toEqual([piece, piece])
})

test('pieces that change their level are free at the new one alone', () => {
  const free = new FreeChunks(layoutOf([4], 2))
  for (const piece of [0, 1]) free.setLevel(piece, NORMAL)
  free.add(1, 0)
  expect([free.total, free.hasAt(NORMAL), free.isTop(1)]).toEqual([1, true, false])
  free.setLevel(0, 1)
  expect([free.total, free.hasAt(NORMAL), free.isTop(1)]).toEqual([1, false, true])
  free.setLevel(0, SKIPPED)
  expect([free.total, free.hasAt(1), free.has(1)]).toEqual([0, false, false])
})
