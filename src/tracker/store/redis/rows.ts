import type { InfoHash, InfoHashV1, PeerId, RootHash, TorrentId } from '../../../protocol/ids.js'
import type { FileEntry, ListedPeer } from '../../../protocol/json/answer.js'
import type { Content, ListedContent } from '../store.js'

/** A row as the catalog's script answers it: id, content, seeders, leechers, whether BitTorrent clients are in it. */
export type Row = readonly [string, string, readonly string[], readonly string[], 0 | 1]

/** Peers whose text was read lately, 300 bytes each: the same object each time, as what is made of it is kept by it. */
const MAX_READ = 20_000

const read = new Map<string, ListedPeer>()

/** A peer as it was listed; what stands in the store was checked when it came. */
export const listedIn = (text: string): ListedPeer => {
  const known = read.get(text)
  if (known !== undefined) return known
  if (read.size >= MAX_READ) read.clear()
  const peer = JSON.parse(text) as ListedPeer
  read.set(text, peer)
  return peer
}

export const listedText = ({ host, port, wires }: ListedPeer): string => JSON.stringify({ host, port, wires })

/** Peers of a table that comes as id, text, id, text. */
export const peersIn = (flat: readonly string[] | object): readonly (readonly [PeerId, ListedPeer])[] => {
  if (!Array.isArray(flat)) return []
  const texts = flat as readonly string[]
  const peers: [PeerId, ListedPeer][] = []
  for (let at = 0; at + 1 < texts.length; at += 2) {
    peers.push([texts[at] as PeerId, listedIn(texts[at + 1] ?? '')])
  }
  return peers
}

export const contentText = (content: Content): string => {
  const { fileName, chunks, fileSize, rootHash, infoHash, infoHashV1, files, isProven } = content
  return JSON.stringify({ fileName, chunks, fileSize, rootHash, infoHash, infoHashV1, files, isProven })
}

interface Fields {
  readonly fileName: string
  readonly chunks: number
  readonly fileSize?: number
  readonly rootHash?: RootHash
  readonly infoHash?: InfoHash
  readonly infoHashV1?: InfoHashV1
  readonly files?: readonly (FileEntry & { readonly rootHash?: RootHash })[]
  readonly isProven: boolean
}

export const contentIn = (text: string): ListedContent => {
  const { fileName, chunks, fileSize, rootHash, infoHash, infoHashV1, files, isProven } = JSON.parse(
    text,
  ) as Fields
  const entries = files?.map(({ path, size, rootHash: root }) => ({ path, size, rootHash: root }))
  return { fileName, chunks, fileSize, rootHash, infoHash, infoHashV1, files: entries, isProven }
}

export const idIn = (text: string | number): TorrentId => Number(text) as TorrentId
