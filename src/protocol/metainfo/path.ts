import { encodeUtf8 } from '../bytes.js'
import { ShoalError } from '../errors.js'
import { MAX_FILES, MAX_NAME_BYTES, MAX_PATH_BYTES, MAX_PATH_DEPTH } from '../limits.js'

/** Folders of one torrent: honest ones have fewer folders than files; keeps the table of names linear in the metainfo. */
const MAX_FOLDERS = MAX_FILES

/** C0 and C1 controls, line and paragraph separator, and the two overrides that make a name read backwards. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202d\u202e]/u

/** Names that Windows reads as devices, whatever extension follows. */
const DEVICE =
  /^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]) *(\.|$)/i

/** Why `name` cannot be a path component on every system, or undefined when it can. */
const faultOf = (name: string): string | undefined => {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'leads to another folder'
  if (/[/\\]/.test(name)) return 'holds a path separator'
  if (name.includes(':')) return 'holds a colon, which means a drive or a stream on Windows'
  if (CONTROL.test(name)) return 'holds a control character'
  if (/[. ]$/.test(name)) return 'ends in a dot or a space, which Windows leaves out'
  if (DEVICE.test(name)) return 'is the name of a device on Windows'
  if (/\p{Cs}/u.test(name)) return 'is not Unicode'
  if (encodeUtf8(name).length > MAX_NAME_BYTES) return `is longer than ${MAX_NAME_BYTES} bytes`
  return undefined
}

/** `name` for a message: bounded, with nothing in it that a terminal would obey. */
const shown = (name: string): string =>
  JSON.stringify(name.slice(0, 80).replace(/[\p{C}\u2028\u2029]/gu, '?'))

/**
 * A single path component that names the same thing on every system, returned as it is: nothing is renamed.
 * What some system would read as another path is refused; what some system merely cannot store (such as "?") is not.
 *
 * @throws ShoalError PATH_UNSAFE
 */
export const safeName = (name: string): string => {
  const fault = faultOf(name)
  if (fault !== undefined) throw new ShoalError('PATH_UNSAFE', `the name ${shown(name)} ${fault}`)
  return name
}

/**
 * A path below a torrent's folder that cannot leave it, returned as it is.
 *
 * @throws ShoalError PATH_UNSAFE
 */
export const safePath = (components: readonly string[]): readonly string[] => {
  if (components.length === 0) throw new ShoalError('PATH_UNSAFE', 'a path has no components')
  if (components.length > MAX_PATH_DEPTH + 1) {
    throw new ShoalError('PATH_UNSAFE', `a path lies deeper than ${MAX_PATH_DEPTH} folders`)
  }
  let bytes = components.length - 1
  for (const component of components) bytes += encodeUtf8(safeName(component)).length
  if (bytes > MAX_PATH_BYTES) {
    throw new ShoalError('PATH_UNSAFE', `a path is longer than ${MAX_PATH_BYTES} bytes`)
  }
  return components
}

/** Characters that HFS+ ignores when it compares names. */
const IGNORED = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu

/** Equal for two names that some file system takes for one: by case, by composition, by invisible characters. */
const fold = (name: string): string => {
  if (/^[ -~]*$/.test(name)) return name.toLowerCase()
  return name.replace(IGNORED, '').normalize('NFD').toUpperCase().toLowerCase().normalize('NFC')
}

/** The paths of one torrent, none of which may stand on another on any file system. */
export class PathSet {
  /** Folder's number and folded name below it -> its own number; the torrent's folder is 0. */
  readonly #folders = new Map<string, number>()
  readonly #files = new Set<string>()

  /**
   * Adds a path that `safePath` let pass.
   *
   * @throws ShoalError PATH_UNSAFE when it is taken, lies below a file, or is a folder of another
   */
  add(path: readonly string[]): void {
    let parent = 0
    for (const [index, name] of path.entries()) {
      const key = `${parent}/${fold(name)}`
      if (this.#files.has(key)) throw collision(path)
      if (index < path.length - 1) parent = this.#folder(key)
      else if (this.#folders.has(key)) throw collision(path)
      else this.#files.add(key)
    }
  }

  #folder(key: string): number {
    const known = this.#folders.get(key)
    if (known !== undefined) return known
    const number = this.#folders.size + 1
    if (number > MAX_FOLDERS) throw new ShoalError('PATH_UNSAFE', `more than ${MAX_FOLDERS} folders`)
    this.#folders.set(key, number)
    return number
  }
}

const collision = (path: readonly string[]): ShoalError =>
  new ShoalError('PATH_UNSAFE', `two files stand on one path: ${shown(path.join('/'))}`)
