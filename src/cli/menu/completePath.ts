import { readdirSync, type Dirent } from 'node:fs'
import { basename, dirname, sep } from 'node:path'

/** Suggestions shown at most. */
const MAX_SUGGESTIONS = 200

const entriesOf = (folder: string): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Paths that begin with `typed`, and `typed`, as readline's completer answers. */
export const completePath = (typed: string): [string[], string] => {
  const isFolder = typed === '' || typed.endsWith('/') || typed.endsWith(sep)
  const start = isFolder ? '' : basename(typed)
  const prefix = typed.slice(0, typed.length - start.length)
  const folder = isFolder ? typed || '.' : dirname(typed)
  const paths = entriesOf(folder)
    .filter((entry) => entry.name.startsWith(start))
    .slice(0, MAX_SUGGESTIONS)
    .map((entry) => prefix + entry.name + (entry.isDirectory() ? '/' : ''))
  return [paths, typed]
}
