import { link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Bitfield } from '../protocol/bitfield.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { expectSame, codeFrom, makeFolder, openDownload, optionsFor, Sample } from './sample.contract.js'

const KIB = 1024

const TREE = new Sample({
  'b.bin': 200 * KIB + 7,
  'leer/empty': 0,
  'tief/er/日本語 – ñ.txt': 70_000,
  'tief/one': 1,
  exact: 4 * CHUNK_SIZE,
})

describe('A7 a download', () => {
  it('of one file ends under its name, the only thing in its folder', async () => {
    const folder = await makeFolder()
    const sample = new Sample(300_001)
    const { files, has } = await openDownload(optionsFor(sample, folder))
    expect(has.count).toBe(0)
    expect(await readdir(join(folder, 'out'))).toEqual(['sample.part'])
    sample.fill(files, [...sample.all].reverse())
    expect(await files.finish()).toBe(join(folder, 'out', 'sample'))
    expectSame(await readFile(join(folder, 'out', 'sample')), sample.file(0))
    expect(await readdir(join(folder, 'out'))).toEqual(['sample'])
    expect(await readdir(join(folder, 'state'))).toEqual([])
  })

  it('of a folder makes nested, empty and oddly named files', async () => {
    const folder = await makeFolder()
    const { files } = await openDownload(optionsFor(TREE, folder))
    TREE.fill(files)
    const path = await files.finish()
    for (const [index, file] of TREE.content.files.entries())
      expectSame(await readFile(join(path, ...file.path)), TREE.file(index))
    expect(await readdir(join(folder, 'out'))).toEqual(['sample'])
  })

  it('of an empty file is finished at once', async () => {
    const folder = await makeFolder()
    const sample = new Sample(0)
    const { files } = await openDownload(optionsFor(sample, folder))
    expect((await stat(await files.finish())).size).toBe(0)
  })

  it('reads chunks in memory, on disk and after the end', async () => {
    const folder = await makeFolder()
    const { files } = await openDownload(optionsFor(TREE, folder))
    TREE.fill(files, [3])
    expectSame(files.read(3), TREE.data(3))
    await files.flush()
    expectSame(await files.read(3), TREE.data(3))
    TREE.fill(files)
    await files.finish()
    for (const chunk of TREE.all) expectSame(await files.read(chunk), TREE.data(chunk))
    expect(await codeFrom(() => files.read(TREE.layout.chunkCount))).toBe('DISK_FAILED')
  })

  it('reaches the end of a file of more than 4 GiB', async () => {
    const folder = await makeFolder()
    const size = 5 * 2 ** 30 + 3
    const sample = new Sample(size, 1024 * KIB)
    const last = sample.layout.chunkCount - 1
    const wanted = Bitfield.empty(last + 1)
    for (const chunk of [last - 1, last]) wanted.add(chunk)
    const first = await openDownload(optionsFor(sample, folder, { wanted }))
    sample.fill(first.files, wanted)
    await first.files.close()
    const { files, has } = await openDownload(optionsFor(sample, folder, { wanted }))
    expect([...has]).toEqual([last - 1, last])
    expectSame(await files.read(last), sample.data(last))
    const { size: length, blocks } = await stat(await files.finish())
    expect(length).toBe(size)
    expect(blocks * 512).toBeLessThan(10 * 1024 * KIB)
  })

  it('D3 never finishes with a chunk that is missing or was not confirmed', async () => {
    const folder = await makeFolder()
    const sample = new Sample(100_000)
    const { files } = await openDownload(optionsFor(sample, folder))
    sample.fill(files)
    files.discard(2)
    expect(await codeFrom(() => files.finish())).toBe('VERIFICATION_FAILED')
    files.confirm(2, 1, sample.leaf(2))
    expect(await codeFrom(() => files.finish())).toBe('VERIFICATION_FAILED')
    files.write(2, sample.data(2))
    expect(await codeFrom(() => files.finish())).toBe('VERIFICATION_FAILED')
    files.confirm(2, 1, sample.leaf(2))
    expectSame(await readFile(await files.finish()), sample.file(0))
  })

  it('D3 replaces a discarded chunk, also while the wrong one is on its way to the disk', async () => {
    const folder = await makeFolder()
    const sample = new Sample(2 * CHUNK_SIZE)
    const { files } = await openDownload(optionsFor(sample, folder))
    for (const chunk of [0, 1]) files.write(chunk, Buffer.alloc(CHUNK_SIZE, 99))
    for (const chunk of [0, 1]) files.discard(chunk)
    expect(await codeFrom(() => files.read(0))).toBe('DISK_FAILED')
    sample.fill(files)
    expectSame(await files.read(0), sample.data(0))
    expectSame(await readFile(await files.finish()), sample.file(0))
  })

  it('D3 leaves a confirmed chunk as it is, whatever comes later', async () => {
    const folder = await makeFolder()
    const sample = new Sample(2 * CHUNK_SIZE)
    const { files } = await openDownload(optionsFor(sample, folder))
    sample.fill(files)
    expect(files.write(0, Buffer.alloc(CHUNK_SIZE, 99))).toBe(true)
    expectSame(await readFile(await files.finish()), sample.file(0))
  })

  it('takes no chunk of a wrong length, none not wanted, none after the end', async () => {
    const folder = await makeFolder()
    const sample = new Sample(40_000)
    const wanted = Bitfield.full(3)
    wanted.delete(1)
    const { files } = await openDownload(optionsFor(sample, folder, { wanted }))
    expect(() => files.write(2, Buffer.alloc(CHUNK_SIZE))).toThrow(RangeError)
    expect(files.write(1, sample.data(1))).toBe(false)
    expect(files.write(2, sample.data(2))).toBe(true)
    await files.close()
    expect(files.write(0, sample.data(0))).toBe(false)
  })

  it('of which other files are wanted on the way takes those, and leaves nothing of files begun in vain', async () => {
    const folder = await makeFolder()
    const wanted = TREE.all
    const want = (file: number, isWanted: boolean): void => {
      const { first, count } = TREE.layout.chunksOfFile(file)
      for (let chunk = first; chunk < first + count; chunk++)
        if (isWanted) wanted.add(chunk)
        else wanted.delete(chunk)
    }
    want(2, false)
    const { files } = await openDownload(optionsFor(TREE, folder, { wanted }))
    TREE.fill(files, [0, 1, 2])
    await files.flush()
    want(0, false)
    expect(files.write(3, TREE.data(3))).toBe(false)
    want(2, true)
    TREE.fill(files, wanted)
    const path = await files.finish()
    const found = await readdir(path, { recursive: true })
    expect(found.sort()).toEqual([
      'exact',
      'leer',
      'leer/empty',
      'tief',
      'tief/er',
      'tief/er/日本語 – ñ.txt',
      'tief/one',
    ])
    expectSame(await readFile(join(path, 'tief', 'er', '日本語 – ñ.txt')), TREE.file(2))
  })

  it('of selected files makes no other, and drops what an earlier selection left', async () => {
    const folder = await makeFolder()
    const only = (file: number): Bitfield => {
      const wanted = Bitfield.empty(TREE.layout.chunkCount)
      const { first, count } = TREE.layout.chunksOfFile(file)
      for (let index = 0; index < count; index++) wanted.add(first + index)
      return wanted
    }
    const before = await openDownload(optionsFor(TREE, folder, { wanted: only(0) }))
    TREE.fill(before.files, [0])
    await before.files.close()
    const { files, has } = await openDownload(optionsFor(TREE, folder, { wanted: only(3) }))
    expect(has.has(0)).toBe(true)
    TREE.fill(files, only(3))
    expect((await readdir(await files.finish(), { recursive: true })).sort()).toEqual([
      'leer',
      join('leer', 'empty'),
      'tief',
      join('tief', 'one'),
    ])
  })
})

describe('a name that is taken', () => {
  it('is refused at the start and at the end, and not touched', async () => {
    const folder = await makeFolder()
    const sample = new Sample(1000)
    const path = join(folder, 'out', 'sample')
    const { files } = await openDownload(optionsFor(sample, folder))
    sample.fill(files)
    await writeFile(path, 'mine')
    expect(await codeFrom(() => files.finish())).toBe('FILE_EXISTS')
    await files.close()
    expect(await codeFrom(() => openDownload(optionsFor(sample, folder)))).toBe('FILE_EXISTS')
    expect(await readFile(path, 'utf8')).toBe('mine')
    await rm(path)
    const again = await openDownload(optionsFor(sample, folder))
    expect(again.has.isFull).toBe(true)
    expectSame(await readFile(await again.files.finish()), sample.file(0))
  })

  it('is refused for a folder too', async () => {
    const folder = await makeFolder()
    const { files } = await openDownload(optionsFor(TREE, folder))
    TREE.fill(files)
    await mkdir(join(folder, 'out', 'sample'))
    expect(await codeFrom(() => files.finish())).toBe('FILE_EXISTS')
    await rm(join(folder, 'out', 'sample'), { recursive: true })
    await files.finish()
  })

  it('is refused where NAME.part is not of this download, twice', async () => {
    const folder = await makeFolder()
    const part = join(folder, 'out', 'sample.part')
    await mkdir(join(folder, 'out'))
    await writeFile(part, 'mine')
    for (let attempt = 0; attempt < 2; attempt++)
      expect(await codeFrom(() => openDownload(optionsFor(new Sample(1000), folder)))).toBe('FILE_EXISTS')
    expect(await readFile(part, 'utf8')).toBe('mine')
  })

  it('is refused while the same download is open', async () => {
    const folder = await makeFolder()
    await openDownload(optionsFor(TREE, folder))
    expect(await codeFrom(() => openDownload(optionsFor(TREE, folder)))).toBe('STATE_LOCKED')
  })
})

describe.skipIf(process.platform === 'win32')('a planted link', () => {
  it('in the place of the part file is not followed', async () => {
    const folder = await makeFolder()
    const sample = new Sample(1000)
    const victim = join(folder, 'victim')
    const part = join(folder, 'out', 'sample.part')
    await writeFile(victim, 'mine')
    const { files } = await openDownload(optionsFor(sample, folder))
    await files.close()
    for (const plant of [symlink, link]) {
      await rm(part)
      await plant(victim, part)
      expect(await codeFrom(() => openDownload(optionsFor(sample, folder)))).toBe('FILE_EXISTS')
    }
    expect(await readFile(victim, 'utf8')).toBe('mine')
  })

  it('in the part folder is not followed, whether it stands for a file or a folder', async () => {
    for (const place of ['tief', 'b.bin']) {
      const folder = await makeFolder()
      const outside = join(folder, 'outside')
      const failures: string[] = []
      const onFailure = (error: { code: string }): unknown => failures.push(error.code)
      const { files } = await openDownload(optionsFor(TREE, folder, { onFailure }))
      if (place === 'tief') await mkdir(outside)
      else await writeFile(outside, 'mine')
      await symlink(outside, join(folder, 'out', 'sample.part', place))
      TREE.fill(files)
      expect(await codeFrom(() => files.finish())).toBe('DISK_FAILED')
      expect(failures).toEqual(['DISK_FAILED'])
      if (place === 'tief') expect(await readdir(outside)).toEqual([])
      else expect(await readFile(outside, 'utf8')).toBe('mine')
    }
  })
})

describe('F1 a part file', () => {
  it('that is deleted or replaced meanwhile is an error, not a finished file of nothing', async () => {
    for (const replace of [false, true]) {
      const folder = await makeFolder()
      const failures: string[] = []
      const sample = new Sample(300_000)
      const onFailure = (error: { message: string }): unknown => failures.push(error.message)
      const { files } = await openDownload(optionsFor(sample, folder, { onFailure }))
      sample.fill(files, [0, 1])
      await files.flush()
      const part = join(folder, 'out', 'sample.part')
      if (replace) await writeFile(`${part}.new`, Buffer.alloc(300_000))
      await rm(part)
      if (replace) await link(`${part}.new`, part)
      sample.fill(files)
      expect(await codeFrom(() => files.finish())).toBe('DISK_FAILED')
      expect(failures).toEqual([expect.stringContaining('deleted or replaced')])
      expect(await readdir(join(folder, 'out'))).not.toContain('sample')
    }
  })

  it('is deleted with its journal when the download is given up', async () => {
    const folder = await makeFolder()
    const { files } = await openDownload(optionsFor(TREE, folder))
    TREE.fill(files, [0, 1, 14])
    await files.flush()
    await files.remove()
    expect(await readdir(join(folder, 'out'))).toEqual([])
    expect(await readdir(join(folder, 'state'))).toEqual([])
  })
})

describe('memory', () => {
  it('asks to wait as soon as 4 MiB wait for the disk, not for what only waits to be whole', async () => {
    const sample = new Sample(16 * 1024 * KIB, 1024 * KIB)
    const { files } = await openDownload(optionsFor(sample, await makeFolder()))
    const pieces = (chunksOfEach: number, count: number): void => {
      for (let piece = 0; piece < count; piece++)
        for (let index = 0; index < chunksOfEach; index++) files.write(piece * 64 + index, sample.data(index))
    }
    pieces(8, 16)
    expect(files.isBehind).toBe(false)
    pieces(64, 4)
    expect(files.isBehind).toBe(false)
    pieces(64, 5)
    expect(files.isBehind).toBe(true)
    await files.remove()
  })

  it('gives a short piece that was just written without reading it back, as long as it is the one on disk', async () => {
    const sample = new Sample(8 * CHUNK_SIZE, 2 * CHUNK_SIZE)
    const { files } = await openDownload(optionsFor(sample, await makeFolder()))
    sample.fill(files)
    await files.flush()
    expectSame(files.read(5), sample.data(5))
    const buffers = [4, 5].map((chunk) => Buffer.alloc(sample.data(chunk).length))
    await files.readRun(4, buffers)
    expect(Buffer.concat(buffers).equals(Buffer.concat([sample.data(4), sample.data(5)]))).toBe(true)
    files.discard(4)
    expect(files.read(5)).toBeInstanceOf(Promise)
    sample.fill(files, [4])
    expect(files.read(5)).toBeInstanceOf(Promise)
    expectSame(await files.read(5), sample.data(5))
    await files.finish()
    expect(files.read(0)).toBeInstanceOf(Promise)
    expectSame(await files.read(0), sample.data(0))
  })

  it('keeps 2 MiB of short pieces that were written, and nothing of long ones', async () => {
    for (const { pieceLength, kept } of [
      { pieceLength: 256 * KIB, kept: 8 },
      { pieceLength: 512 * KIB, kept: 0 },
    ]) {
      const sample = new Sample(20 * pieceLength, pieceLength)
      const { files } = await openDownload(optionsFor(sample, await makeFolder()))
      const chunks = pieceLength / CHUNK_SIZE
      for (let piece = 0; piece < 20; piece++) {
        sample.fill(files, [...sample.all].slice(piece * chunks, (piece + 1) * chunks))
        await files.flush()
      }
      const inMemory = Array.from(
        { length: 20 },
        (_, piece) => files.read(piece * chunks) instanceof Uint8Array,
      )
      expect(inMemory.filter(Boolean)).toHaveLength(kept)
      expect(inMemory.at(-1)).toBe(kept > 0)
      await files.remove()
    }
  })

  it('is bounded: asks to wait at a half, keeps nothing more when full, says when there is room', async () => {
    const folder = await makeFolder()
    const sample = new Sample(80 * 1024 * KIB, 1024 * KIB)
    let ready = (): void => undefined
    const room = new Promise<void>((resolve) => (ready = resolve))
    const { files } = await openDownload(optionsFor(sample, folder, { onReady: () => ready() }))
    const data = Buffer.alloc(CHUNK_SIZE)
    const limit = (64 * 1024 * KIB) / CHUNK_SIZE
    for (let chunk = 0; chunk < limit; chunk++) expect(files.write(chunk, data)).toBe(true)
    expect(files.isBehind).toBe(true)
    expect(files.write(limit, data)).toBe(false)
    await room
    expect(files.isBehind).toBe(false)
    expect(files.write(limit, data)).toBe(true)
  })
})
