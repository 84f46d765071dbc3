import { constants, open, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { diskError } from './diskError.js'
import { FileHandles } from './fileHandles.js'
import { FileMap, type FilePart, type FileRun } from './fileMap.js'
import { claimPart, look, makeParents, syncFolder } from './partFolder.js'
import { publish } from './publish.js'
import { readFully } from './transfer.js'
import type { Place } from './disk/run.js'
import type { FileHandle } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import type { Content } from '../protocol/metainfo/content.js'

/** Files synced or looked at side by side: as many as libuv has threads. */
const AT_ONCE = 4

/** Files written at once: half as many as are kept open. */
const MAX_AT_ONCE = 32

/** Writes one place after another; `isAll` where these are all. */
export type WritePlaces = (places: readonly Place[], isAll: boolean) => Promise<void>

/** Refuses links and cannot hang on a pipe. Windows has neither flag, and `|` takes undefined for 0. */
const SAFELY = constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * The files of a download under their working name, sparse and of full size, later under their final name.
 * Invariant: `#inodes` tells which file on disk each was when first seen; another in its place is an error,
 * never silently written or finished.
 */
export class PartFiles {
  readonly #content: Content
  readonly #folder: string
  readonly #map: FileMap
  readonly #handles = new FileHandles((file) => this.#open(file))
  readonly #inodes = new Map<number, bigint>()
  /** Files written since the last `check`. */
  readonly #unchecked = new Set<number>()
  #root: string
  #isFinal = false

  private constructor(content: Content, folder: string) {
    this.#content = content
    this.#folder = folder
    this.#map = new FileMap(content)
    this.#root = join(folder, `${content.name}.part`)
  }

  /**
   * `folder`/NAME.part, made where it is missing. `isOurs`: whether one that is there may be taken over.
   * @throws ShoalError FILE_EXISTS, DISK_FULL, DISK_FAILED
   */
  static async claim(content: Content, folder: string, isOurs: boolean): Promise<PartFiles> {
    const files = new PartFiles(content, folder)
    await files.#guarded(files.#root, () => claimPart(files.#root, content.isFolder, isOurs))
    return files
  }

  /** Where the finished content stands, or will. */
  get finalPath(): string {
    return join(this.#folder, this.#content.name)
  }

  /** Fills `buffers`, one after another, from the stream. @throws ShoalError FILE_CHANGED (a file is shorter than that), DISK_FAILED */
  async read(stream: number, buffers: readonly Uint8Array[], offset: number): Promise<void> {
    for (const part of this.#map.partsOf(stream, offset, buffers)) await this.#readPart(part)
  }

  /**
   * Opens the files that `length` bytes of the stream from `offset` on are of, and has `work` write them there: at once
   * (`isAll`), or file after file where they are very many. @throws ShoalError DISK_FULL, DISK_FAILED, and what `work` throws
   */
  async write(stream: number, offset: number, length: number, work: WritePlaces): Promise<void> {
    const runs = this.#map.runsOf(stream, offset, length)
    const isAll = runs.length <= MAX_AT_ONCE
    for (let first = 0; first < runs.length; first += MAX_AT_ONCE)
      await this.#withPlaces(runs.slice(first, first + MAX_AT_ONCE), [], (places) => work(places, isAll))
    for (const { file } of runs) if (file !== undefined) this.#unchecked.add(file)
  }

  /** Whether every file is there that holds some of the run. @throws ShoalError DISK_FAILED */
  async isThere(stream: number, offset: number, length: number): Promise<boolean> {
    for (const { file } of this.#map.runsOf(stream, offset, length))
      if (file !== undefined && (await this.sightOf(file)) === undefined) return false
    return true
  }

  /** Looks whether the files written last are still in their places. @throws ShoalError DISK_FAILED */
  async check(): Promise<void> {
    for (const file of this.#unchecked) {
      await this.#requireInPlace(file)
      this.#unchecked.delete(file)
    }
  }

  /** How `file` looks on disk; from now on it must be this one. Undefined where it is not there. */
  async sightOf(file: number): Promise<BigIntStats | undefined> {
    const found = await this.#guarded(this.#pathOf(file), () => look(this.#pathOf(file)))
    if (found && !this.#inodes.has(file)) this.#inodes.set(file, found.ino)
    return found
  }

  /** Makes what was written to `files` survive a power loss. @throws ShoalError DISK_FULL, DISK_FAILED */
  async sync(files: readonly number[]): Promise<void> {
    await eachOf(files, async (file) => {
      await this.#guarded(this.#pathOf(file), () => this.#handles.use(file, (handle) => handle.sync()))
      await this.#requireInPlace(file)
    })
  }

  /**
   * Syncs `wanted`, removes `unwanted`, and gives the whole its final name; from then on files are read there.
   * Handles are closed first, as Windows renames nothing that is open.
   * @throws ShoalError FILE_EXISTS, DISK_FULL, DISK_FAILED
   */
  async finish(wanted: readonly number[], unwanted: readonly number[]): Promise<string> {
    await this.sync(wanted)
    await this.#guarded(this.#root, async () => {
      await this.#drop(unwanted)
      for (const folder of this.#foldersOf(wanted)) await syncFolder(folder)
      await this.#handles.close()
      await publish(this.#root, this.finalPath, this.#content.isFolder)
    })
    this.#root = this.finalPath
    this.#isFinal = true
    return this.finalPath
  }

  /** Deletes the part file or folder. @throws ShoalError DISK_FAILED */
  async remove(): Promise<void> {
    await this.#handles.close()
    if (this.#isFinal) return
    await this.#guarded(this.#root, async () => {
      const found = await look(this.#root)
      if (found?.isDirectory()) await rm(this.#root, { recursive: true, force: true })
      else if (found) await unlink(this.#root)
    })
  }

  /** Closes the handles; the next use opens them again. */
  async close(): Promise<void> {
    await this.#handles.close()
  }

  async #readPart({ file, offset, buffers }: FilePart): Promise<void> {
    if (file === undefined) return buffers.forEach((buffer) => buffer.fill(0))
    const path = this.#pathOf(file)
    const isThere = await this.#guarded(path, () =>
      this.#handles.use(file, (handle) => readFully(handle, buffers, offset)),
    )
    if (!isThere) throw new ShoalError('FILE_CHANGED', `${path} was cut short`)
  }

  /** Opens the files of `runs` that are not among `places` yet, one within the other's use. */
  #withPlaces(
    runs: readonly FileRun[],
    places: readonly Place[],
    work: (places: readonly Place[]) => Promise<void>,
  ): Promise<void> {
    const run = runs[places.length]
    if (run === undefined) return work(places)
    const { file, offset: position, length } = run
    const goOn = (descriptor: number | undefined): Promise<void> =>
      this.#withPlaces(runs, [...places, { descriptor, position, length }], work)
    if (file === undefined) return goOn(undefined)
    return this.#guarded(this.#pathOf(file), () => this.#handles.use(file, ({ fd }) => goOn(fd)))
  }

  /** Removes `files`, and the folders that are empty without them. */
  async #drop(files: readonly number[]): Promise<void> {
    for (const file of files) await rm(this.#pathOf(file), { force: true })
    for (const folder of this.#foldersOf(files))
      if (folder !== this.#root) await rmdir(folder).catch(() => undefined)
  }

  #pathOf(file: number): string {
    const path = this.#content.files[file]?.path ?? []
    return this.#content.isFolder ? join(this.#root, ...path) : this.#root
  }

  /** The folders above `files` within the part folder, deepest first. */
  #foldersOf(files: readonly number[]): string[] {
    if (!this.#content.isFolder) return []
    const folders = new Set([this.#root])
    for (const file of files)
      for (let path = dirname(this.#pathOf(file)); !folders.has(path); path = dirname(path)) folders.add(path)
    return [...folders].sort((left, right) => right.length - left.length)
  }

  async #open(file: number): Promise<FileHandle> {
    const path = this.#pathOf(file)
    if (this.#content.isFolder && !this.#isFinal)
      await makeParents(this.#root, this.#content.files[file]?.path ?? [])
    const handle = await open(path, this.#flagsOf(file), 0o666)
    try {
      await this.#admit(file, handle)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** A file seen before is never made anew: its chunks are counted on. */
  #flagsOf(file: number): number {
    if (this.#isFinal) return constants.O_RDONLY | SAFELY
    return constants.O_RDWR | SAFELY | (this.#inodes.has(file) ? 0 : constants.O_CREAT)
  }

  async #admit(file: number, handle: FileHandle): Promise<void> {
    const found = await handle.stat({ bigint: true })
    const ino = this.#inodes.get(file)
    if (!found.isFile() || (ino !== undefined && ino !== found.ino)) throw this.#replaced(file)
    if (this.#isFinal) return
    if (found.nlink > 1n)
      throw new ShoalError('DISK_FAILED', `${this.#pathOf(file)} has a second name; remove it first`)
    const size = this.#content.files[file]?.size ?? 0
    if (found.size !== BigInt(size)) await handle.truncate(size)
    this.#inodes.set(file, found.ino)
  }

  async #requireInPlace(file: number): Promise<void> {
    const found = await this.sightOf(file)
    if (!found?.isFile() || found.ino !== this.#inodes.get(file)) throw this.#replaced(file)
    if (found.size !== BigInt(this.#content.files[file]?.size ?? 0)) throw this.#replaced(file)
  }

  #replaced(file: number): ShoalError {
    const path = this.#pathOf(file)
    return new ShoalError('DISK_FAILED', `${path} was deleted or replaced; start the download again`)
  }

  async #guarded<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw diskError(error, path)
    }
  }
}

const eachOf = async (files: readonly number[], work: (file: number) => Promise<void>): Promise<void> => {
  const rest = files.values()
  const worker = async (): Promise<void> => {
    for (const file of rest) await work(file)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
