import type { Bencode, BencodeDict } from '../bencode.js'
import { parseRootHash, type RootHash } from '../ids.js'
import { toHex } from '../hex.js'
import { MAX_FILES, MAX_PATH_DEPTH } from '../limits.js'
import { HASH_SIZE } from '../merkle/tree.js'
import type { ContentFile } from './content.js'
import { asBytes, asDict, bytesOfKey, componentOf, fault, hasAttribute, sizeOf } from './fields.js'
import { ShoalError } from '../errors.js'

/** The files of a v2 "file tree", in its order; symbolic links are left out. @throws ShoalError METAINFO_INVALID, PATH_UNSAFE */
export const readFileTree = (tree: BencodeDict): readonly ContentFile[] => {
  const files: ContentFile[] = []
  readFolder(tree, [], files)
  return files
}

const readFolder = (folder: BencodeDict, path: readonly string[], out: ContentFile[]): void => {
  if (path.length > MAX_PATH_DEPTH) throw new ShoalError('PATH_UNSAFE', '.torrent: a path lies too deep')
  for (const [key, value] of folder) {
    const node = asDict(value)
    if (node === undefined) throw fault('an entry of the file tree is not a dictionary')
    readNode(node, [...path, componentOf(bytesOfKey(key))], out)
  }
}

const readNode = (node: BencodeDict, path: readonly string[], out: ContentFile[]): void => {
  const entry = node.get('')
  if (entry === undefined) {
    readFolder(node, path, out)
    return
  }
  if (node.size > 1) throw new ShoalError('PATH_UNSAFE', '.torrent: a file is a folder of another')
  const file = readFile(entry, path)
  if (file === undefined) return
  if (out.push(file) > MAX_FILES) throw fault(`more than ${MAX_FILES} files`)
}

const readFile = (entry: Bencode, path: readonly string[]): ContentFile | undefined => {
  const file = asDict(entry)
  if (file === undefined) throw fault('a file of the file tree is not a dictionary')
  if (hasAttribute(file, 'l')) return undefined
  const size = sizeOf(file.get('length'), 'the length of a file')
  return { path, size, rootHash: size === 0 ? undefined : readRoot(file.get('pieces root')) }
}

const readRoot = (value: Bencode | undefined): RootHash => {
  const bytes = asBytes(value)
  const root = bytes?.length === HASH_SIZE ? parseRootHash(toHex(bytes)) : undefined
  if (root === undefined) throw fault('a "pieces root" is not a hash')
  return root
}
