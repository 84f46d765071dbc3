import { binaryString, encodeBencode, keyOf, type Encodable } from '../bencode.js'
import type { Hashes } from '../hash.js'
import { fromHex } from '../hex.js'
import { ShoalError } from '../errors.js'
import type { Content, ContentFile, Metainfo, PieceHashes } from './content.js'
import { decodeMetainfo } from './decode.js'
import { paddingAfter } from './padding.js'

/** Which clients a .torrent serves: those of BEP 3, those of BEP 52, or both. */
export type MetainfoFormat = 'hybrid' | 'v1' | 'v2'

export interface EncodeOptions {
  /** Default: hybrid. */
  readonly format?: MetainfoFormat
  /** Tiers of announce URLs (BEP 12). */
  readonly trackers?: readonly (readonly string[])[]
  /** BEP 19. */
  readonly webSeeds?: readonly string[]
  /** Whether peers come from the trackers alone (BEP 27). */
  readonly isPrivate?: boolean
  readonly createdBy?: string
  /** Seconds since 1970. */
  readonly creationDate?: number
}

/** A .torrent and what it says when it is read back. */
export interface EncodedMetainfo {
  readonly bytes: Uint8Array
  readonly metainfo: Metainfo
}

/**
 * Writes a .torrent in canonical form. Files stand in the order of BEP 52 (raw bytes of their components).
 * v1 and hybrid folders have padding files between their files (BEP 47), so that all formats share one layout
 * and `piecesV1` of a hybrid serves v1 alone too. The result was read back, so it is valid.
 *
 * @throws ShoalError METAINFO_INVALID, PATH_UNSAFE when the content cannot be written so
 */
export const encodeMetainfo = (
  content: Content & PieceHashes,
  hashes: Hashes,
  options: EncodeOptions = {},
): EncodedMetainfo => {
  const format = options.format ?? 'hybrid'
  const { trackers = [], webSeeds = [] } = options
  const bytes = encodeBencode({
    announce: trackers[0]?.[0],
    'announce-list': trackers.length > 1 || (trackers[0]?.length ?? 0) > 1 ? trackers : undefined,
    'created by': options.createdBy,
    'creation date': options.creationDate,
    info: infoOf(content, format, options.isPrivate ?? false),
    'piece layers': format === 'v1' ? undefined : layersOf(content),
    'url-list': webSeeds.length > 0 ? webSeeds : undefined,
  })
  const metainfo = decodeMetainfo(bytes, hashes)
  if (metainfo.isFolder !== content.isFolder) {
    throw new ShoalError(
      'METAINFO_INVALID',
      'v2 alone cannot tell a file from a folder that holds just its namesake',
    )
  }
  return { bytes, metainfo }
}

const infoOf = (content: Content & PieceHashes, format: MetainfoFormat, isPrivate: boolean): Encodable => ({
  name: content.name,
  'piece length': content.pieceLength,
  private: isPrivate ? 1 : undefined,
  ...(format === 'v1' ? {} : { 'meta version': 2, 'file tree': treeOf(content.files) }),
  ...(format === 'v2' ? {} : streamFields(content)),
})

const streamFields = (content: Content & PieceHashes): { readonly [key: string]: Encodable | undefined } => {
  if (content.piecesV1 === undefined) throw new ShoalError('METAINFO_INVALID', 'the content has no v1 hashes')
  const [first] = content.files
  if (!content.isFolder) return { pieces: content.piecesV1, length: first?.size ?? 0 }
  return { pieces: content.piecesV1, files: content.files.flatMap((_, index) => entriesOf(content, index)) }
}

/** File `index` and the padding after it. */
const entriesOf = (content: Content, index: number): Encodable[] => {
  const file = content.files[index]
  const padding = paddingAfter(content.files, content.pieceLength, index)
  const entry = { length: file?.size ?? 0, path: file?.path ?? [] }
  return padding === 0 ? [entry] : [entry, { attr: 'p', length: padding, path: ['.pad', `${padding}`] }]
}

type Tree = Map<string, Encodable>

const treeOf = (files: readonly ContentFile[]): Tree => {
  const root: Tree = new Map()
  for (const { path, size, rootHash } of files) {
    let folder = root
    for (const component of path) folder = childOf(folder, component)
    folder.set('', { length: size, 'pieces root': rootHash && fromHex(rootHash) })
  }
  return root
}

const childOf = (folder: Tree, component: string): Tree => {
  const key = keyOf(component)
  const child = folder.get(key)
  if (child instanceof Map) return child as Tree
  const created: Tree = new Map()
  folder.set(key, created)
  return created
}

/** Keys are the roots' raw bytes. */
const layersOf = ({ pieceLayers }: PieceHashes): Encodable =>
  new Map([...pieceLayers].map(([root, layer]) => [binaryString(fromHex(root) ?? new Uint8Array()), layer]))
