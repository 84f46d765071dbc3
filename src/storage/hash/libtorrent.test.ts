import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeMetainfo } from '../../protocol/metainfo/decode.js'
import type { Metainfo } from '../../protocol/metainfo/content.js'
import { encodeMetainfo, type MetainfoFormat } from '../../protocol/metainfo/encode.js'
import { formatMagnet, parseMagnet } from '../../protocol/metainfo/magnet.js'
import { hashContent } from './hashContent.js'
import { sha1, sha256 } from './job.js'
import { verifyContent } from './verify.js'

const PYTHON = '/usr/bin/python3'
const isInstalled = spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0
if (!isInstalled) console.log('skipped: libtorrent is not installed (Debian: python3-libtorrent)')

interface Seen {
  readonly v1: string | null
  readonly v2: string | null
  readonly name: string
  readonly pieceLength: number
  readonly private: boolean
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  readonly magnet: string
  readonly files: readonly {
    readonly path: readonly string[]
    readonly size: number
    readonly root: string | null
  }[]
}

/** Runs jobs of oracle.py in one process, since starting it costs most. */
const libtorrent = (jobs: readonly (readonly unknown[])[]): readonly Seen[] =>
  JSON.parse(
    execFileSync(PYTHON, [fileURLToPath(new URL('./oracle.py', import.meta.url))], {
      input: JSON.stringify(jobs),
      encoding: 'utf8',
    }),
  ) as readonly Seen[]

const KIB = 1024
const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7 + seed) & 0xff)

/** Case -> files below it; one path without a folder is a single file. */
const CASES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'one byte': { 'one.bin': 1 },
  'a chunk': { 'chunk.bin': 16 * KIB },
  'a chunk and a byte': { 'chunk1.bin': 16 * KIB + 1 },
  'exact pieces': { 'exact.bin': 128 * KIB },
  'a last short piece': { 'short.bin': 200 * KIB + 5 },
  'three chunks of a piece of four': { 'three.bin': 48 * KIB },
  'Unicode name': { 'Grüße 世界 🌍 שלום.txt': 20_000 },
  folder: { 'folder/b': 70_000, 'folder/a/z': 1, 'folder/a.txt': 16 * KIB, 'folder/c': 33 * KIB },
  'folder with empty files': {
    'empties/a': 0,
    'empties/b': 5,
    'empties/c': 0,
    'empties/d': 64 * KIB,
    'empties/e': 0,
  },
  'folder of one file': { 'lonely/file': 100_000 },
  'folder in many scripts': {
    'Bücher/日本/ファイル': 40_000,
    'Bücher/\u{10000}': 3,
    'Bücher/\uffee': 4,
    'Bücher/Ünïcode': 9,
  },
  'twins with one root': { 'twins/a': 150_000, 'twins/b': 150_000 },
}
const FORMATS: readonly MetainfoFormat[] = ['hybrid', 'v1', 'v2']
const PIECE_LENGTH = 64 * KIB

const variants = Object.keys(CASES).flatMap((name) => FORMATS.map((format) => ({ name, format })))

/** Of libtorrent alone: a hybrid with padding after the last file too. */
const padded = Object.keys(CASES).map((name) => ({ name, format: 'padded' as const }))

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'shoal-libtorrent-'))
  for (const files of Object.values(CASES)) {
    for (const [path, size] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true })
      await writeFile(join(dir, path), bytes(size))
    }
  }
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const topOf = (name: string): string => Object.keys(CASES[name] ?? {})[0]?.split('/')[0] ?? ''

/** Where v2 alone has one file, libtorrent leaves out the folder that it lies in. */
const isAmbiguous = (variant: { readonly name: string; readonly format: string } | undefined): boolean =>
  variant?.name === 'folder of one file' && variant.format === 'v2'

const filesSeen = (metainfo: Metainfo): unknown =>
  metainfo.files.map(({ path, size, rootHash }) => ({
    path: metainfo.isFolder ? [metainfo.name, ...path] : [...path],
    size,
    root: metainfo.infoHash === undefined ? null : (rootHash ?? '0'.repeat(64)),
  }))

const sorted = (files: Seen['files']): unknown =>
  files.toSorted((a, b) => (a.path.join('/') < b.path.join('/') ? -1 : 1))

test.runIf(isInstalled)('A6 libtorrent opens every .torrent of ours and sees the same in it', async () => {
  const ours: Metainfo[] = []
  for (const [index, { name, format }] of variants.entries()) {
    const content = await hashContent(join(dir, topOf(name)), { pieceLength: PIECE_LENGTH, format })
    const trackers = [['http://127.0.0.1:1/announce'], ['udp://127.0.0.1:2/a']]
    const options = { format, trackers, webSeeds: ['http://127.0.0.1:3/w/'], isPrivate: index % 2 === 0 }
    const { bytes: torrent, metainfo } = encodeMetainfo(content, { sha1, sha256 }, options)
    await writeFile(join(dir, `${index}.torrent`), torrent)
    ours.push(metainfo)
  }
  const seen = libtorrent(variants.map((_, index) => ['inspect', join(dir, `${index}.torrent`)]))
  for (const [index, metainfo] of ours.entries()) {
    const theirs = seen[index]
    const label = JSON.stringify(variants[index])
    expect(theirs?.v1, label).toBe(metainfo.infoHashV1 ?? null)
    expect(theirs?.v2, label).toBe(metainfo.infoHash ?? null)
    if (isAmbiguous(variants[index])) continue
    expect(theirs?.name, label).toBe(metainfo.name)
    expect(theirs?.pieceLength, label).toBe(PIECE_LENGTH)
    expect(theirs?.private, label).toBe(metainfo.isPrivate)
    expect(theirs?.trackers, label).toEqual(metainfo.trackers.flat())
    expect(theirs?.webSeeds, label).toEqual(metainfo.webSeeds)
    expect(theirs?.files, label).toEqual(filesSeen(metainfo))
    const magnet = parseMagnet(theirs?.magnet ?? '')
    expect(magnet, label).toMatchObject({ infoHash: metainfo.infoHash, infoHashV1: metainfo.infoHashV1 })
    expect(magnet.name).toBe(metainfo.name)
    expect(parseMagnet(formatMagnet(magnet))).toEqual(magnet)
  }
})

test.runIf(isInstalled)(
  'A6 a .torrent that libtorrent makes is read, verifies, and has the info-hashes of ours',
  async () => {
    const out = (index: number): string => join(dir, `theirs-${index}.torrent`)
    const seen = libtorrent(
      [...variants, ...padded].map(({ name, format }, index) => [
        'create',
        join(dir, topOf(name)),
        format,
        PIECE_LENGTH,
        out(index),
      ]),
    )
    for (const [index, { name, format }] of [...variants, ...padded].entries()) {
      const label = `${name} ${format}`
      const theirs = decodeMetainfo(new Uint8Array(await readFile(out(index))), { sha1, sha256 })
      expect(theirs.infoHashV1 ?? null, label).toBe(seen[index]?.v1)
      expect(theirs.infoHash ?? null, label).toBe(seen[index]?.v2)
      if (!isAmbiguous({ name, format }))
        expect(sorted(filesSeen(theirs) as Seen['files']), label).toEqual(sorted(seen[index]?.files ?? []))
      expect((await verifyContent(theirs, dir)).isComplete, label).toBe(true)
      if (format === 'padded') continue
      const content = await hashContent(join(dir, topOf(name)), { pieceLength: PIECE_LENGTH, format })
      const ours = encodeMetainfo(content, { sha1, sha256 }, { format }).metainfo
      // Its v1 folders have their files in the order of the disk and no padding.
      if (format === 'v1' && ours.isFolder) continue
      expect(ours.piecesV1, label).toEqual(theirs.piecesV1)
      // It puts padding behind the empty files that follow a file.
      if (name === 'folder with empty files' && format === 'hybrid') continue
      expect(ours.infoHashV1, label).toBe(theirs.infoHashV1)
      expect(ours.infoHash, label).toBe(theirs.infoHash)
      expect(ours.pieceLayers, label).toEqual(theirs.pieceLayers)
    }
  },
)
