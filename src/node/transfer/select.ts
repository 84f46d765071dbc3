import { ShoalError } from '../../protocol/errors.js'
import type { Content } from '../../protocol/metainfo/content.js'
import type { FileRange } from '../../protocol/metainfo/magnet.js'
import type { GetOptions, Priority } from '../api.js'

/** `*` and `?` stay within a folder, `**` does not. */
const PATTERN: Record<string, string> = { '**': '.*', '*': '[^/]*', '?': '[^/]' }

/** A glob as an expression over a whole path. */
const expressionOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) => PATTERN[part] ?? `\\${part}`)}$`, 'u')

/**
 * How much each file is wanted, by the paths inside the folder: `select` says which at all, else the files that a
 * magnet link names, else all; of these, `priorities` says how much, the last one that matches.
 *
 * @throws ShoalError USAGE when a glob matches nothing
 */
export const choosePriorities = (
  content: Content,
  { select = [], priorities = [] }: Pick<GetOptions, 'select' | 'priorities'>,
  ranges: readonly FileRange[] | undefined,
): readonly Priority[] => {
  const selected = select.length > 0 ? matching(content, select) : filesIn(content, ranges)
  const chosen = content.files.map((_, file): Priority => (selected.has(file) ? 'normal' : 'skip'))
  for (const { glob, priority } of priorities)
    for (const file of matching(content, [glob])) if (selected.has(file)) chosen[file] = priority
  return chosen
}

/**
 * The files that a magnet link selects; without ranges all. It counts them as the .torrent lists them (BEP 53): in v1
 * alone with the padding between them, which the file tree of v2 does not have.
 */
export const filesIn = (
  { files, stream }: Content,
  ranges: readonly FileRange[] | undefined,
): ReadonlySet<number> => {
  const listed = stream?.map(({ file }) => file) ?? [...files.keys()]
  const isMeant = (index: number): boolean =>
    ranges?.some(({ first, last }) => first <= index && index <= last) ?? true
  return new Set(listed.filter((file, index): file is number => file !== undefined && isMeant(index)))
}

const matching = ({ name, files }: Content, globs: readonly string[]): ReadonlySet<number> => {
  const expressions = globs.map(expressionOf)
  const matches = new Set<number>()
  for (const [index, { path }] of files.entries())
    if (expressions.some((expression) => expression.test(path.join('/')))) matches.add(index)
  if (matches.size > 0) return matches
  throw new ShoalError('USAGE', `no file of "${name}" matches ${globs.join(', ')}`)
}
