import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseInfoHash, parseRootHash, parseTorrentId } from '../../protocol/ids.js'
import type { TorrentObject } from '../../protocol/json/answer.js'
import { MAX_FILES } from '../../protocol/limits.js'
import { encodeMetainfo } from '../../protocol/metainfo/encode.js'
import { hashes } from '../hashes.js'
import { describeObject } from './description.js'

const root = parseRootHash(createHash('sha256').update('data').digest('hex'))
const claimed = parseInfoHash('ab'.repeat(32))
const id = parseTorrentId(1)
if (id === undefined || claimed === undefined) throw new Error('no ids')

const listed: TorrentObject = {
  torrentId: id,
  fileName: 'film.mkv',
  chunks: 1,
  fileSize: 4,
  infoHash: claimed,
  infoHashV1: undefined,
  rootHash: root,
  files: undefined,
  metainfo: undefined,
  seeders: new Map(),
  leechers: new Map(),
}
const content = {
  name: 'film.mkv',
  isFolder: false,
  files: [{ path: ['film.mkv'], size: 4, rootHash: root }],
  pieceLength: 16384,
  pieceLayers: new Map(),
  piecesV1: new Uint8Array(20),
}
const invalid = expect.objectContaining({ code: 'METAINFO_INVALID' })

test('A7 an info-hash that no .torrent proves is good to ask by, and is not what is served or resumed', () => {
  expect(describeObject(listed)).toMatchObject({
    infoHash: undefined,
    claimedInfoHash: claimed,
    isVerifiable: true,
  })
})

test('A7 who asked for an info-hash gets that or nothing, whatever the tracker says', () => {
  const { bytes, metainfo } = encodeMetainfo(content, hashes)
  const expected = metainfo.infoHash
  expect(() => describeObject(listed, { expected: claimed })).toThrow(invalid)
  expect(() => describeObject({ ...listed, infoHash: undefined }, { expected: claimed })).toThrow(invalid)
  expect(() =>
    describeObject({ ...listed, infoHash: undefined, metainfo: bytes }, { expected: claimed }),
  ).toThrow(invalid)
  expect(() => describeObject({ ...listed, metainfo: bytes })).toThrow(invalid)
  const proven = describeObject({ ...listed, infoHash: expected, metainfo: bytes }, { expected })
  expect(proven).toMatchObject({ infoHash: expected, claimedInfoHash: expected })
})

test('files that would stand on one another, and more chunks than there is memory for, are refused', () => {
  const file = (path: string, size = 4) => ({ path, size, rootHash: root })
  for (const files of [
    [file('a'), file('a')],
    [file('a'), file('a/b')],
    [file('A'), file('a')],
  ])
    expect(() => describeObject({ ...listed, files })).toThrow(
      expect.objectContaining({ code: 'PATH_UNSAFE' }),
    )
  expect(() => describeObject({ ...listed, fileSize: 2 ** 45 })).toThrow(invalid)
})

test('a folder without files is refused, and one with as many as there may be is not, however deep the stack', () => {
  expect(() => describeObject({ ...listed, files: [] })).toThrow(invalid)
  const files = Array.from({ length: MAX_FILES }, (_, index) => ({
    path: `${index}`,
    size: 1,
    rootHash: root,
  }))
  const below = (calls: number): number =>
    calls === 0 ? describeObject({ ...listed, files }).content.files.length : below(calls - 1)
  expect(below(3000)).toBe(MAX_FILES)
})
