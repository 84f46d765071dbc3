import { Bitfield } from '../../protocol/bitfield.js'
import { ShoalError } from '../../protocol/errors.js'
import type { Content } from '../../protocol/metainfo/content.js'
import type { Layout } from '../../protocol/metainfo/layout.js'

/** `*` and `?` stay within a folder, `**` does not. */
const PATTERN: Record<string, string> = { '**': '.*', '*': '[^/]*', '?': '[^/]' }

/** A glob as an expression over a whole path. */
const expressionOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) => PATTERN[part] ?? `\\${part}`)}$`, 'u')

/**
 * The chunks of the files whose path inside the folder one of `globs` matches; without globs all.
 *
 * @throws ShoalError USAGE when nothing matches
 */
export const selectChunks = (content: Content, layout: Layout, globs: readonly string[]): Bitfield => {
  if (globs.length === 0) return Bitfield.full(layout.chunkCount)
  const expressions = globs.map(expressionOf)
  const wanted = Bitfield.empty(layout.chunkCount)
  let matches = 0
  for (const [index, file] of content.files.entries()) {
    if (!expressions.some((expression) => expression.test(file.path.join('/')))) continue
    matches++
    const { first, count } = layout.chunksOfFile(index)
    for (let chunk = first; chunk < first + count; chunk++) wanted.add(chunk)
  }
  if (matches > 0) return wanted
  throw new ShoalError('USAGE', `no file of "${content.name}" matches ${globs.join(', ')}`)
}
