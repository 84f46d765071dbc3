import { readFile } from 'node:fs/promises'
import { unwatchFile, watchFile } from 'node:fs'
import { ShoalError } from '../protocol/errors.js'
import { toHex } from '../protocol/hex.js'
import type { Logger } from '../support/log.js'
import type { InfoHashLists } from './announce/announceService.js'

/** Bytes of a list: 3 million info-hashes of v1, which take 300 MB as they are looked up. */
const MAX_LIST = 128 * 1024 * 1024

/** Milliseconds between two looks whether a list has changed. */
const LOOK_EVERY = 2_000

/** Hexadecimal digits by which a torrent is announced, of v1 or the beginning of v2 (BEP 52). */
const ANNOUNCED = 40

const LINE = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** The info-hashes of a list: one a line, 40 or 64 hexadecimal digits; what follows # is passed over. */
export const readInfoHashes = (text: string, path: string): ReadonlySet<string> => {
  const infoHashes = new Set<string>()
  for (const [index, line] of text.split('\n').entries()) {
    const word = line.replace(/#.*/, '').trim().toLowerCase()
    if (word === '') continue
    if (!LINE.test(word))
      throw new ShoalError(
        'CONFIG_INVALID',
        `${path}, line ${index + 1}: not an info-hash of 40 or 64 digits`,
      )
    infoHashes.add(word.slice(0, ANNOUNCED))
  }
  return infoHashes
}

const readList = async (path: string): Promise<ReadonlySet<string>> => {
  try {
    const bytes = await readFile(path)
    if (bytes.length > MAX_LIST)
      throw new ShoalError('CONFIG_INVALID', `${path} has more than ${MAX_LIST} bytes`)
    return readInfoHashes(bytes.toString('latin1'), path)
  } catch (error) {
    if (error instanceof ShoalError) throw error
    throw new ShoalError('CONFIG_INVALID', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

export interface ListFiles {
  /** The only torrents that are served, if it is given. */
  readonly allow: string | undefined
  /** Torrents that are not served; stronger than `allow`. */
  readonly deny: string | undefined
}

const NOT_ALLOWED = 'this torrent is not on the list of those that this tracker serves'
const DENIED = 'this tracker does not serve this torrent'

/** Lists of info-hashes in files, read again when they change. A list that cannot be read leaves the last one in force. */
export class FileLists implements InfoHashLists {
  readonly #files: ListFiles
  readonly #logger: Logger
  readonly #lookEvery: number
  #allowed: ReadonlySet<string> | undefined
  #denied: ReadonlySet<string> | undefined

  private constructor(files: ListFiles, logger: Logger, lookEvery: number) {
    this.#files = files
    this.#logger = logger
    this.#lookEvery = lookEvery
  }

  /** @throws ShoalError CONFIG_INVALID */
  static async open(files: ListFiles, logger: Logger, lookEvery = LOOK_EVERY): Promise<FileLists> {
    const lists = new FileLists(files, logger, lookEvery)
    await lists.#read()
    for (const path of lists.#paths)
      watchFile(path, { interval: lookEvery, persistent: false }, lists.#changed)
    return lists
  }

  refusalOf(infoHash: Uint8Array): string | undefined {
    if (this.#allowed === undefined && this.#denied === undefined) return undefined
    const digits = toHex(infoHash)
    if (this.#denied?.has(digits) === true) return DENIED
    return this.#allowed?.has(digits) === false ? NOT_ALLOWED : undefined
  }

  /** Reads the lists again. */
  async reload(): Promise<void> {
    try {
      await this.#read()
      this.#logger.info(() => `lists read: ${this.#summary}`)
    } catch (error) {
      this.#logger.error(() => `the lists stay as they were: ${(error as Error).message}`)
    }
  }

  close(): void {
    for (const path of this.#paths) unwatchFile(path, this.#changed)
  }

  readonly #changed = (): void => void this.reload()

  get #paths(): readonly string[] {
    return [this.#files.allow, this.#files.deny].filter((path) => path !== undefined)
  }

  get #summary(): string {
    return `${this.#allowed?.size ?? 'all'} allowed, ${this.#denied?.size ?? 0} denied`
  }

  async #read(): Promise<void> {
    const { allow, deny } = this.#files
    const [allowed, denied] = await Promise.all([allow && readList(allow), deny && readList(deny)])
    this.#allowed = typeof allowed === 'string' ? undefined : allowed
    this.#denied = typeof denied === 'string' ? undefined : denied
  }
}
