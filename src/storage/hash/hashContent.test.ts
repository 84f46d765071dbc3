import { createCipheriv, createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '../../protocol/hex.js'
import { CHUNK_SIZE } from '../../protocol/limits.js'
import { rootOf } from '../../protocol/merkle/tree.js'
import { encodeMetainfo } from '../../protocol/metainfo/encode.js'
import { hashContent } from './hashContent.js'
import { sha1, sha256 } from './job.js'
import { verifyContent } from './verify.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shoal-hash-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const MIB = 1024 * 1024
/** Bytes that look random and are the same each time. */
const data = (length: number): Uint8Array =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(length))
const leavesOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / CHUNK_SIZE) }, (_, index) =>
    createHash('sha256')
      .update(bytes.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE))
      .digest(),
  )

test.each([0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE, 4 * CHUNK_SIZE, 200_000])(
  'D2 every chunk of a file of %d bytes is hashed, and leads to its root',
  async (size) => {
    const bytes = data(size)
    await writeFile(join(dir, 'file'), bytes)
    const content = await hashContent(join(dir, 'file'), { pieceLength: 4 * CHUNK_SIZE })
    const leaves = leavesOf(bytes)
    expect(Buffer.compare(content.leaves[0] ?? new Uint8Array(), Buffer.concat(leaves))).toBe(0)
    expect(content.files[0]?.rootHash).toBe(size === 0 ? undefined : toHex(rootOf(sha256, leaves)))
    expect(content).toMatchObject({ name: 'file', isFolder: false, skipped: [] })
  },
)

test('D2 a large file is hashed by workers to the same as one after the other, and progress reaches the end', async () => {
  const bytes = data(21 * MIB + 5)
  await writeFile(join(dir, 'large'), bytes)
  const progress: number[] = []
  const onProgress = (done: number, total: number): void => {
    expect(total).toBe(bytes.length)
    progress.push(done)
  }
  const content = await hashContent(join(dir, 'large'), { pieceLength: MIB, onProgress, name: 'other' })
  expect(content.name).toBe('other')
  const leaves = leavesOf(bytes)
  expect(Buffer.compare(content.leaves[0] ?? new Uint8Array(), Buffer.concat(leaves))).toBe(0)
  expect(content.files[0]?.rootHash).toBe(toHex(rootOf(sha256, leaves)))
  const pieces = Array.from({ length: 22 }, (_, index) =>
    createHash('sha1')
      .update(bytes.subarray(index * MIB, (index + 1) * MIB))
      .digest(),
  )
  expect(Buffer.compare(content.piecesV1 ?? new Uint8Array(), Buffer.concat(pieces))).toBe(0)
  expect(progress).toEqual(progress.toSorted((left, right) => left - right))
  expect(progress.at(-1)).toBe(bytes.length)
  const { metainfo } = encodeMetainfo(content, { sha1, sha256 })
  expect(metainfo.pieceLayers).toEqual(content.pieceLayers)
})

test('A6 a folder is hashed with everything in it but links and sockets, in the order of BEP 52', async () => {
  await mkdir(join(dir, 'top', 'a'), { recursive: true })
  await mkdir(join(dir, 'top', 'empty folder'))
  for (const name of ['a/z', 'a.txt', '.hidden', 'ü', 'Z', '\u{10000}', '\uffee'])
    await writeFile(join(dir, 'top', name), name)
  await writeFile(join(dir, 'secret'), 'not shared')
  await symlink(join(dir, 'secret'), join(dir, 'top', 'link'))
  await symlink(dir, join(dir, 'top', 'a', 'up'))
  const server = createServer().listen(join(dir, 'top', 'socket'))
  await once(server, 'listening')
  const content = await hashContent(join(dir, 'top'))
  server.close()
  expect(content.files.map(({ path }) => path.join('/'))).toEqual([
    '.hidden',
    'Z',
    'a/z',
    'a.txt',
    'ü',
    '\uffee',
    '\u{10000}',
  ])
  expect(content.skipped).toEqual(['a/up', 'link', 'socket'])
  encodeMetainfo(content, { sha1, sha256 })
})

test('a path that is a link is followed, as it was named', async () => {
  await writeFile(join(dir, 'file'), 'x')
  await symlink(join(dir, 'file'), join(dir, 'link'))
  expect(await hashContent(join(dir, 'link'))).toMatchObject({ name: 'link', files: [{ size: 1 }] })
})

describe('what cannot be shared is refused', () => {
  const code = (code: string): unknown => expect.objectContaining({ code })

  test('a path that does not exist, or holds no files', async () => {
    await mkdir(join(dir, 'empty', 'folder'), { recursive: true })
    await expect(hashContent(join(dir, 'none'))).rejects.toThrow(code('PATH_NOT_FOUND'))
    await expect(hashContent(join(dir, 'empty'))).rejects.toThrow(code('NOTHING_TO_SHARE'))
    await expect(hashContent('/dev/null')).rejects.toThrow(code('NOTHING_TO_SHARE'))
  })

  test('a piece length that cannot be', async () => {
    await writeFile(join(dir, 'file'), 'x')
    await expect(hashContent(join(dir, 'file'), { pieceLength: 1000 })).rejects.toThrow(code('USAGE'))
  })

  test.runIf(process.platform === 'linux').each<[string, (string | Buffer)[]]>([
    ['a device', ['nul.txt']],
    ['a control character', ['a\nb']],
    ['two that differ in case', ['a', 'A']],
    ['not UTF-8', [Buffer.of(0xff, 0x61)]],
  ])('a name that not every system takes: %s', async (_, names) => {
    await mkdir(join(dir, 'top'))
    for (const name of names)
      await writeFile(Buffer.concat([Buffer.from(join(dir, 'top/')), Buffer.from(name)]), 'x')
    await expect(hashContent(join(dir, 'top'))).rejects.toThrow(code('NAME_UNUSABLE'))
  })

  test('a file that changes meanwhile', async () => {
    const path = join(dir, 'growing')
    await writeFile(path, data(12 * MIB))
    await expect(hashContent(path, { onProgress: () => appendFileSync(path, 'x') })).rejects.toThrow(
      code('FILE_CHANGED'),
    )
  })

  test('hashing that is interrupted, before and meanwhile', async () => {
    await writeFile(join(dir, 'file'), data(12 * MIB))
    const controller = new AbortController()
    const { signal } = controller
    await expect(
      hashContent(join(dir, 'file'), { signal, onProgress: () => controller.abort() }),
    ).rejects.toThrow(code('INTERRUPTED'))
    await expect(hashContent(join(dir, 'file'), { signal })).rejects.toThrow(code('INTERRUPTED'))
  })
})

test.runIf(process.env.SHOAL_LONG_TESTS === '1')(
  'A6 a file over 4 GiB is hashed to its last byte',
  { timeout: 300_000 },
  async () => {
    const path = join(dir, 'sparse')
    const file = await open(path, 'w')
    const size = 5 * 2 ** 30 + 1
    await file.write(Uint8Array.of(7), 0, 1, size - 1)
    await file.close()
    const content = await hashContent(path)
    const leaves = content.leaves[0] ?? new Uint8Array()
    expect(leaves).toHaveLength(32 * (5 * 2 ** 16 + 1))
    expect(toHex(leaves.subarray(-32))).toBe(toHex(sha256(Uint8Array.of(7))))
    expect(toHex(leaves.subarray(-64, -32))).toBe(toHex(sha256(new Uint8Array(CHUNK_SIZE))))
    const { metainfo } = encodeMetainfo(content, { sha1, sha256 })
    const again = await open(path, 'r+')
    await again.write(Uint8Array.of(1), 0, 1, 4 * 2 ** 30 + 5)
    await again.close()
    expect((await verifyContent(metainfo, dir)).badPieces).toEqual([
      Math.floor((4 * 2 ** 30 + 5) / content.pieceLength),
    ])
  },
)
