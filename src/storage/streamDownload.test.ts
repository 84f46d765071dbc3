import { cp, mkdir, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Bitfield } from '../protocol/bitfield.js'
import { codeFrom, makeFolder, openDownload } from './sample.contract.js'
import { SeedFiles } from './seedFiles.js'
import { StreamSample } from './streamSample.contract.js'
import type { DownloadFiles, DownloadOptions } from './downloadFiles.js'

/** Empty files, single bytes, several in one chunk, padding, one over many pieces. */
const SIZES = {
  'a/empty': 0,
  'a/one': 1,
  'a/two': 2,
  b: 150_000,
  pad1: 30_001,
  'c/d/small': 100,
  'c/d/empty': 0,
  'c/e': 40_000,
  pad2: 3,
  'last/of/all': 70_007,
}
const PIECE_LENGTHS = [1024, 16_384, 20_000, 49_152, 65_536, 1_048_576]
const samples = PIECE_LENGTHS.map((length) => [length, new StreamSample(SIZES, length)] as const)

const SAMPLE = new StreamSample(SIZES, 20_000)
const indexOf = (path: string): number =>
  SAMPLE.content.files.findIndex((file) => file.path.join('/') === path)

const wantedFor = (sample: StreamSample, files: readonly number[]): Partial<DownloadOptions> => {
  const wanted = Bitfield.empty(sample.layout.chunkCount)
  for (const file of files) {
    const { first, count } = sample.layout.piecesOfFile(file)
    for (let piece = first; piece < first + count; piece++)
      for (const chunk of sample.chunksOf(piece)) wanted.add(chunk)
  }
  return { wanted, selected: new Set(files) }
}

const chunksOfPieces = (pieces: readonly number[]): number[] =>
  pieces.flatMap((piece) => SAMPLE.chunksOf(piece))

describe('BEP 3: a download of pieces that run across files', () => {
  it.each(samples)(
    'of %i bytes ends as the files, read back chunk by chunk and seeded',
    async (_, sample) => {
      const folder = await makeFolder()
      const { files } = await openDownload(sample.options(folder))
      sample.fill(files, [...Array(sample.layout.pieceCount).keys()].reverse())
      for (const chunk of sample.all) expect(sample.data(chunk).equals(await files.read(chunk))).toBe(true)
      const path = await files.finish()
      for (const [index, file] of sample.content.files.entries())
        expect(sample.file(index).equals(await readFile(join(path, ...file.path)))).toBe(true)
      const paths = await readdir(path, { recursive: true })
      expect(paths.sort()).toEqual(
        ['a', 'a/empty', 'a/one', 'a/two', 'b', 'c', 'c/d', 'c/d/empty', 'c/d/small', 'c/e']
          .concat(['last', 'last/of', 'last/of/all'])
          .sort(),
      )
      const seed = await SeedFiles.open(sample.content, sample.layout, path)
      for (const chunk of sample.all) {
        expect(sample.data(chunk).equals(await files.read(chunk))).toBe(true)
        expect(sample.data(chunk).equals(await seed.read(chunk)), `chunk ${chunk}`).toBe(true)
      }
      await seed.close()
    },
  )

  it('takes the SHA-1 of pieces in memory, on disk and in both', async () => {
    const folder = await makeFolder()
    const { files } = await openDownload(SAMPLE.options(folder))
    for (const chunk of SAMPLE.all) if (chunk % 3 > 0) files.write(chunk, SAMPLE.data(chunk))
    await files.flush()
    for (const chunk of SAMPLE.all) if (chunk % 3 === 0) files.write(chunk, SAMPLE.data(chunk))
    for (let piece = 0; piece < SAMPLE.layout.pieceCount; piece++)
      expect(Buffer.from(await files.hashPiece(piece))).toEqual(Buffer.from(SAMPLE.hash(piece)))
    await files.flush()
    for (let piece = 0; piece < SAMPLE.layout.pieceCount; piece++)
      expect(Buffer.from(await files.hashPiece(piece))).toEqual(Buffer.from(SAMPLE.hash(piece)))
  })

  it('hashes what was written last, not what was discarded', async () => {
    const folder = await makeFolder()
    const { files } = await openDownload(SAMPLE.options(folder))
    const chunks = SAMPLE.chunksOf(1)
    for (const chunk of chunks) files.write(chunk, SAMPLE.data(chunk).fill(7))
    await files.flush()
    expect(Buffer.from(await files.hashPiece(1))).not.toEqual(Buffer.from(SAMPLE.hash(1)))
    for (const chunk of chunks) files.discard(chunk)
    expect(await codeFrom(() => files.hashPiece(1))).toBe('DISK_FAILED')
    for (const chunk of chunks) files.write(chunk, SAMPLE.data(chunk))
    expect(Buffer.from(await files.hashPiece(1))).toEqual(Buffer.from(SAMPLE.hash(1)))
  })

  it('of some files leaves no others, nor folders for them, though they share pieces', async () => {
    const folder = await makeFolder()
    const kept = [indexOf('b'), indexOf('c/d/empty')]
    const more = wantedFor(SAMPLE, kept)
    const { files } = await openDownload(SAMPLE.options(folder, more))
    expect(files.keepsAll).toBe(false)
    for (const chunk of more.wanted ?? []) {
      expect(files.write(chunk, SAMPLE.data(chunk))).toBe(true)
      files.confirm(chunk, 1, undefined)
    }
    await files.flush()
    expect(await readdir(join(folder, 'out/sample.part'))).toContain('a')
    const path = await files.finish()
    expect((await readdir(path, { recursive: true })).sort()).toEqual(['b', 'c', 'c/d', 'c/d/empty'])
    expect(SAMPLE.file(indexOf('b')).equals(await readFile(join(path, 'b')))).toBe(true)
  })

  it('that is small enough is whole by its neighbours, and still leaves only what was selected', async () => {
    const folder = await makeFolder()
    const sample = new StreamSample({ a: 10, b: 20 }, 16_384)
    const { files } = await openDownload(sample.options(folder, wantedFor(sample, [1])))
    sample.fill(files)
    expect(files.keepsAll).toBe(false)
    expect(await readdir(await files.finish())).toEqual(['b'])
  })
})

const MIB = 1024 * 1024

describe.each([
  ['hashed on this thread', 6 * MIB],
  ['hashed on the disk thread', 33 * MIB],
])('BEP 3: a piece of three blocks, %s', (_, size) => {
  const PIECE = 1
  let sample: StreamSample
  let blocks: number[][]
  beforeAll(() => {
    sample = new StreamSample({ a: size }, 3 * MIB)
    const chunks = sample.chunksOf(PIECE)
    blocks = [0, 64, 128].map((first) => chunks.slice(first, first + 64))
  })

  const start = async (of = sample): Promise<{ files: DownloadFiles; path: string }> => {
    const folder = await makeFolder()
    const { files } = await openDownload(of.options(folder))
    return { files, path: join(folder, 'out', 'sample.part', 'a') }
  }
  const write = (files: DownloadFiles, chunks: readonly number[], of = sample): void => {
    for (const chunk of chunks) expect(files.write(chunk, of.data(chunk), true)).toBe(true)
  }
  const writeWrong = (files: DownloadFiles, chunk: number): void =>
    void files.write(chunk, sample.data(chunk).fill(255), true)
  const digest = async (files: DownloadFiles): Promise<Buffer> => Buffer.from(await files.hashPiece(PIECE))
  const rightOf = (of: StreamSample): Buffer => Buffer.from(of.hash(PIECE))

  /** Changes what is on disk of the piece, so that it shows whether it is read back. */
  const spoil = async (path: string): Promise<void> => {
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(1000, 255), 0, 1000, PIECE * 3 * MIB)
    await file.close()
  }

  it('that comes in order is hashed as it is written, and told once', async () => {
    const { files, path } = await start()
    write(files, blocks.flat())
    await files.flush()
    await spoil(path)
    expect(await digest(files)).toEqual(rightOf(sample))
    expect(await digest(files)).not.toEqual(rightOf(sample))
  })

  it('whose last blocks are still on their way is waited for', async () => {
    const { files, path } = await start()
    write(files, blocks[0] ?? [])
    await files.flush()
    await spoil(path)
    write(files, blocks.slice(1).flat())
    expect(await digest(files)).toEqual(rightOf(sample))
  })

  it.each([[[0, 2, 1]], [[1, 0, 2]], [[2, 1, 0]]])(
    'whose blocks come as %j is hashed right',
    async (order) => {
      const { files } = await start()
      for (const index of order) {
        write(files, blocks[index] ?? [])
        await files.flush()
      }
      expect(await digest(files)).toEqual(rightOf(sample))
    },
  )

  it('of which parts of blocks are written before the rest is hashed right', async () => {
    const { files } = await start()
    const chunks = blocks.flat()
    for (const rest of [0, 1, 2]) {
      write(
        files,
        chunks.filter((chunk) => (chunk >> 3) % 3 === rest),
      )
      await files.flush()
    }
    expect(await digest(files)).toEqual(rightOf(sample))
  })

  it.each([
    ['before the next block', true, 0],
    ['after all other blocks', true, 2],
    ['before the next block', false, 0],
    ['after all other blocks', false, 2],
  ])(
    'of which a chunk is written anew %s (discarded first: %s) is hashed right',
    async (_, isFirst, after) => {
      const { files } = await start()
      const [wrong = 0, ...others] = blocks[0] ?? []
      writeWrong(files, wrong)
      write(files, others)
      for (const index of [0, 1, 2]) {
        if (index > 0) write(files, blocks[index] ?? [])
        await files.flush()
        if (index === 0 && isFirst) files.discard(wrong)
        if (index === after) write(files, [wrong])
        await files.flush()
      }
      expect(await digest(files)).toEqual(rightOf(sample))
    },
  )

  it('of which a chunk was discarded on its way to the disk is hashed right', async () => {
    const { files } = await start()
    const chunks = blocks.flat()
    const last = chunks.pop() ?? 0
    write(files, chunks)
    writeWrong(files, last)
    files.discard(last)
    write(files, [last])
    expect(await digest(files)).toEqual(rightOf(sample))
  })

  it('is not mixed with that of another download which is written meanwhile', async () => {
    const other = new StreamSample({ b: 1, a: size }, 3 * MIB)
    const [one, two] = [await start(), await start(other)]
    for (const block of blocks) {
      write(one.files, block)
      write(two.files, block, other)
      await Promise.all([one.files.flush(), two.files.flush()])
    }
    await Promise.all([spoil(one.path), spoil(two.path)])
    expect(await digest(one.files)).toEqual(rightOf(sample))
    expect(await digest(two.files)).toEqual(rightOf(other))
  })
})

describe('F1 BEP 3: resuming', () => {
  /** What a crash leaves: pieces 0 to 5 confirmed and written, piece 6 written but for one chunk. */
  const crash = async (): Promise<string> => {
    const folder = await makeFolder()
    const { files } = await openDownload(SAMPLE.options(folder))
    SAMPLE.fill(files, [0, 1, 2, 3, 4, 5])
    for (const chunk of SAMPLE.chunksOf(6).slice(1)) files.write(chunk, SAMPLE.data(chunk))
    await files.flush()
    const copy = join(folder, 'copy')
    await mkdir(copy)
    for (const part of ['out', 'state']) await cp(join(folder, part), join(copy, part), { recursive: true })
    await rm(join(copy, 'state', 'sample.journal.lock'))
    await files.close()
    return copy
  }

  const resume = async (folder: string, more: Partial<DownloadOptions> = {}): Promise<number[]> => {
    const { files, has } = await openDownload(SAMPLE.options(folder, more))
    for (const chunk of has) expect(SAMPLE.data(chunk).equals(await files.read(chunk))).toBe(true)
    await files.close()
    return [...has]
  }

  const part = (folder: string, path: string): string => join(folder, 'out', 'sample.part', path)

  it('finds whole pieces after a crash, and again without reading after a clean end', async () => {
    const folder = await crash()
    expect(await resume(folder)).toEqual(chunksOfPieces([0, 1, 2, 3, 4, 5]))
    const none = new Uint8Array(SAMPLE.piecesV1.length)
    expect(await resume(folder, { piecesV1: none })).toEqual(chunksOfPieces([0, 1, 2, 3, 4, 5]))
  })

  it('drops the pieces that were changed, cut off or deleted, in whichever file', async () => {
    const changed = await crash()
    const data = await readFile(part(changed, 'b'))
    data.writeUInt8(255, 50_000)
    await writeFile(part(changed, 'b'), data)
    expect(await resume(changed)).toEqual(chunksOfPieces([0, 1, 3, 4, 5]))
    const deleted = await crash()
    await rm(part(deleted, 'a/one'))
    expect(await resume(deleted)).toEqual(chunksOfPieces([1, 2, 3, 4, 5]))
    const cut = await crash()
    await truncate(part(cut, 'b'), 70_000)
    expect(await resume(cut)).toEqual(chunksOfPieces([0, 1, 2]))
  })

  it('goes on to the end', async () => {
    const folder = await crash()
    const { files, has } = await openDownload(SAMPLE.options(folder))
    SAMPLE.fill(files)
    expect(has.count).toBeLessThan(SAMPLE.layout.chunkCount)
    const path = await files.finish()
    for (const [index, file] of SAMPLE.content.files.entries())
      expect(SAMPLE.file(index).equals(await readFile(join(path, ...file.path)))).toBe(true)
  })
})
