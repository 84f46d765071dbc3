import { concatBytes, copyBytes, encodeUtf8 } from '../bytes.js'
import { readUint32, writeUint32 } from '../wire/uint.js'
import { MAX_SCRAPED, type AnnouncedPeer, type ScrapeEntry } from './announce.js'
import { decodePeers, encodePeers, type Family } from './compactPeers.js'
import { readText } from './text.js'
import { CONNECTION_ID, UDP_ACTION } from './udpRequest.js'

/** Bytes before what an answer says, of the numbers of an announce, and of each torrent of a scrape. */
const HEADER = 8
const NUMBERS = 12
const SCRAPED = 12

export type UdpResponse =
  | { readonly action: 'connect'; readonly transaction: number; readonly connection: Uint8Array }
  | {
      readonly action: 'announce'
      readonly transaction: number
      /** Seconds. */
      readonly interval: number
      readonly leechers: number
      readonly seeders: number
      readonly peers: readonly AnnouncedPeer[]
    }
  | { readonly action: 'scrape'; readonly transaction: number; readonly entries: readonly ScrapeEntry[] }
  | { readonly action: 'error'; readonly transaction: number; readonly reason: string }

const numbers = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length)
  values.forEach((value, index) => writeUint32(bytes, 4 * index, value))
  return bytes
}

const bodyOf = (response: UdpResponse, family: Family): Uint8Array => {
  switch (response.action) {
    case 'connect':
      return response.connection
    case 'announce': {
      const { interval, leechers, seeders, peers } = response
      return concatBytes([numbers(interval, leechers, seeders), encodePeers(peers, family)])
    }
    case 'scrape':
      return numbers(...response.entries.flatMap((entry) => [entry.seeders, entry.completed, entry.leechers]))
    case 'error':
      return encodeUtf8(response.reason)
  }
}

/** The datagram of an answer to one who asks over `family`: only peers of that family are named (BEP 15). */
export const encodeUdpResponse = (response: UdpResponse, family: Family): Uint8Array =>
  concatBytes([numbers(UDP_ACTION[response.action], response.transaction), bodyOf(response, family)])

const readScrape = (body: Uint8Array): readonly ScrapeEntry[] =>
  Array.from({ length: Math.min(Math.floor(body.length / SCRAPED), MAX_SCRAPED) }, (_, index) => ({
    seeders: readUint32(body, index * SCRAPED),
    completed: readUint32(body, index * SCRAPED + 4),
    leechers: readUint32(body, index * SCRAPED + 8),
  }))

/** Reads a datagram that a tracker sent over `family`; undefined when it is no answer. It may be longer than it must be. */
export const decodeUdpResponse = (bytes: Uint8Array, family: Family): UdpResponse | undefined => {
  if (bytes.length < HEADER) return undefined
  const action = readUint32(bytes, 0)
  const transaction = readUint32(bytes, 4)
  const body = bytes.subarray(HEADER)
  if (action === UDP_ACTION.connect && body.length >= CONNECTION_ID)
    return { action: 'connect', transaction, connection: copyBytes(body, 0, CONNECTION_ID) }
  if (action === UDP_ACTION.announce && body.length >= NUMBERS)
    return {
      action: 'announce',
      transaction,
      interval: readUint32(body, 0),
      leechers: readUint32(body, 4),
      seeders: readUint32(body, 8),
      peers: decodePeers(body.subarray(NUMBERS), family),
    }
  if (action === UDP_ACTION.scrape) return { action: 'scrape', transaction, entries: readScrape(body) }
  return action === UDP_ACTION.error ? { action: 'error', transaction, reason: readText(body) } : undefined
}
