import { binaryString } from '../bencode.js'
import { encodeUtf8 } from '../bytes.js'
import { fromHex, toHex } from '../hex.js'
import { parsePort } from '../ids.js'
import { ID_BYTES } from './announce.js'

/** Bytes of a packet that is read: BEP 14 keeps senders to 1,400. */
const MAX_PACKET = 1500

/** Torrents named in one packet, sent or read: 20 x 52 bytes of "Infohash" lines and a head of 140 are under 1,400. */
export const MAX_LOCAL_HASHES = 20

const MAX_COOKIE = 64

/** What a peer says of itself to all of the local network (BEP 14). */
export interface LocalAnnounce {
  /** Where it listens; its address is that of the packet. */
  readonly port: number
  /** Of 20 bytes each. */
  readonly infoHashes: readonly Uint8Array[]
  /** By which the sender knows its own packets. */
  readonly cookie: string | undefined
}

/** The packet that goes to `group`, the multicast address and its port. */
export const encodeLocalAnnounce = ({ port, infoHashes, cookie }: LocalAnnounce, group: string): Uint8Array =>
  encodeUtf8(
    [
      'BT-SEARCH * HTTP/1.1',
      `Host: ${group}`,
      `Port: ${port}`,
      ...infoHashes.map((infoHash) => `Infohash: ${toHex(infoHash)}`),
      ...(cookie === undefined ? [] : [`cookie: ${cookie}`]),
      '\r\n\r\n',
    ].join('\r\n'),
  )

const hashOf = (text: string): readonly Uint8Array[] => {
  const bytes = fromHex(text)
  return bytes?.length === ID_BYTES ? [bytes] : []
}

/** Reads a packet; undefined when it is none of BEP 14, or names no port or no torrent. */
export const decodeLocalAnnounce = (packet: Uint8Array): LocalAnnounce | undefined => {
  if (packet.length > MAX_PACKET) return undefined
  const [first = '', ...lines] = binaryString(packet).split(/\r?\n/)
  if (!/^BT-SEARCH \* HTTP\/1\.[0-9]$/.test(first)) return undefined
  const headers = lines.map((line) => /^([\w-]+):[ \t]*(.*?)[ \t]*$/.exec(line))
  const all = (name: string): readonly string[] =>
    headers.flatMap((header) => (header?.[1]?.toLowerCase() === name ? [header[2] ?? ''] : []))
  const port = parsePort(all('port')[0])
  const infoHashes = all('infohash').flatMap(hashOf).slice(0, MAX_LOCAL_HASHES)
  if (!port || infoHashes.length === 0) return undefined
  return { port, infoHashes, cookie: all('cookie')[0]?.slice(0, MAX_COOKIE) }
}
