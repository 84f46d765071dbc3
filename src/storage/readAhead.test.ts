import { expect, it } from 'vitest'
import { BlockCache } from './blockCache.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { ReadAhead } from './readAhead.js'
import { Sample } from './sample.contract.js'
import { lengthOf } from './transfer.js'

const SAMPLE = new Sample(40 * CHUNK_SIZE)

const makeReader = (isOnDisk?: (chunk: number) => boolean) => {
  const reads: number[] = []
  const readInto = async (_file: number, buffers: readonly Uint8Array[]): Promise<void> => {
    reads.push(lengthOf(buffers) / CHUNK_SIZE)
  }
  return { reads, reader: new ReadAhead(SAMPLE.layout, new BlockCache(), readInto, isOnDisk) }
}

it('D1 chunks in order are read in runs, chunks out of the blue alone', async () => {
  const { reads, reader } = makeReader()
  for (let chunk = 0; chunk < 40; chunk++) await reader.read(chunk)
  expect(reads).toEqual([32, 8])
  const other = makeReader()
  for (const chunk of [5, 30, 9, 22]) await other.reader.read(chunk)
  expect(other.reads).toEqual([1, 1, 1, 1])
  await other.reader.read(23)
  expect(other.reads).toEqual([1, 1, 1, 1, 32])
})

it('D3 a run with a chunk that is not on disk is not kept, as that chunk would be wrong later', async () => {
  let isThere = false
  const { reads, reader } = makeReader((chunk) => chunk !== 7 || isThere)
  await reader.read(0)
  expect(reads).toEqual([1])
  isThere = true
  await reader.read(0)
  expect(reads).toEqual([1, 32])
  reader.forget(9)
  await reader.read(0)
  expect(reads).toEqual([1, 32, 32])
})

it('D1 a few chunks in a row are one read, and none where a run of them is kept', async () => {
  const { reads, reader } = makeReader()
  const buffers = (count: number): Uint8Array[] =>
    Array.from({ length: count }, () => new Uint8Array(CHUNK_SIZE))
  await reader.readRun(5, buffers(4))
  expect(reads).toEqual([4])
  await reader.readRun(9, buffers(4))
  await reader.readRun(13, buffers(4))
  expect(reads).toEqual([4, 32])
  await reader.readRun(20, buffers(8))
  await reader.readRun(30, buffers(4))
  expect(reads).toEqual([4, 32, 8, 4])
})
