import { expect, test } from 'vitest'
import { BATCH_BLOCKS, nextBatch, piecesOf, type Ask } from './batch.js'

/** Asks for `count` blocks of `piece`, from its block `from` on. */
const ask = (piece: number, count: number, from = 0): Ask[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'request',
    piece,
    begin: (from + index) * 16_384,
    length: 16_384,
  }))

const hashAsk: Ask = {
  kind: 'hashRequest',
  piecesRoot: new Uint8Array(32),
  baseLayer: 0,
  index: 0,
  length: 2,
  proofLayers: 0,
}

const rowsOf = (asks: readonly Ask[], most = BATCH_BLOCKS): string =>
  piecesOf(nextBatch(asks, most))
    .map(({ piece, count }) => `${piece}x${count}`)
    .join(' ')

test('F6 a batch ends with a piece where more of it would not fit', () => {
  expect(rowsOf([...ask(1, 20), ...ask(2, 32), ...ask(3, 32)])).toBe('1x20 2x32')
  expect(rowsOf([...ask(1, 32), ...ask(2, 32), ...ask(3, 32)])).toBe('1x32 2x32')
})

test('F6 a batch is full where a piece alone is longer, and where little would be left of it', () => {
  expect(rowsOf(ask(1, 200))).toBe('1x64')
  expect(rowsOf([...ask(1, 5), ...ask(2, 64)])).toBe('1x5 2x59')
})

test('F6 what has not been asked for yet does not hold up what has', () => {
  expect(rowsOf(ask(1, 3))).toBe('1x3')
  expect(rowsOf([...ask(1, 32), ...ask(2, 32)])).toBe('1x32 2x32')
})

test('F6 a batch has no more than may leave now, and ends before hashes', () => {
  expect(rowsOf(ask(1, 64), 3)).toBe('1x3')
  expect(rowsOf([...ask(1, 30), hashAsk, ...ask(1, 30, 30)])).toBe('1x30')
  expect(nextBatch([hashAsk], BATCH_BLOCKS)).toEqual([])
})

test('F6 whoever asks for pieces in a row is sent whole pieces, wherever that began', () => {
  let queue = [...ask(0, 20, 12), ...Array.from({ length: 30 }, (_, piece) => ask(piece + 1, 32)).flat()]
  const rows: string[] = []
  while (queue.length > 0) {
    rows.push(rowsOf(queue))
    queue = queue.slice(nextBatch(queue, BATCH_BLOCKS).length)
  }
  expect(rows[0]).toBe('0x20 1x32')
  expect(rows.slice(1, -1)).toEqual(
    Array.from({ length: 14 }, (_, at) => `${2 * at + 2}x32 ${2 * at + 3}x32`),
  )
  expect(rows.at(-1)).toBe('30x32')
})
