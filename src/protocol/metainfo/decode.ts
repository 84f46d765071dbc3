import { decodeBencode, type Bencode, type BencodeDict } from '../bencode.js'
import type { Hashes } from '../hash.js'
import { MAX_METAINFO } from '../limits.js'
import type { Metainfo } from './content.js'
import { asDict, asList, asText, fault } from './fields.js'
import { missingLayers } from './metadata.js'
import { readInfo } from './info.js'
import { readPieceLayers } from './pieceLayers.js'
import { isTrackerUrl, isWebSeedUrl } from './url.js'

/** URLs taken from one .torrent: more trackers or web seeds than any client asks. */
const MAX_URLS = 200

/**
 * Reads a .torrent: v1 (BEP 3), v2 or hybrid (BEP 52), and checks everything that can be checked without the data.
 * A hybrid without any piece layer, as peers of v1 give it for a magnet link, is read as one of v1 alone.
 * URLs that nobody could use are left out, as they are not part of what the info-hash names.
 * The result holds views of `bytes`.
 *
 * @throws ShoalError METAINFO_INVALID, PATH_UNSAFE, BENCODE_INVALID
 */
export const decodeMetainfo = (bytes: Uint8Array, hashes: Hashes): Metainfo => {
  if (bytes.length > MAX_METAINFO) throw fault(`larger than ${MAX_METAINFO} bytes`)
  let infoBytes: Uint8Array = new Uint8Array()
  const onTopLevel = (key: string, start: number, end: number): void => {
    if (key === 'info') infoBytes = bytes.subarray(start, end)
  }
  const torrent = asDict(decodeBencode(bytes, { onTopLevel }))
  if (torrent === undefined) throw fault('not a dictionary')
  const infoDict = asDict(torrent.get('info'))
  const layers = asDict(torrent.get('piece layers'))
  const whole = readInfo(infoDict, infoBytes, hashes)
  const isV1 = layers === undefined && whole.infoHashV1 !== undefined && missingLayers(whole).length > 0
  const info = isV1 ? readInfo(infoDict, infoBytes, hashes, true) : whole
  return {
    ...info,
    pieceLayers: readPieceLayers(layers, info, hashes.sha256),
    trackers: readTrackers(torrent),
    webSeeds: urlsOf(asList(torrent.get('url-list')) ?? [torrent.get('url-list')], isWebSeedUrl),
  }
}

/** Tiers of "announce-list", or "announce" where there are none (BEP 12). */
const readTrackers = (torrent: BencodeDict): readonly (readonly string[])[] => {
  const tiers: (readonly string[])[] = []
  let room = MAX_URLS
  for (const tier of asList(torrent.get('announce-list')) ?? []) {
    const urls = urlsOf(asList(tier) ?? [], isTrackerUrl).slice(0, room)
    room -= urls.length
    if (urls.length > 0) tiers.push(urls)
  }
  if (tiers.length > 0) return tiers
  const announce = urlsOf([torrent.get('announce')], isTrackerUrl)
  return announce.length > 0 ? [announce] : []
}

const urlsOf = (
  values: readonly (Bencode | undefined)[],
  isUsable: (url: string) => boolean,
): readonly string[] => {
  const urls = new Set<string>()
  for (const value of values) {
    const url = asText(value)
    if (url !== undefined && isUsable(url)) urls.add(url)
    if (urls.size === MAX_URLS) break
  }
  return [...urls]
}
