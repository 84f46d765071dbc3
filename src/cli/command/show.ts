import { readTorrent } from '../../node/content.js'
import type { Metainfo } from '../../protocol/metainfo/content.js'
import { parseMagnet, type Magnet } from '../../protocol/metainfo/magnet.js'
import { formatBytes } from '../../support/units.js'
import { defineCommand } from '../definition.js'
import type { Output } from '../output.js'
import { safeName, tableLines } from '../text.js'

/** What is known of a torrent; null where a magnet link does not say it. */
interface Shown {
  readonly name: string | null
  readonly size: number | null
  readonly pieceLength: number | null
  readonly infoHash: string | null
  readonly infoHashV1: string | null
  readonly files: readonly { readonly path: string; readonly size: number; readonly root: string | null }[]
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  readonly private: boolean | null
}

const ofMetainfo = (metainfo: Metainfo): Shown => ({
  name: metainfo.name,
  size: metainfo.files.reduce((total, { size }) => total + size, 0),
  pieceLength: metainfo.pieceLength,
  infoHash: metainfo.infoHash ?? null,
  infoHashV1: metainfo.infoHashV1 ?? null,
  files: metainfo.files.map(({ path, size, rootHash }) => ({
    path: path.join('/'),
    size,
    root: rootHash ?? null,
  })),
  trackers: metainfo.trackers.flat(),
  webSeeds: metainfo.webSeeds,
  private: metainfo.isPrivate,
})

const ofMagnet = (magnet: Magnet): Shown => ({
  name: magnet.name ?? null,
  size: null,
  pieceLength: null,
  infoHash: magnet.infoHash ?? null,
  infoHashV1: magnet.infoHashV1 ?? null,
  files: [],
  trackers: magnet.trackers,
  webSeeds: magnet.webSeeds,
  private: null,
})

const bytes = (size: number | null): string =>
  size === null ? 'unknown' : `${formatBytes(size)} (${size} bytes)`

const describe = (shown: Shown): string[] =>
  tableLines([
    ['Name', safeName(shown.name ?? 'unknown')],
    ['Size', bytes(shown.size)],
    ['Piece', bytes(shown.pieceLength)],
    ['Private', shown.private === null ? 'unknown' : shown.private ? 'yes' : 'no'],
  ])

const say = (output: Output, shown: Shown): void => {
  output.event(shown)
  for (const line of describe(shown)) output.line(line)
  output.line(`Info-hash (v2)  ${shown.infoHash ?? 'none'}`)
  output.line(`Info-hash (v1)  ${shown.infoHashV1 ?? 'none'}`)
  for (const url of shown.trackers) output.line(`Tracker  ${safeName(url)}`)
  for (const url of shown.webSeeds) output.line(`Web seed  ${safeName(url)}`)
  for (const { path, size, root } of shown.files) {
    output.line(`${formatBytes(size).padStart(10)}  ${safeName(path)}`)
    if (root !== null) output.line(`            root ${root}`)
  }
}

export const show = defineCommand({
  verb: 'show',
  summary: 'show what a .torrent or magnet link holds',
  words: '<what>',
  settings: {},
  examples: ['shoal show photos.torrent', "shoal show 'magnet:?xt=urn:btih:…' --json"],
  run: async ({ words, output }) => {
    const [what = ''] = words
    say(output, /^magnet:/i.test(what) ? ofMagnet(parseMagnet(what)) : ofMetainfo(await readTorrent(what)))
  },
})
