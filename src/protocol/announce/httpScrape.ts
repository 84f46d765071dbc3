import { binaryString, encodeBencode } from '../bencode.js'
import { asDict, bytesOfKey } from '../metainfo/fields.js'
import { ID_BYTES, MAX_SCRAPED, type ScrapeEntry } from './announce.js'
import { countOf, readBody } from './httpAnnounce.js'
import { escapeBytes, readQuery } from './query.js'

/** One scraped torrent: its info-hash, and its numbers. */
export type Scraped = readonly [infoHash: Uint8Array, entry: ScrapeEntry]

/** The scrape URL that belongs to an announce URL, undefined where there is none (BEP 48). */
export const scrapeUrl = (announce: string): string | undefined => {
  const [, before, after] = /^([^?#]*\/)announce([^/?#]*(?:[?#].*)?)$/s.exec(announce) ?? []
  return before === undefined ? undefined : `${before}scrape${after}`
}

/** The query of a scrape. */
export const encodeScrapeQuery = (infoHashes: readonly Uint8Array[]): string =>
  infoHashes.map((infoHash) => `info_hash=${escapeBytes(infoHash)}`).join('&')

/** The info-hashes of a scrape, the first MAX_SCRAPED; undefined when one is none, or there are none. */
export const decodeScrapeQuery = (text: string): readonly Uint8Array[] | undefined => {
  const infoHashes = readQuery(text)?.get('info_hash')?.slice(0, MAX_SCRAPED)
  return infoHashes?.every((infoHash) => infoHash.length === ID_BYTES) ? infoHashes : undefined
}

/** The body of an answer to a scrape. */
export const encodeScrapeResponse = (scraped: readonly Scraped[]): Uint8Array => {
  const files = scraped.map(([infoHash, { seeders, completed, leechers }]) => {
    const entry = { complete: seeders, downloaded: completed, incomplete: leechers }
    return [binaryString(infoHash), entry] as const
  })
  return encodeBencode({ files: new Map(files) })
}

/** Reads the body of an answer to a scrape, the first MAX_SCRAPED torrents; undefined when it is none. */
export const decodeScrapeResponse = (body: Uint8Array): readonly Scraped[] | undefined => {
  const files = asDict(readBody(body)?.get('files'))
  if (files === undefined) return undefined
  return [...files].slice(0, MAX_SCRAPED).flatMap(([key, value]): Scraped[] => {
    const dict = asDict(value)
    if (key.length !== ID_BYTES || dict === undefined) return []
    const entry = {
      seeders: countOf(dict.get('complete')) ?? 0,
      completed: countOf(dict.get('downloaded')) ?? 0,
      leechers: countOf(dict.get('incomplete')) ?? 0,
    }
    return [[bytesOfKey(key), entry]]
  })
}
