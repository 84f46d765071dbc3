import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createTorrent } from '../../node/content.js'
import { ShoalError } from '../../protocol/errors.js'
import type { MetainfoFormat } from '../../protocol/metainfo/encode.js'
import { isTrackerUrl, isWebSeedUrl } from '../../protocol/metainfo/url.js'
import { quote, readChoice, readText, value, ValueFault, values, type Read } from '../../support/setting.js'
import { formatBytes } from '../../support/units.js'
import { defineCommand, type Call } from '../definition.js'
import { readPieceLength } from '../settings.js'
import { safeName } from '../text.js'
import { magnetOf, showWork } from '../transfer.js'

const FORMATS: readonly MetainfoFormat[] = ['hybrid', 'v1', 'v2']

const readUrl =
  (isUsable: (url: string) => boolean, what: string): Read<string> =>
  (text) => {
    if (!isUsable(text)) throw new ValueFault(`${quote(text)} is no URL of ${what}`)
    return text
  }

const settings = {
  out: value(
    { flag: 'out', short: 'o', description: 'the .torrent to write (default NAME.torrent)' },
    'FILE',
    readText,
    undefined,
  ),
  format: value(
    { flag: 'format', description: 'which clients it serves: hybrid, v1 or v2' },
    'FORMAT',
    readChoice(FORMATS),
    FORMATS[0],
  ),
  pieceLength: value(
    { flag: 'piece-length', description: 'bytes of a piece, such as 256K (default: by the size)' },
    'N',
    readPieceLength,
    undefined,
  ),
  announce: values(
    { flag: 'announce', description: 'BitTorrent tracker, by http, https or udp (repeatable)' },
    'URL',
    readUrl(isTrackerUrl, 'a tracker'),
    [],
  ),
  webSeed: values(
    { flag: 'web-seed', description: 'web server that has the same data, by http or https (repeatable)' },
    'URL',
    readUrl(isWebSeedUrl, 'a web seed'),
    [],
  ),
}

/** Writes a file that is not there yet; the very same one may be. @throws ShoalError FILE_EXISTS */
const writeNew = async (path: string, bytes: Uint8Array): Promise<void> => {
  try {
    await writeFile(path, bytes, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (!(await readFile(path)).equals(bytes))
      throw new ShoalError('FILE_EXISTS', `${path} is there already and is another .torrent`)
  }
}

const create = async (call: Call<typeof settings>): Promise<void> => {
  const { output, interrupt, words } = call
  const { format, pieceLength, out, announce, webSeed } = call.settings
  const [path = ''] = words
  const { bytes, metainfo } = await createTorrent(path, {
    ...(format === undefined ? {} : { format }),
    ...(pieceLength === undefined ? {} : { pieceLength }),
    // Each is a tier of its own: the next is asked where one fails (BEP 12).
    trackers: announce.map((url) => [url]),
    webSeeds: webSeed,
    onProgress: showWork(output, `Hashing ${path}`),
    signal: interrupt.signal,
  })
  const file = resolve(out ?? `${metainfo.name}.torrent`)
  await writeNew(file, bytes)
  const { name, infoHash, infoHashV1 } = metainfo
  const size = metainfo.files.reduce((total, file) => total + file.size, 0)
  const magnet = magnetOf({ ...metainfo, trackers: announce })
  output.event({ path: file, name, size, pieceLength: metainfo.pieceLength, infoHash, infoHashV1, magnet })
  output.line(`Wrote ${safeName(file)}: ${safeName(name)}, ${formatBytes(size)}`)
  if (magnet !== undefined) output.line(magnet)
}

export const createCommand = defineCommand({
  verb: 'create',
  summary: 'write a .torrent of a file or folder',
  words: '<path>',
  settings,
  examples: [
    'shoal create photos/',
    'shoal create video.mkv -o video.torrent --format v2 --piece-length 1M',
    'shoal create video.mkv --announce udp://tracker.example.org:6969 --web-seed https://example.org/video.mkv',
  ],
  run: create,
})
