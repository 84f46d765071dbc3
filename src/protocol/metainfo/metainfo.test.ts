import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBencode, encodeBencode, type BencodeDict, type Encodable } from '../bencode.js'
import { ShoalError } from '../errors.js'
import { fromHex, toHex } from '../hex.js'
import { parseRootHash, type RootHash } from '../ids.js'
import { CHUNK_SIZE } from '../limits.js'
import type { Hashes } from '../hash.js'
import type { Content, PieceHashes } from './content.js'
import { decodeMetainfo } from './decode.js'
import { encodeMetainfo, type MetainfoFormat } from './encode.js'
import { partsOf, readStream } from './fileList.js'
import { Layout } from './layout.js'
import { rootOfLayer } from './pieceLayers.js'

const hashes: Hashes = {
  sha1: (data) => new Uint8Array(hash('sha1', data, 'buffer')),
  sha256: (data) => new Uint8Array(hash('sha256', data, 'buffer')),
}

type Described = Content & PieceHashes

/** Content with hashes of no data: layers match their roots, which is all that a .torrent alone can show. */
const described = (
  name: string,
  sizes: ReadonlyMap<string, number> | number,
  pieceLength: number,
): Described => {
  const pieceLayers = new Map<RootHash, Uint8Array>()
  const fileOf = (path: string, size: number, index: number): Content['files'][number] => {
    const pieces = Math.ceil(size / pieceLength)
    const layer = new Uint8Array(32 * pieces).map((_, byte) => (byte * 7 + index) & 0xff)
    if (pieces === 0) return { path: path.split('/'), size, rootHash: undefined }
    const rootHash = parseRootHash(toHex(rootOfLayer(hashes.sha256, layer, pieceLength)))
    if (pieces > 1 && rootHash !== undefined) pieceLayers.set(rootHash, layer)
    return { path: path.split('/'), size, rootHash }
  }
  const list: [string, number][] = typeof sizes === 'number' ? [[name, sizes]] : [...sizes]
  const files = list.map(([path, size], index) => fileOf(path, size, index))
  const { pieceCount } = new Layout({ files, pieceLength })
  const piecesV1 = new Uint8Array(20 * pieceCount).fill(7)
  return { name, isFolder: typeof sizes !== 'number', files, pieceLength, pieceLayers, piecesV1 }
}

const size = fc.oneof(
  fc.constantFrom(0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 4 * CHUNK_SIZE),
  fc.nat(400_000),
)
const component = fc
  .string({ unit: fc.constantFrom('x', 'é', '世', '\u{1f30d}', '.', 'Z'), minLength: 1, maxLength: 6 })
  .map((text) => `n${text}n`.normalize('NFC'))
const pathOf = (components: readonly string[]): string => components.join('/')
const byBytes = (left: string, right: string): number => {
  const parts = [left.split('/'), right.split('/')] as const
  for (let index = 0; ; index++) {
    const [a, b] = [parts[0][index], parts[1][index]]
    if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
    if (a !== b) return Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
}
/** No path may be a folder of another: folders begin with F, files do not. */
const folder = fc
  .uniqueArray(
    fc.tuple(
      fc.array(
        component.map((text) => `F${text}`),
        { maxLength: 3 },
      ),
      component,
      size,
    ),
    { minLength: 1, maxLength: 8, selector: ([folders, file]) => pathOf([...folders, file]).toLowerCase() },
  )
  .map((files) => {
    const entries = files.map(([folders, file, bytes]): [string, number] => [
      pathOf([...folders, file]),
      bytes,
    ])
    return new Map(entries.sort(([left], [right]) => byBytes(left, right)))
  })
const content = fc
  .tuple(component, fc.oneof(size, folder), fc.nat(3))
  // v2 alone cannot say a folder that holds just its namesake; that has a test of its own.
  .filter(([name, sizes]) => typeof sizes === 'number' || sizes.size > 1 || !sizes.has(name))
  .map(([name, sizes, power]) => described(name, sizes, CHUNK_SIZE * 2 ** power))
const format = fc.constantFrom<MetainfoFormat>('hybrid', 'v1', 'v2')

test('A6 what is written is read back, in every format', () => {
  fc.assert(
    fc.property(content, format, fc.boolean(), (original, format, isPrivate) => {
      const options = {
        format,
        isPrivate,
        trackers: [['http://a/'], ['udp://b:1', 'wss://c']],
        webSeeds: ['http://w/'],
      }
      const { bytes, metainfo } = encodeMetainfo(original, hashes, options)
      const rootOf = (root: RootHash | undefined): RootHash | undefined =>
        format === 'v1' ? undefined : root
      expect(metainfo).toMatchObject({
        name: original.name,
        isFolder: original.isFolder,
        files: original.files.map((file) => ({ ...file, rootHash: rootOf(file.rootHash) })),
        pieceLength: original.pieceLength,
        isPrivate,
        trackers: options.trackers,
        webSeeds: options.webSeeds,
      })
      expect(metainfo.piecesV1).toEqual(format === 'v2' ? undefined : original.piecesV1)
      if (format !== 'v1') expect(metainfo.pieceLayers).toEqual(original.pieceLayers)
      expect(metainfo.infoHash).toBe(format === 'v1' ? undefined : toHex(hashes.sha256(metainfo.infoBytes)))
      expect(metainfo.infoHashV1).toBe(format === 'v2' ? undefined : toHex(hashes.sha1(metainfo.infoBytes)))
      expect(decodeMetainfo(bytes, hashes)).toEqual(metainfo)
      expect(encodeBencode(decodeBencode(bytes) as Encodable)).toEqual(bytes)
    }),
  )
})

test('in v1 and hybrid every file begins on a piece, and nothing is padded after the last', () => {
  fc.assert(
    fc.property(content, fc.constantFrom<MetainfoFormat>('hybrid', 'v1'), (original, format) => {
      const { metainfo } = encodeMetainfo(original, hashes, { format })
      const stream = partsOf(readStream(decodeBencode(metainfo.infoBytes) as BencodeDict, ''))
      let offset = 0
      for (const part of stream) {
        if (part.file !== undefined && part.size > 0) expect(offset % metainfo.pieceLength).toBe(0)
        if (part.file !== undefined) expect(part.size).toBe(metainfo.files[part.file]?.size)
        offset += part.size
      }
      expect(stream.at(-1)?.file).toBe(metainfo.files.length - 1)
    }),
  )
})

const tryDecode = (bytes: Uint8Array): string => {
  try {
    decodeMetainfo(bytes, hashes)
    return 'decoded'
  } catch (error) {
    if (error instanceof ShoalError) return error.code
    throw error
  }
}
const expected = ['decoded', 'METAINFO_INVALID', 'PATH_UNSAFE', 'BENCODE_INVALID']

test('changed, cut and random bytes give a value or an error of three codes, and nothing else', () => {
  fc.assert(
    fc.property(
      content,
      format,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      (original, format, changes) => {
        const bytes = encodeMetainfo(original, hashes, { format }).bytes.slice()
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        expect(expected).toContain(tryDecode(bytes))
        expect(expected).toContain(tryDecode(bytes.subarray(0, (changes[0]?.[0] ?? 0) % bytes.length)))
      },
    ),
    { numRuns: 200 },
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(expected).toContain(tryDecode(bytes))
    }),
  )
})

/** A value whose every node may be replaced: bencode stays valid, its meaning does not. */
const mutate = (value: Encodable, at: { left: number }, replacement: Encodable): Encodable => {
  if (at.left-- === 0) return replacement
  if (value instanceof Map) {
    const entries = value as ReadonlyMap<string, Encodable>
    return new Map([...entries].map(([key, item]) => [key, mutate(item, at, replacement)]))
  }
  return Array.isArray(value) ? (value as Encodable[]).map((item) => mutate(item, at, replacement)) : value
}

test('valid bencode with any value replaced gives a value or an error of three codes, and nothing else', () => {
  const replacement = fc.oneof(
    fc.constantFrom<Encodable>(
      -1,
      0,
      1,
      2 ** 53 - 1,
      '',
      '..',
      'l',
      'p',
      [],
      ['a'],
      new Map(),
      new Uint8Array(32),
    ),
    fc.integer(),
    fc.string(),
  )
  fc.assert(
    fc.property(content, format, fc.nat(60), replacement, (original, format, at, value) => {
      const tree = decodeBencode(encodeMetainfo(original, hashes, { format }).bytes) as Encodable
      expect(expected).toContain(tryDecode(encodeBencode(mutate(tree, { left: at }, value))))
    }),
    { numRuns: 200 },
  )
})

type Dict = Map<string, Encodable>
const PIECE = 4 * CHUNK_SIZE
const root = new Uint8Array(32).fill(9)
const leaf = (length: number): Dict =>
  new Map([
    [
      '',
      new Map<string, Encodable>([
        ['length', length],
        ['pieces root', root],
      ]),
    ],
  ])
const v1File = (length: number, ...path: string[]): Encodable => ({ length, path })
const pad = (length: number): Encodable => ({ length, path: ['.pad', `${length}`], attr: 'p' })
const pieces = (count: number): Uint8Array => new Uint8Array(20 * count)

const base = { name: 'n', 'piece length': PIECE }
const hybrid = (
  files: Encodable[],
  tree: Record<string, Dict>,
  count: number,
): Record<string, Encodable> => ({
  ...base,
  'meta version': 2,
  files,
  'file tree': new Map(Object.entries(tree)),
  pieces: pieces(count),
})
const good = hybrid([v1File(5, 'a'), pad(PIECE - 5), v1File(7, 'b')], { a: leaf(5), b: leaf(7) }, 2)
const decode = (info: Encodable, more: Record<string, Encodable> = {}): ReturnType<typeof decodeMetainfo> =>
  decodeMetainfo(encodeBencode({ info, ...more }), hashes)

test('a hybrid is read where both sides agree, padded after the last file or not', () => {
  expect(decode(good).files.map(({ path }) => path)).toEqual([['a'], ['b']])
  const files = [v1File(5, 'a'), pad(PIECE - 5), v1File(7, 'b'), pad(PIECE - 7)]
  expect(decode({ ...good, files }).files).toHaveLength(2)
})

describe('METAINFO_INVALID', () => {
  test.each<[string, Encodable]>([
    ['hybrid without padding', { ...good, files: [v1File(5, 'a'), v1File(7, 'b')], pieces: pieces(1) }],
    ['hybrid with other sizes', { ...good, files: [v1File(6, 'a'), pad(PIECE - 6), v1File(7, 'b')] }],
    ['hybrid with other names', { ...good, files: [v1File(5, 'a'), pad(PIECE - 5), v1File(7, 'c')] }],
    ['hybrid in other order', { ...good, files: [v1File(7, 'b'), pad(PIECE - 7), v1File(5, 'a')] }],
    ['hybrid with a file less', { ...good, files: [v1File(5, 'a')], pieces: pieces(1) }],
    [
      'hybrid with a file more',
      { ...good, files: [v1File(5, 'a'), pad(PIECE - 5), v1File(7, 'b'), v1File(0, 'c')] },
    ],
    [
      'hybrid with a piece of padding',
      { ...good, files: [v1File(5, 'a'), pad(2 * PIECE - 5), v1File(7, 'b')], pieces: pieces(3) },
    ],
    [
      'hybrid of a file by two names',
      { ...base, 'meta version': 2, length: 5, pieces: pieces(1), 'file tree': new Map([['m', leaf(5)]]) },
    ],
    ['pieces missing', { ...good, pieces: pieces(1) }],
    ['pieces of a part', { ...good, pieces: new Uint8Array(39) }],
    ['piece length no power of two', { ...good, 'piece length': 3 * CHUNK_SIZE }],
    ['piece length below 16 KiB', { ...good, 'piece length': CHUNK_SIZE / 2 }],
    ['piece length too long', { ...good, 'piece length': 2 ** 30 }],
    ['unknown version', { ...good, 'meta version': 3 }],
    ['no name', { ...good, name: 5 }],
    ['no files', { ...base, files: [], pieces: pieces(0) }],
    ['only padding', { ...base, files: [pad(5)], pieces: pieces(1) }],
    ['files and length', { ...base, files: [v1File(5, 'a')], length: 5, pieces: pieces(1) }],
    ['negative length', { ...base, length: -1, pieces: pieces(0) }],
    ['v1 piece length too short', { ...base, 'piece length': 1023, length: 1, pieces: pieces(1) }],
    ['v1 piece length too long', { ...base, 'piece length': 2 ** 26 + 1, length: 1, pieces: pieces(1) }],
    ['v1 of too many chunks', { ...base, files: [v1File(1, 'a'), pad(2 ** 41)], pieces: pieces(1) }],
    ['piece length of nothing', { ...base, 'piece length': 0, length: 1, pieces: pieces(0) }],
    [
      'sizes beyond what is exact',
      { ...base, files: [v1File(2 ** 52, 'a'), v1File(2 ** 52, 'b')], pieces: pieces(0) },
    ],
    [
      'root too short',
      { ...base, 'meta version': 2, 'file tree': { n: { '': { length: 5, 'pieces root': 'x' } } } },
    ],
    ['link with data', { ...base, files: [{ length: 5, path: ['l'], attr: 'l' }], pieces: pieces(1) }],
    ['v2 root that is a file', { ...base, 'meta version': 2, 'file tree': leaf(1) }],
    ['not a dictionary', 5],
  ])('%s', (_, info) => {
    expect(() => decode(info)).toThrow(expect.objectContaining({ code: 'METAINFO_INVALID' }))
  })

  test('a piece layer that is missing, short, or of another root', () => {
    const original = described('n', 5 * PIECE, PIECE)
    const { metainfo } = encodeMetainfo(original, hashes, { format: 'v2' })
    const info = decodeBencode(metainfo.infoBytes) as Encodable
    const [[rootHash, layer] = ['', new Uint8Array()]] = metainfo.pieceLayers
    const key = String.fromCharCode(...(fromHex(rootHash) ?? []))
    const other = layer.slice()
    other[40] = (other[40] ?? 0) ^ 1
    expect(decode(info, { 'piece layers': new Map([[key, layer]]) }).pieceLayers.size).toBe(1)
    for (const wrong of [
      new Map<string, Encodable>(),
      new Map([[key, layer.slice(32)]]),
      new Map([[key, other]]),
    ]) {
      expect(() => decode(info, { 'piece layers': wrong })).toThrow(
        expect.objectContaining({ code: 'METAINFO_INVALID' }),
      )
    }
  })
})

describe('PATH_UNSAFE', () => {
  test.each<[string, Encodable]>([
    ['name', { ...base, name: '..', length: 0, pieces: pieces(0) }],
    ['v1 path', { ...base, files: [v1File(0, '..', 'a')], pieces: pieces(0) }],
    ['v1 path without components', { ...base, files: [v1File(0)], pieces: pieces(0) }],
    ['v1 path with a separator', { ...base, files: [v1File(0, 'a/b')], pieces: pieces(0) }],
    [
      'v1 path that is not UTF-8',
      { ...base, files: [{ length: 0, path: [Uint8Array.of(0xff)] }], pieces: pieces(0) },
    ],
    ['v1 files on one path', { ...base, files: [v1File(0, 'a'), v1File(0, 'A')], pieces: pieces(0) }],
    ['v1 file below a file', { ...base, files: [v1File(0, 'a'), v1File(0, 'a', 'b')], pieces: pieces(0) }],
    ['v2 path', { ...base, 'meta version': 2, 'file tree': { '..': { a: leaf(1) } } }],
    [
      'v2 file that is a folder',
      { ...base, 'meta version': 2, 'file tree': { a: new Map([...leaf(1), ['b', leaf(1)]]) } },
    ],
  ])('%s', (_, info) => {
    expect(() => decode(info)).toThrow(expect.objectContaining({ code: 'PATH_UNSAFE' }))
  })
})

test('v1 alone keeps what only v1 allows: a folder without padding, any piece length, links left out', () => {
  const files = [
    v1File(900, 'a'),
    { path: ['link'], attr: 'l', 'symlink path': ['a'] },
    pad(3),
    v1File(700, 'b', 'c'),
  ]
  const read = decode({ ...base, 'piece length': 1025, files, pieces: pieces(2) })
  expect(read).toMatchObject({ isFolder: true, pieceLength: 1025, infoHash: undefined })
  expect(read.stream).toEqual([
    { file: 0, size: 900 },
    { file: undefined, size: 3 },
    { file: 1, size: 700 },
  ])
  expect(read.files).toEqual([
    { path: ['a'], size: 900, rootHash: undefined },
    { path: ['b', 'c'], size: 700, rootHash: undefined },
  ])
})

test('URLs that nobody could use are left out; announce stands where announce-list has none (BEP 12)', () => {
  const more = { announce: 'http://a/', 'announce-list': [[''], 5, ['file:///x']], 'url-list': '' }
  expect(decode(good, more)).toMatchObject({ trackers: [['http://a/']], webSeeds: [] })
  const many = Array.from({ length: 500 }, (_, index) => [`udp://t:${index}`])
  expect(decode(good, { 'announce-list': many, 'url-list': 'http://w/' })).toMatchObject({
    webSeeds: ['http://w/'],
  })
  expect(decode(good, { 'announce-list': many }).trackers).toHaveLength(200)
})

test('a folder that holds just its namesake is refused by v2 alone, which reads it as a file', () => {
  const twin = described('n', new Map([['n', 5]]), PIECE)
  expect(() => encodeMetainfo(twin, hashes, { format: 'v2' })).toThrow(
    expect.objectContaining({ code: 'METAINFO_INVALID' }),
  )
  expect(encodeMetainfo(twin, hashes).metainfo.isFolder).toBe(true)
})

test('a .torrent of very many files or folders is refused before it grows', () => {
  const torrent = (paths: readonly string[]): Uint8Array =>
    Buffer.from(
      `d4:infod5:filesl${paths.map((path) => `d6:lengthi0e4:pathl${path}ee`).join('')}e4:name1:n12:piece lengthi16384e6:pieces0:ee`,
    )
  const text = (index: number): string => `${`${index}`.length}:${index}`
  const deep = Array.from({ length: 1_700 }, (_, index) => text(index).repeat(60))
  expect(tryDecode(torrent(deep))).toBe('PATH_UNSAFE')
  const wide = Array.from({ length: 100_001 }, (_, index) => text(index))
  expect(tryDecode(torrent(wide))).toBe('METAINFO_INVALID')
  expect(tryDecode(torrent(wide.slice(1)))).toBe('decoded')
})
