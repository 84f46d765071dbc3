import { Bitfield } from '../../protocol/bitfield.js'
import { ShoalError } from '../../protocol/errors.js'
import type { Content } from '../../protocol/metainfo/content.js'
import type { Layout } from '../../protocol/metainfo/layout.js'

/** `*` and `?` stay within a folder, `**` does not. */
const PATTERN: Record<string, string> = { '**': '.*', '*': '[^/]*', '?': '[^/]' }

/** A glob as an expression over a whole path. */
const expressionOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replace(/\*\*|[*?]|[.+^${}()|[\]\\]/g, (part) => PATTERN[part] ?? `\\${part}`)}$`, 'u')

/** What of a torrent is fetched. */
export interface Selection {
  /** The chunks of the files selected; in v1 alone of all pieces that they are in, as nothing less can be verified. */
  readonly wanted: Bitfield
  /** The files selected, by index; undefined: all. */
  readonly selected: ReadonlySet<number> | undefined
}

/**
 * The files whose path inside the folder one of `globs` matches; without globs all.
 *
 * @throws ShoalError USAGE when nothing matches
 */
export const selectFiles = (content: Content, layout: Layout, globs: readonly string[]): Selection => {
  if (globs.length === 0) return { wanted: Bitfield.full(layout.chunkCount), selected: undefined }
  const expressions = globs.map(expressionOf)
  const wanted = Bitfield.empty(layout.chunkCount)
  const selected = new Set<number>()
  for (const [index, file] of content.files.entries()) {
    if (!expressions.some((expression) => expression.test(file.path.join('/')))) continue
    selected.add(index)
    const { first, count } = layout.piecesOfFile(index)
    for (let piece = first; piece < first + count; piece++) addPiece(wanted, layout, piece)
  }
  if (selected.size > 0) return { wanted, selected }
  throw new ShoalError('USAGE', `no file of "${content.name}" matches ${globs.join(', ')}`)
}

const addPiece = (wanted: Bitfield, layout: Layout, piece: number): void => {
  const { first, count } = layout.chunksOf(piece)
  for (let chunk = first; chunk < first + count; chunk++) wanted.add(chunk)
}
