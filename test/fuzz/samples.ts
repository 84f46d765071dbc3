import { hash } from 'node:crypto'
import { encodeUtf8 } from '../../src/protocol/bytes.js'
import type { Hashes } from '../../src/protocol/hash.js'
import { toHex } from '../../src/protocol/hex.js'
import {
  parseInfoHash,
  parseInfoHashV1,
  parsePeerId,
  parseRootHash,
  parseTicket,
  parseTorrentId,
  type RootHash,
} from '../../src/protocol/ids.js'
import { CHUNK_SIZE } from '../../src/protocol/limits.js'
import type { Content, PieceHashes } from '../../src/protocol/metainfo/content.js'
import { encodeMetainfo, type MetainfoFormat } from '../../src/protocol/metainfo/encode.js'
import { Layout } from '../../src/protocol/metainfo/layout.js'
import { rootOfLayer } from '../../src/protocol/metainfo/pieceLayers.js'

export const hashes: Hashes = {
  sha1: (data) => new Uint8Array(hash('sha1', data, 'buffer')),
  sha256: (data) => new Uint8Array(hash('sha256', data, 'buffer')),
}

const present = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('a sample is malformed')
  return value
}

/** Ids that are well-formed and of nothing. */
export const ticket = present(parseTicket('00ff'.repeat(8)))
export const peerId = present(parsePeerId('0123456789abcdef'.repeat(2)))
export const infoHash = present(parseInfoHash('ab'.repeat(32)))
export const infoHashV1 = present(parseInfoHashV1('cd'.repeat(20)))
export const rootHash = present(parseRootHash('ef'.repeat(32)))
export const torrentId = present(parseTorrentId(7))

export const jsonOf = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value))

/** `length` bytes that are not all the same. */
export const bytesOf = (length: number): Uint8Array =>
  new Uint8Array(length).map((_, index) => (index * 7) & 0xff)

/** Content whose layers match their roots, which is all that a .torrent alone can show. */
const described = (name: string, sizes: readonly (readonly [string, number])[]): Content & PieceHashes => {
  const pieceLength = 2 * CHUNK_SIZE
  const pieceLayers = new Map<RootHash, Uint8Array>()
  const files = sizes.map(([path, size], index) => {
    const layer = bytesOf(32 * Math.ceil(size / pieceLength)).map((byte) => byte ^ index)
    if (size === 0) return { path: path.split('/'), size, rootHash: undefined }
    const root = present(parseRootHash(toHex(rootOfLayer(hashes.sha256, layer, pieceLength))))
    if (size > pieceLength) pieceLayers.set(root, layer)
    return { path: path.split('/'), size, rootHash: root }
  })
  const { pieceCount } = new Layout({ files, pieceLength })
  const isFolder = files.length > 1
  return { name, isFolder, files, pieceLength, pieceLayers, piecesV1: bytesOf(20 * pieceCount) }
}

const FILE = described('film.mkv', [['film.mkv', 100_000]])
const FOLDER = described('album', [
  ['empty', 0],
  ['one.flac', 40_000],
  ['scans/back.png', 70_000],
  ['scans/front.png', 1],
])

const OPTIONS = {
  trackers: [['http://a.example/announce', 'udp://b.example:80'], ['wss://c.example']],
  webSeeds: ['https://d.example/'],
  isPrivate: true,
  createdBy: 'Shoal',
  creationDate: 1_700_000_000,
}

const FORMATS: readonly MetainfoFormat[] = ['v1', 'v2', 'hybrid']

/** A file and a folder in every format, with everything that may stand in a .torrent. */
export const torrents: readonly Uint8Array[] = FORMATS.flatMap((format) => [
  encodeMetainfo(FILE, hashes, { format }).bytes,
  encodeMetainfo(FOLDER, hashes, { format, ...OPTIONS }).bytes,
])
