import type { Bencode, BencodeDict } from '../bencode.js'
import { MAX_FILES } from '../limits.js'
import type { StreamPart } from './content.js'
import { asBytes, asDict, asList, componentOf, fault, hasAttribute, sizeOf } from './fields.js'

/** What stands next in the v1 stream. */
export interface StreamEntry {
  /** Undefined for padding: zeros that are no file (BEP 47). */
  readonly path: readonly string[] | undefined
  /** Bytes. */
  readonly size: number
}

/** Padding stands at most between two files and after the last. */
const MAX_ENTRIES = 2 * MAX_FILES

/** Entries of the v1 "files" list, in its order; symbolic links are left out. @throws ShoalError METAINFO_INVALID, PATH_UNSAFE */
const readFileList = (value: Bencode): readonly StreamEntry[] => {
  const list = asList(value)
  if (list === undefined || list.length === 0) throw fault('"files" is not a list of files')
  if (list.length > MAX_ENTRIES) throw fault(`more than ${MAX_FILES} files`)
  return list.map(readEntry).filter((entry) => entry !== undefined)
}

const readEntry = (value: Bencode): StreamEntry | undefined => {
  const file = asDict(value)
  if (file === undefined) throw fault('an entry of "files" is not a dictionary')
  if (hasAttribute(file, 'l')) return readLink(file)
  const size = sizeOf(file.get('length'), 'the length of a file')
  return { path: hasAttribute(file, 'p') ? undefined : readPath(file), size }
}

/** A symbolic link has no data, so that leaving it out moves nothing. */
const readLink = (file: BencodeDict): undefined => {
  if ((file.get('length') ?? 0) !== 0) throw fault('a symbolic link has data')
  return undefined
}

const readPath = (file: BencodeDict): readonly string[] => {
  const components = asList(file.get('path.utf-8') ?? file.get('path'))
  if (components === undefined) throw fault('the path of a file is not a list')
  return components.map((value) => {
    const bytes = asBytes(value)
    if (bytes === undefined) throw fault('a path component is not a string')
    return componentOf(bytes)
  })
}

/** The v1 stream of an info dictionary whose name is `name`. @throws ShoalError METAINFO_INVALID, PATH_UNSAFE */
export const readStream = (info: BencodeDict, name: string): readonly StreamEntry[] => {
  const files = info.get('files')
  const length = info.get('length')
  if (files !== undefined && length !== undefined) throw fault('both "files" and "length"')
  return files === undefined ? [{ path: [name], size: sizeOf(length, '"length"') }] : readFileList(files)
}

/** The same with files by their index, padding left without one. */
export const partsOf = (stream: readonly StreamEntry[]): readonly StreamPart[] => {
  let next = 0
  return stream.map(({ path, size }) => ({ file: path === undefined ? undefined : next++, size }))
}
