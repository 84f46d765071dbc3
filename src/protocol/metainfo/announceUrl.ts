import { concatBytes } from '../bytes.js'
import { decodeBencode, encodeBencode, keyOf } from '../bencode.js'
import { asDict, asList, bytesOfKey, fault } from './fields.js'

const ANNOUNCE = keyOf('announce')
const ANNOUNCE_LIST = keyOf('announce-list')

/**
 * The .torrent `metainfo` with `urls` as its first tracker tiers (BEP 12), before those that it has. Every other value is
 * copied byte for byte, so its info-hashes stay what they are.
 *
 * @throws ShoalError BENCODE_INVALID, METAINFO_INVALID
 */
export const withAnnounceUrls = (metainfo: Uint8Array, urls: readonly [string, ...string[]]): Uint8Array => {
  const values = new Map<string, Uint8Array>()
  const onTopLevel = (key: string, start: number, end: number): void => {
    values.set(key, metainfo.subarray(start, end))
  }
  const torrent = asDict(decodeBencode(metainfo, { onTopLevel }))
  if (torrent === undefined) throw fault('not a dictionary')
  const known = torrent.get(ANNOUNCE)
  const tiers = asList(torrent.get(ANNOUNCE_LIST)) ?? (known === undefined ? [] : [[known]])
  values.set(ANNOUNCE, encodeBencode(urls[0]))
  values.set(ANNOUNCE_LIST, encodeBencode([...urls.map((url) => [url]), ...tiers]))
  const parts = [...values.keys()]
    .sort()
    .flatMap((key) => [encodeBencode(bytesOfKey(key)), values.get(key) ?? new Uint8Array(0)])
  return concatBytes([Uint8Array.of(0x64), ...parts, Uint8Array.of(0x65)])
}
