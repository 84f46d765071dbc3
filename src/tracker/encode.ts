import {
  encodeEntryFacts,
  encodeFileEntry,
  encodeListedPeer,
  encodeObjectFacts,
  type FileEntry,
  type ListedPeer,
  type PeerTable,
  type TorrentEntry,
} from '../protocol/json/answer.js'
import type { JsonObject } from '../protocol/json/fields.js'
import { MAX_TORRENT_PEERS } from '../protocol/limits.js'
import { base64 } from '../transport/base64.js'
import type { TorrentView } from './store/store.js'

/**
 * Answers as JSON text, put together from parts that are encoded once: a peer stands in many torrents and in every
 * page that lists them, and a folder's files do not change.
 */
const peerTexts = new WeakMap<ListedPeer, string>()
const fileTexts = new WeakMap<readonly FileEntry[], string>()

const remembered = <Key extends object>(
  texts: WeakMap<Key, string>,
  key: Key,
  encode: () => unknown,
): string => {
  const known = texts.get(key)
  if (known !== undefined) return known
  const text = JSON.stringify(encode())
  texts.set(key, text)
  return text
}

/** `"PEER_ID":{"IP_ADDRESS":…}`, all of it ASCII. */
const peerText = (id: string, peer: ListedPeer): string =>
  `"${id}":${remembered(peerTexts, peer, () => encodeListedPeer(peer))}`

const tableText = (peers: PeerTable): string => {
  const texts: string[] = []
  for (const [id, peer] of peers) texts.push(peerText(id, peer))
  return `{${texts.join(',')}}`
}

/** `object`, which has a field, as JSON with `more` fields, which are JSON already, at its end. */
export const withFields = (
  object: JsonObject,
  more: Readonly<Record<string, string | undefined>>,
): string => {
  // Joined rather than added up: a text put together by adding is a tree, which each reader walks again.
  const parts = [JSON.stringify(object).slice(0, -1)]
  for (const [name, value] of Object.entries(more)) if (value !== undefined) parts.push(`"${name}":${value}`)
  return [parts.join(','), '}'].join('')
}

const rows = new WeakMap<TorrentEntry, string>()

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A TORRENT_LIST row in ASCII, so that pages are put together by copying bytes. */
export const rowText = (entry: TorrentEntry): string => {
  const known = rows.get(entry)
  if (known !== undefined) return known
  const tables = { SEEDER_LIST: tableText(entry.seeders), LEECHER_LIST: tableText(entry.leechers) }
  const text = withFields(encodeEntryFacts(entry), tables).replace(/[\u0080-\uffff]/g, escaped)
  rows.set(entry, text)
  return text
}

/** The peers of both tables in turn, as far as `room` bytes and MAX_TORRENT_PEERS reach. */
const choosePeers = (view: TorrentView, room: number): readonly [PeerTable, PeerTable] => {
  const sources = [[...view.seeders], [...view.leechers]] as const
  const chosen = [new Map(view.seeders), new Map(view.leechers)] as const
  for (const table of chosen) table.clear()
  let left = room
  for (let turn = 0; turn < 2 * MAX_TORRENT_PEERS; turn++) {
    const side = turn % 2 === 0 ? 0 : 1
    const peer = sources[side][turn >> 1]
    if (peer === undefined) continue
    left -= peerText(...peer).length + 1
    if (left < 0 || chosen[0].size + chosen[1].size === MAX_TORRENT_PEERS) break
    chosen[side].set(...peer)
  }
  return chosen
}

/** TORRENT_OBJECT with `metainfo`, within `size` bytes where its files allow. */
export const torrentText = (view: TorrentView, metainfo: Uint8Array | undefined, size: number): string => {
  const { content } = view
  const facts = encodeObjectFacts({ ...content, torrentId: view.torrentId })
  const files = content.files
  const fixed = {
    FILES: files && remembered(fileTexts, files, () => files.map(encodeFileEntry)),
    METAINFO: metainfo && `"${base64.encode(metainfo)}"`,
  }
  const bare = withFields(facts, { SEEDER_LIST: '{}', LEECHER_LIST: '{}', ...fixed })
  const room = size - Buffer.byteLength(bare)
  const [seeders, leechers] = choosePeers(view, room < 0 ? Infinity : room)
  return withFields(facts, { SEEDER_LIST: tableText(seeders), LEECHER_LIST: tableText(leechers), ...fixed })
}
