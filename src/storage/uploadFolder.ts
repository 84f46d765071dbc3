import { randomBytes } from 'node:crypto'
import { constants, mkdir, open, readdir, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { MAX_FILES } from '../protocol/limits.js'
import { PathSet, safeName, safePath } from '../protocol/metainfo/path.js'
import { diskError } from './diskError.js'
import { look, makeParents } from './partFolder.js'
import { publish } from './publish.js'
import type { FileHandle } from 'node:fs/promises'

/** Where uploads stand until they are whole: a name that begins with this, in the folder in which they end. */
const PREFIX = '.upload-'
const STAGING = /^\.upload-[0-9a-f]{16}$/
/** One that nothing was added to for so long was left behind by a crash. Milliseconds. */
const STALE_TIME = 24 * 60 * 60_000
/** Names tried where the one that is wanted is taken. */
const MAX_NAMES = 1_000
/** Makes a file anew: never writes into one that is there, nor through a link. Windows lacks O_NOFOLLOW. */
const ANEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

export interface UploadOptions {
  /** What the file or folder shall be called. */
  readonly name: string
  readonly isFolder: boolean
  /** Bytes of all files together at most. */
  readonly maxSize: number
}

/**
 * A file or folder that somebody sends, file by file, and that is shared once it is whole.
 *
 * Invariants: nothing is written outside its own new folder, MAX_FILES files and `maxSize` bytes at most; once it is
 * finished or abandoned nothing of that folder is left.
 */
export class UploadFolder {
  readonly #options: UploadOptions
  /** In which the result will stand. */
  readonly #output: string
  readonly #root: string
  readonly #paths = new PathSet()
  /** Paths of `#paths` that stand empty since their file failed: the same file may be sent again. */
  readonly #failed = new Set<string>()
  #files = 0
  #size = 0
  #writing = 0
  #isOver = false

  private constructor(output: string, options: UploadOptions) {
    this.#output = output
    this.#options = options
    this.#root = join(output, `${PREFIX}${randomBytes(8).toString('hex')}`)
  }

  /** @throws ShoalError PATH_UNSAFE for a name that cannot be, DISK_FULL, DISK_FAILED */
  static async open(output: string, options: UploadOptions): Promise<UploadFolder> {
    safeName(options.name)
    await sweep(output)
    const upload = new UploadFolder(output, options)
    await guarded(upload.#root, async () => {
      await mkdir(output, { recursive: true })
      await mkdir(upload.#root)
      if (options.isFolder) await mkdir(join(upload.#root, options.name))
    })
    return upload
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size
  }

  /**
   * Writes one file. `path` is its place in the folder, names separated by slashes; of a single file it means nothing.
   * What was written of one that fails is deleted, and the same may be sent again.
   * @throws ShoalError PATH_UNSAFE, USAGE (too much, or it is over), INTERRUPTED, DISK_FULL, DISK_FAILED, and what `data` throws
   */
  async write(path: string, data: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const { name, isFolder } = this.#options
    const names = isFolder ? safePath([name, ...path.split('/')]) : [name]
    this.#requireOpen()
    this.#admit(names)
    this.#writing++
    const place = join(this.#root, ...names)
    try {
      await this.#writeFile(names, place, data, signal)
    } catch (error) {
      await rm(place, { force: true }).catch(() => undefined)
      this.#failed.add(names.join('/'))
      this.#files--
      throw error
    } finally {
      this.#writing--
    }
  }

  /**
   * Gives it its name, or where that is taken the same with a number; returns where it stands. Never replaces anything.
   * @throws ShoalError USAGE where files are being written, or there is none; FILE_EXISTS, DISK_FULL, DISK_FAILED
   */
  async finish(): Promise<string> {
    this.#requireOpen()
    if (this.#writing > 0 || this.#files === 0) throw new ShoalError('USAGE', 'the upload is not whole')
    this.#isOver = true
    const path = await this.#publish()
    await rm(this.#root, { recursive: true, force: true }).catch(() => undefined)
    return path
  }

  /** Deletes what was written. @throws ShoalError DISK_FAILED */
  async abandon(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await guarded(this.#root, () => rm(this.#root, { recursive: true, force: true }))
  }

  #requireOpen(): void {
    if (this.#isOver) throw new ShoalError('USAGE', 'the upload is over')
  }

  #admit(names: readonly string[]): void {
    if (this.#files >= (this.#options.isFolder ? MAX_FILES : 1))
      throw new ShoalError(
        'USAGE',
        `an upload has ${MAX_FILES} files at most, and one that is no folder has one`,
      )
    if (!this.#failed.delete(names.join('/'))) this.#paths.add(names)
    this.#files++
  }

  async #writeFile(
    names: readonly string[],
    place: string,
    data: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const file = await guarded(place, async () => {
      await makeParents(this.#root, names)
      return open(place, ANEW, 0o666)
    })
    try {
      for await (const bytes of data) await this.#append(file, place, bytes, signal)
      await guarded(place, () => file.sync())
    } finally {
      await file.close()
    }
  }

  async #append(
    file: FileHandle,
    place: string,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (signal?.aborted === true || this.#isOver)
      throw new ShoalError('INTERRUPTED', 'the upload was stopped')
    this.#size += bytes.length
    if (this.#size > this.#options.maxSize)
      throw new ShoalError('USAGE', `an upload has ${this.#options.maxSize} bytes at most`)
    await guarded(place, () => file.appendFile(bytes))
  }

  async #publish(): Promise<string> {
    const { name, isFolder } = this.#options
    for (let number = 1; ; number++) {
      const path = join(this.#output, number === 1 ? name : numbered(name, number, isFolder))
      try {
        await guarded(path, () => publish(join(this.#root, name), path, isFolder))
        return path
      } catch (error) {
        const isTaken = error instanceof ShoalError && error.code === 'FILE_EXISTS'
        if (isTaken && number < MAX_NAMES) continue
        this.#isOver = false
        throw error
      }
    }
  }
}

/** Deletes what crashes left behind. What cannot be deleted stays: another upload does not fail for it. */
const sweep = async (output: string): Promise<void> => {
  const names = await readdir(output).catch(() => [])
  for (const root of names.filter((name) => STAGING.test(name)).map((name) => join(output, name))) {
    const found = await look(root).catch(() => undefined)
    if (found?.isDirectory() !== true || Date.now() - Number(found.mtimeMs) < STALE_TIME) continue
    await rm(root, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** "film (2).mkv" */
const numbered = (name: string, number: number, isFolder: boolean): string => {
  const extension = isFolder ? '' : extname(name)
  return safeName(`${name.slice(0, name.length - extension.length)} (${number})${extension}`)
}

const guarded = async <Result>(path: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    throw diskError(error, path)
  }
}
