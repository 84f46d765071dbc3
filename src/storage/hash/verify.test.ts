import { mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeBencode } from '../../protocol/bencode.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Metainfo } from '../../protocol/metainfo/content.js'
import { decodeMetainfo } from '../../protocol/metainfo/decode.js'
import { encodeMetainfo, type MetainfoFormat } from '../../protocol/metainfo/encode.js'
import { hashContent } from './hashContent.js'
import { sha1, sha256 } from './job.js'
import { verifyContent } from './verify.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shoal-verify-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const PIECE = 4 * CHUNK_SIZE
const bytes = (length: number, seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 13 + (index >> 9) + seed) & 0xff))

/** Pieces: a has 0 to 3, c has 4, d has 5 and 6; b is empty. */
const SIZES = { a: 3 * PIECE + 5, b: 0, 'c/c': 10, 'c/d': 2 * PIECE }

const share = async (format: MetainfoFormat): Promise<Metainfo> => {
  for (const [index, [path, size]] of Object.entries(SIZES).entries()) {
    await mkdir(dirname(join(dir, 'top', path)), { recursive: true })
    await writeFile(join(dir, 'top', path), bytes(size, index))
  }
  const content = await hashContent(join(dir, 'top'), { pieceLength: PIECE, format })
  return encodeMetainfo(content, { sha1, sha256 }, { format }).metainfo
}

const flip = async (path: string, offset: number): Promise<void> => {
  const file = await open(join(dir, path), 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, offset)
  await file.write(Uint8Array.of((buffer[0] ?? 0) ^ 1), 0, 1, offset)
  await file.close()
}

const formats: MetainfoFormat[] = ['hybrid', 'v1', 'v2']

test.each(formats)('D3 data that is whole is found whole: %s', async (format) => {
  const metainfo = await share(format)
  const progress: number[] = []
  const report = await verifyContent(metainfo, dir, { onProgress: (done) => progress.push(done) })
  expect(report).toMatchObject({ isComplete: true, pieceCount: 7, badPieces: [] })
  expect(report.files.map(({ state }) => state)).toEqual(['complete', 'complete', 'complete', 'complete'])
  expect(report.chunks?.isFull).toBe(format === 'v1' ? undefined : true)
  expect(progress.length).toBeGreaterThan(0)
})

test.each(formats)(
  'D3 every flipped bit is found, in the piece and file that hold it: %s',
  async (format) => {
    const metainfo = await share(format)
    await flip('top/a', PIECE + 7)
    await flip('top/c/d', 2 * PIECE - 1)
    const report = await verifyContent(metainfo, dir)
    expect(report).toMatchObject({ isComplete: false, badPieces: [1, 6] })
    expect(report.files.map(({ state }) => state)).toEqual(['corrupt', 'complete', 'complete', 'corrupt'])
    expect(report.files[0]?.badPieces).toEqual([1])
    if (format === 'v1') return
    expect([...(report.chunks ?? [])]).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
  },
)

test.each(formats)('D3 files that are missing, too short or too long are named: %s', async (format) => {
  const metainfo = await share(format)
  await truncate(join(dir, 'top/a'), 2 * PIECE + 1)
  await rm(join(dir, 'top/b'))
  await rm(join(dir, 'top/c/c'))
  await mkdir(join(dir, 'top/c/c'))
  await writeFile(join(dir, 'top/c/d'), 'more', { flag: 'a' })
  const report = await verifyContent(metainfo, dir)
  expect(report.isComplete).toBe(false)
  expect(report.badPieces).toEqual([2, 3, 4])
  expect(report.files.map(({ state }) => state)).toEqual(['wrong-size', 'missing', 'missing', 'wrong-size'])
  expect(report.files.map(({ actualSize }) => actualSize)).toEqual([
    2 * PIECE + 1,
    undefined,
    undefined,
    2 * PIECE + 4,
  ])
})

test('a folder that holds nothing of it has all pieces bad', async () => {
  const metainfo = await share('hybrid')
  const report = await verifyContent(metainfo, join(dir, 'elsewhere'))
  expect(report).toMatchObject({ isComplete: false, badPieces: [0, 1, 2, 3, 4, 5, 6] })
  expect(report.chunks?.count).toBe(0)
})

test('BEP 3: pieces of v1 alone run across files, and a bad one is told of each file in it', async () => {
  await mkdir(join(dir, 'n'))
  const parts = [bytes(20_000, 1), bytes(3, 2), bytes(50_000, 3)]
  for (const [index, part] of parts.entries()) await writeFile(join(dir, 'n', `${index}`), part)
  const whole = Buffer.concat(parts)
  const length = 30_000
  const pieces = Buffer.concat(
    [0, 1, 2].map((index) => sha1(whole.subarray(index * length, (index + 1) * length))),
  )
  const files = parts.map((part, index) => ({ length: part.length, path: [`${index}`] }))
  const info = { name: 'n', 'piece length': length, files, pieces }
  const metainfo = decodeMetainfo(encodeBencode({ info }), { sha1, sha256 })
  expect((await verifyContent(metainfo, dir)).isComplete).toBe(true)
  await flip('n/1', 0)
  const report = await verifyContent(metainfo, dir)
  expect(report.badPieces).toEqual([0])
  expect(report.files.map(({ state }) => state)).toEqual(['corrupt', 'corrupt', 'corrupt'])
  expect(report.chunks).toBeUndefined()
})

test('a single file stands in the folder by the torrent’s name', async () => {
  await writeFile(join(dir, 'file'), bytes(100_000, 5))
  const content = await hashContent(join(dir, 'file'))
  const { metainfo } = encodeMetainfo(content, { sha1, sha256 })
  expect((await verifyContent(metainfo, dir)).isComplete).toBe(true)
  await flip('file', 99_999)
  expect((await verifyContent(metainfo, dir)).badPieces).toEqual([6])
})
