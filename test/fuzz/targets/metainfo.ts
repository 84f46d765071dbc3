import { deepStrictEqual, ok } from 'node:assert/strict'
import { win32, posix } from 'node:path'
import { decodeBencode, encodeBencode } from '../../../src/protocol/bencode.js'
import { encodeUtf8 } from '../../../src/protocol/bytes.js'
import { CHUNK_SIZE, MAX_CHUNKS, MAX_FILES } from '../../../src/protocol/limits.js'
import { decodeMetainfo } from '../../../src/protocol/metainfo/decode.js'
import { Layout } from '../../../src/protocol/metainfo/layout.js'
import { formatMagnet, parseMagnet } from '../../../src/protocol/metainfo/magnet.js'
import { PathSet, safePath } from '../../../src/protocol/metainfo/path.js'
import { fileUrl } from '../../../src/protocol/metainfo/webSeedUrl.js'
import { parseContentRange } from '../../../src/protocol/http/contentRange.js'
import { hashes, infoHash, infoHashV1, torrents } from '../samples.js'
import { nothing, shoalErrors, type Target } from '../target.js'

const text = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

const bencode: Target = {
  name: 'bencode',
  seeds: [
    ...torrents,
    ...['le', 'de', 'i-7e', '0:', 'd1:ali1ei2ee1:bd0:0:ee', 'l'.repeat(200) + 'e'.repeat(200)].map(
      encodeUtf8,
    ),
  ],
  grammar: 'bencode',
  weight: 80,
  isDocumented: shoalErrors('BENCODE_INVALID'),
  run: (input) => {
    const value = decodeBencode(input)
    deepStrictEqual(encodeBencode(value), input)
    return value
  },
}

/** What stands on a disk is reached by these; none may fail for what was let in. */
const checkLayout = (layout: Layout): void => {
  ok(layout.chunkCount <= MAX_CHUNKS)
  for (const chunk of new Set([0, layout.chunkCount >> 1, layout.chunkCount - 1])) {
    if (chunk < 0 || layout.chunkCount === 0) continue
    const { length } = layout.spanOf(chunk)
    ok(length > 0 && length <= CHUNK_SIZE)
    const { first, count } = layout.chunksOf(layout.pieceOf(chunk))
    ok(chunk >= first && chunk < first + count)
  }
}

const metainfo: Target = {
  name: 'metainfo',
  seeds: torrents,
  grammar: 'bencode',
  weight: 40,
  isDocumented: shoalErrors('METAINFO_INVALID', 'PATH_UNSAFE', 'BENCODE_INVALID'),
  run: (input) => {
    const torrent = decodeMetainfo(input, hashes)
    ok(torrent.files.length > 0 && torrent.files.length <= MAX_FILES)
    for (const { path } of torrent.files) checkInside(path)
    checkLayout(new Layout(torrent))
    return torrent
  },
}

const magnet: Target = {
  name: 'magnet',
  seeds: [
    formatMagnet({ infoHash }),
    formatMagnet({
      infoHash,
      infoHashV1,
      name: 'Film & Ton.mkv',
      trackers: ['http://a.example/announce', 'udp://b.example:80'],
      webSeeds: ['https://c.example/'],
      peers: [
        { host: '::1', port: 1 },
        { host: 'd.example', port: 6881 },
      ],
      select: [
        { first: 0, last: 0 },
        { first: 4, last: 8 },
      ],
    }),
    `MAGNET:?XT=urn:btih:${'A7'.repeat(16)}&tr.1=http%3a%2f%2fa&so=0,2,4-6`,
  ].map(encodeUtf8),
  weight: 100,
  isDocumented: shoalErrors('METAINFO_INVALID'),
  run: (input) => {
    const link = parseMagnet(text(input))
    deepStrictEqual(parseMagnet(formatMagnet(link)), link)
    return link
  },
}

/** A path that was let in names a place inside the folder, on whichever system and web server. */
const checkInside = (path: readonly string[]): void => {
  const files = [{ path, size: 1, rootHash: undefined }]
  const url = fileUrl('http://host/base', { name: 'torrent', isFolder: true, files, pieceLength: 1 }, 0)
  ok(decodeURIComponent(new URL(url).pathname) === `/base/torrent/${path.join('/')}`)
  ok(posix.resolve('/base/torrent', ...path) === `/base/torrent/${path.join('/')}`)
  ok(win32.resolve('C:\\base', ...path) === `C:\\base\\${path.join('\\')}`)
}

const paths: Target = {
  name: 'path',
  seeds: ['a', 'album/scans/front.png\nalbum/one.flac', 'Ä/é/世', 'con.x/aux', '..\\..', 'a/..', 'C:x'].map(
    encodeUtf8,
  ),
  weight: 150,
  isDocumented: shoalErrors('PATH_UNSAFE'),
  run: (input) => {
    const set = new PathSet()
    const lines = text(input).split('\n')
    return lines.map((line) => {
      const path = safePath(line.split('/'))
      checkInside(path)
      set.add(path)
      return path
    })
  },
}

const contentRange: Target = {
  name: 'content-range',
  seeds: ['bytes 0-99/1000', 'bytes 16384-32767/*', 'Bytes  5-5/6', 'bytes */10'].map(encodeUtf8),
  weight: 300,
  isDocumented: nothing,
  run: (input) => {
    const range = parseContentRange(text(input))
    if (range === undefined) return undefined
    ok(range.first <= range.last && Number.isSafeInteger(range.last))
    ok(range.size === undefined || range.last < range.size)
    return range
  },
}

export const metainfoTargets: readonly Target[] = [bencode, metainfo, magnet, paths, contentRange]
