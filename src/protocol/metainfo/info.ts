import type { BencodeDict } from '../bencode.js'
import type { Hashes } from '../hash.js'
import { toHex } from '../hex.js'
import { parseInfoHash, parseInfoHashV1 } from '../ids.js'
import { MAX_CHUNKS, MAX_FILES } from '../limits.js'
import type { Content, ContentFile, Metainfo } from './content.js'
import { asBytes, asDict, asText, fault, sizeOf } from './fields.js'
import { partsOf, readStream, type StreamEntry } from './fileList.js'
import { readFileTree } from './fileTree.js'
import { agree } from './hybrid.js'
import { Layout } from './layout.js'
import { PathSet, safeName, safePath } from './path.js'
import { SHA1_SIZE } from './pieceHash.js'
import { isPieceLength, isPieceLengthV1 } from './pieceLength.js'

/** What the info dictionary alone says: a .torrent without its piece layers, trackers and web seeds. */
export type Info = Omit<Metainfo, 'pieceLayers' | 'trackers' | 'webSeeds'>

/**
 * Reads an info dictionary: v1, v2 or hybrid. The result holds views of `infoBytes`, the bytes it was read from.
 *
 * `asV1`: a hybrid is read as a client of v1 reads it.
 *
 * @throws ShoalError METAINFO_INVALID, PATH_UNSAFE
 */
export const readInfo = (
  info: BencodeDict | undefined,
  infoBytes: Uint8Array,
  hashes: Hashes,
  asV1 = false,
): Info => {
  if (info === undefined) throw fault('the info dictionary is none')
  const isV2 = readVersion(info) === 2 && !asV1
  const isV1 = !isV2 || info.has('pieces')
  const name = readName(info)
  const pieceLength = readPieceLength(info, isV2)
  const stream = isV1 ? readStream(info, name) : undefined
  const tree = isV2 ? readTree(info) : undefined
  const content = contentOf(name, pieceLength, stream && info.has('files'), stream, tree)
  check(content)
  if (stream && tree) agree(content, stream)
  return {
    ...content,
    infoHash: isV2 ? parseInfoHash(toHex(hashes.sha256(infoBytes))) : undefined,
    infoHashV1: isV1 ? parseInfoHashV1(toHex(hashes.sha1(infoBytes))) : undefined,
    infoBytes,
    piecesV1: stream && readPieces(info, stream, pieceLength),
    isPrivate: info.get('private') === 1,
  }
}

const readVersion = (info: BencodeDict): number => {
  const version = info.get('meta version') ?? 1
  if (version !== 1 && version !== 2) throw fault('a version of metainfo that is not known')
  return version
}

const readName = (info: BencodeDict): string => {
  const name = asText(info.get('name.utf-8') ?? info.get('name'))
  if (name === undefined) throw fault('"name" is not text')
  return safeName(name)
}

const readPieceLength = (info: BencodeDict, isV2: boolean): number => {
  const length = sizeOf(info.get('piece length'), '"piece length"')
  if (!(isV2 ? isPieceLength(length) : isPieceLengthV1(length)))
    throw fault(`a piece length of ${length} bytes`)
  return length
}

const readTree = (info: BencodeDict): readonly ContentFile[] => {
  const tree = asDict(info.get('file tree'))
  if (tree === undefined) throw fault('"file tree" is not a dictionary')
  return readFileTree(tree)
}

/** `isFolder` undefined: v2 alone, which calls a single file by the torrent's name (BEP 52 "file tree"). */
const contentOf = (
  name: string,
  pieceLength: number,
  isFolder: boolean | undefined,
  stream: readonly StreamEntry[] | undefined,
  tree: readonly ContentFile[] | undefined,
): Content => {
  const files = tree ?? filesOf(stream ?? [])
  const [only] = files
  const isAlone = files.length === 1 && only?.path.length === 1 && only.path[0] === name
  return {
    name,
    isFolder: isFolder ?? !isAlone,
    files,
    pieceLength,
    ...(stream && !tree && { stream: partsOf(stream) }),
  }
}

const filesOf = (stream: readonly StreamEntry[]): readonly ContentFile[] =>
  stream.flatMap(({ path, size }) => (path === undefined ? [] : [{ path, size, rootHash: undefined }]))

const check = (content: Content): void => {
  const { files } = content
  if (files.length === 0) throw fault('no files')
  if (files.length > MAX_FILES) throw fault(`more than ${MAX_FILES} files`)
  const paths = new PathSet()
  for (const { path } of files) paths.add(safePath(path))
  if (new Layout(content).chunkCount > MAX_CHUNKS) throw fault('larger than can be handled')
}

const readPieces = (info: BencodeDict, stream: readonly StreamEntry[], pieceLength: number): Uint8Array => {
  const pieces = asBytes(info.get('pieces'))
  const size = stream.reduce((total, entry) => total + entry.size, 0)
  if (!Number.isSafeInteger(size)) throw fault('larger than can be handled')
  if (pieces?.length !== SHA1_SIZE * Math.ceil(size / pieceLength)) {
    throw fault('"pieces" does not hold one hash for each piece')
  }
  return pieces
}
