import { ShoalError } from '../../protocol/errors.js'
import type { InfoHash, InfoHashV1, RootHash } from '../../protocol/ids.js'
import type { FileEntry, TorrentObject } from '../../protocol/json/answer.js'
import { CHUNK_SIZE, MAX_CHUNKS } from '../../protocol/limits.js'
import type { Content, ContentFile, Metainfo } from '../../protocol/metainfo/content.js'
import { decodeMetainfo } from '../../protocol/metainfo/decode.js'
import { formatMagnet } from '../../protocol/metainfo/magnet.js'
import { PathSet, safePath } from '../../protocol/metainfo/path.js'
import { hashes } from '../hashes.js'

/** What is known of a torrent before any of its data is. */
export interface Description {
  readonly content: Content
  /** Proven by a .torrent: what is served, registered and resumed under it is what it names. */
  readonly infoHash: InfoHash | undefined
  readonly infoHashV1: InfoHashV1 | undefined
  /** What a tracker calls it: good to ask for it by, and for nothing else. */
  readonly claimedInfoHash: InfoHash | undefined
  /** By root: hashes of the pieces of files longer than a piece (BEP 52); empty where no .torrent is known. */
  readonly pieceLayers: ReadonlyMap<RootHash, Uint8Array>
  /** The .torrent, where one is known. */
  readonly metainfoBytes: Uint8Array | undefined
  readonly metainfo: Metainfo | undefined
  /** Whether everything can be verified: chunk by chunk, in v1 alone piece by piece. */
  readonly isVerifiable: boolean
}

/** @throws ShoalError METAINFO_INVALID, BENCODE_INVALID, PATH_UNSAFE */
export const describeMetainfo = (metainfoBytes: Uint8Array): Description => {
  const metainfo = decodeMetainfo(metainfoBytes, hashes)
  const { infoHash, infoHashV1, pieceLayers } = metainfo
  const isVerifiable = metainfo.stream !== undefined || hasRoots(metainfo)
  return {
    content: metainfo,
    infoHash,
    infoHashV1,
    claimedInfoHash: infoHash,
    pieceLayers,
    metainfoBytes,
    metainfo,
    isVerifiable,
  }
}

/**
 * What a tracker says of a torrent. A .torrent must have the info-hash that is expected; without one the roots count,
 * and each file is one piece, since nothing between the chunks and the root is known.
 * `expected` is the info-hash that the user asked for: then nothing but a .torrent proves that it is this.
 *
 * @throws ShoalError METAINFO_INVALID, BENCODE_INVALID, PATH_UNSAFE
 */
export const describeObject = (
  torrent: TorrentObject,
  { size, expected }: { readonly size?: number | undefined; readonly expected?: InfoHash | undefined } = {},
): Description => {
  if (torrent.metainfo !== undefined)
    return describeListed(torrent, torrent.metainfo, expected ?? torrent.infoHash)
  if (expected !== undefined)
    throw new ShoalError('METAINFO_INVALID', `the tracker has no .torrent that proves ${expected}`)
  const files = torrent.files?.map(fileOf) ?? [singleFile(torrent, size)]
  requireSane(files)
  // Not Math.max of all at once: as arguments, the sizes of as many files as there may be fill the stack.
  const longest = files.reduce((most, file) => Math.max(most, file.size), CHUNK_SIZE)
  const [name = ''] = safePath([torrent.fileName])
  const content: Content = {
    name,
    isFolder: torrent.files !== undefined,
    files,
    pieceLength: 2 ** Math.ceil(Math.log2(longest)),
  }
  return {
    content,
    infoHash: undefined,
    infoHashV1: undefined,
    claimedInfoHash: torrent.infoHash,
    pieceLayers: new Map(),
    metainfoBytes: undefined,
    metainfo: undefined,
    isVerifiable: hasRoots(content),
  }
}

const describeListed = (
  torrent: TorrentObject,
  bytes: Uint8Array,
  expected: InfoHash | undefined,
): Description => {
  const described = describeMetainfo(bytes)
  if (expected !== undefined && described.infoHash !== expected) {
    throw new ShoalError('METAINFO_INVALID', `the .torrent of "${torrent.fileName}" is of another torrent`)
  }
  return described
}

/** One file at least, no two on one path, and no more chunks than memory is made for. */
const requireSane = (files: readonly ContentFile[]): void => {
  if (files.length === 0) throw new ShoalError('METAINFO_INVALID', 'a torrent without files')
  const paths = new PathSet()
  let chunks = 0
  for (const { path, size } of files) {
    paths.add(path)
    chunks += Math.ceil(size / CHUNK_SIZE)
  }
  if (chunks > MAX_CHUNKS)
    throw new ShoalError('METAINFO_INVALID', `a torrent of ${chunks} chunks is too large`)
}

const hasRoots = (content: Content): boolean =>
  content.files.every((file) => file.size === 0 || file.rootHash !== undefined)

const fileOf = (entry: FileEntry): ContentFile => ({
  path: safePath(entry.path.split('/')),
  size: entry.size,
  rootHash: entry.rootHash,
})

/** A simple peer says no size: without one, the last chunk is taken to be whole. */
const singleFile = (torrent: TorrentObject, size: number | undefined): ContentFile => ({
  path: safePath([torrent.fileName]),
  size: torrent.fileSize ?? size ?? torrent.chunks * CHUNK_SIZE,
  rootHash: torrent.rootHash,
})

/** The one info-hash that it is known by where there is room for one: of v2, of v1 alone that of v1. */
export const ownInfoHash = ({
  infoHash,
  infoHashV1,
}: Pick<Description, 'infoHash' | 'infoHashV1'>): InfoHash | InfoHashV1 | undefined => infoHash ?? infoHashV1

/** A magnet link by which others find it; undefined for what has no info-hash. */
export const magnetOf = ({ content, infoHash, infoHashV1, metainfo }: Description): string | undefined => {
  if (infoHash === undefined && infoHashV1 === undefined) return undefined
  const trackers = metainfo?.trackers.flat() ?? []
  return formatMagnet({
    ...(infoHash !== undefined && { infoHash }),
    ...(infoHashV1 !== undefined && { infoHashV1 }),
    name: content.name,
    trackers,
  })
}
