import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { joinChunks } from './join.js'
import { splitFile } from './split.js'
import { verifyChunks } from './verifyChunks.js'

let dir: string
let chunks: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shoal-chunks-'))
  chunks = join(dir, 'chunks')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const CHUNK = 16 * 1024
const code = (code: string, message = ''): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) })
const make = async (size: number): Promise<Buffer> => {
  const data = Buffer.from(
    Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 10)) & 0xff),
  )
  await writeFile(join(dir, 'FILE'), data)
  return data
}

test.each([0, 1, CHUNK, CHUNK + 1, 150 * CHUNK, 70 * CHUNK + 3])(
  'D4 a file of %d bytes is split and joined to the same',
  async (size) => {
    const data = await make(size)
    const progress: number[] = []
    await splitFile(join(dir, 'FILE'), chunks, { onProgress: (done) => progress.push(done) })
    const names = Array.from({ length: Math.ceil(size / CHUNK) }, (_, index) => `FILE_chunk_${index}`)
    expect((await readdir(chunks)).toSorted()).toEqual([...names, 'FILE.manifest.json'].toSorted())
    if (size > 0) expect(progress.at(-1)).toBe(size)
    const { path } = await joinChunks(chunks, join(dir, 'OUT'))
    expect(path).toBe(join(dir, 'OUT'))
    expect(Buffer.compare(await readFile(path), data)).toBe(0)
    expect(existsSync(`${path}.part`)).toBe(false)
    expect((await verifyChunks(chunks)).bad).toEqual([])
  },
)

test('D4 the manifest has every chunk’s SHA-256', async () => {
  const data = await make(2 * CHUNK + 1)
  const manifest = await splitFile(join(dir, 'FILE'), chunks)
  const hashes = [0, 1, 2].map((index) =>
    createHash('sha256')
      .update(data.subarray(index * CHUNK, (index + 1) * CHUNK))
      .digest('hex'),
  )
  expect(JSON.parse(await readFile(join(chunks, 'FILE.manifest.json'), 'utf8'))).toEqual({
    name: 'FILE',
    size: 2 * CHUNK + 1,
    chunkSize: CHUNK,
    chunks: hashes,
  })
  expect(manifest.chunks).toEqual(hashes)
})

test('D4 every bad or missing chunk is named, and nothing is left behind', async () => {
  await make(20 * CHUNK)
  await splitFile(join(dir, 'FILE'), chunks)
  await writeFile(join(chunks, 'FILE_chunk_3'), Buffer.alloc(CHUNK))
  await truncate(join(chunks, 'FILE_chunk_7'), 5)
  await writeFile(join(chunks, 'FILE_chunk_8'), Buffer.alloc(CHUNK * 1000))
  await rm(join(chunks, 'FILE_chunk_9'))
  await rm(join(chunks, 'FILE_chunk_19'))
  execFileSync('mkfifo', [join(chunks, 'FILE_chunk_19')])
  expect((await verifyChunks(chunks)).bad).toEqual([3, 7, 8, 9, 19])
  await expect(joinChunks(chunks, join(dir, 'OUT'))).rejects.toThrow(
    code('VERIFICATION_FAILED', 'chunks 3, 7-9, 19'),
  )
  expect((await readdir(dir)).toSorted()).toEqual(['FILE', 'chunks'])
})

test('D4 a different file is not overwritten; the same is left as it is; a folder takes the file by its name', async () => {
  const data = await make(3 * CHUNK)
  await splitFile(join(dir, 'FILE'), chunks)
  await joinChunks(chunks, dir)
  expect(Buffer.compare(await readFile(join(dir, 'FILE')), data)).toBe(0)
  data[5] = 0xff
  await writeFile(join(dir, 'FILE'), data)
  await expect(joinChunks(chunks, dir)).rejects.toThrow(code('FILE_EXISTS'))
  await writeFile(join(dir, 'short'), 'x')
  await expect(joinChunks(chunks, join(dir, 'short'))).rejects.toThrow(code('FILE_EXISTS'))
  expect(await readFile(join(dir, 'short'), 'utf8')).toBe('x')
})

test('a part left by a join that was killed is not written through, even where it is a link', async () => {
  const data = await make(3 * CHUNK)
  await splitFile(join(dir, 'FILE'), chunks)
  await writeFile(join(dir, 'precious'), 'precious')
  await symlink(join(dir, 'precious'), join(dir, 'OUT.part'))
  await joinChunks(chunks, join(dir, 'OUT'))
  expect(await readFile(join(dir, 'precious'), 'utf8')).toBe('precious')
  expect(Buffer.compare(await readFile(join(dir, 'OUT')), data)).toBe(0)
})

describe('a hostile manifest is refused', () => {
  const hash = 'a'.repeat(64)
  test.each<[string, unknown, string]>([
    [
      'a name that leaves the folder',
      { name: '../x', size: 1, chunkSize: CHUNK, chunks: [hash] },
      'PATH_UNSAFE',
    ],
    ['an absolute name', { name: '/etc/passwd', size: 1, chunkSize: CHUNK, chunks: [hash] }, 'PATH_UNSAFE'],
    ['a negative size', { name: 'x', size: -1, chunkSize: CHUNK, chunks: [] }, 'VERIFICATION_FAILED'],
    [
      'a size without chunks',
      { name: 'x', size: 2 ** 50, chunkSize: CHUNK, chunks: [] },
      'VERIFICATION_FAILED',
    ],
    ['chunks of nothing', { name: 'x', size: 1, chunkSize: 0, chunks: [hash] }, 'VERIFICATION_FAILED'],
    [
      'a chunk too large for memory',
      { name: 'x', size: 1, chunkSize: 2 ** 40, chunks: [hash] },
      'VERIFICATION_FAILED',
    ],
    ['hashes that are none', { name: 'x', size: 1, chunkSize: CHUNK, chunks: ['z'] }, 'VERIFICATION_FAILED'],
    ['no object', null, 'VERIFICATION_FAILED'],
  ])('%s', async (_, manifest, expected) => {
    await make(0)
    await splitFile(join(dir, 'FILE'), chunks)
    await writeFile(join(chunks, 'FILE.manifest.json'), JSON.stringify(manifest))
    await expect(verifyChunks(chunks)).rejects.toThrow(code(expected))
    await expect(joinChunks(chunks, join(dir, 'OUT'))).rejects.toThrow(code(expected))
  })

  test('text that is no JSON, a manifest missing, two manifests', async () => {
    await make(0)
    await splitFile(join(dir, 'FILE'), chunks)
    await writeFile(join(chunks, 'FILE.manifest.json'), '{')
    await expect(verifyChunks(chunks)).rejects.toThrow(code('VERIFICATION_FAILED'))
    await writeFile(join(chunks, 'b.manifest.json'), '{')
    await expect(verifyChunks(chunks)).rejects.toThrow(code('USAGE'))
    await expect(verifyChunks(dir)).rejects.toThrow(code('PATH_NOT_FOUND'))
    await expect(verifyChunks(join(dir, 'none'))).rejects.toThrow(code('PATH_NOT_FOUND'))
  })
})

test('what cannot be split is refused', async () => {
  await expect(splitFile(join(dir, 'none'), chunks)).rejects.toThrow(code('PATH_NOT_FOUND'))
  await expect(splitFile(dir, chunks)).rejects.toThrow(code('NOTHING_TO_SHARE'))
})
