import { constants, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ShoalError } from '../protocol/errors.js'
import { BlockCache } from './blockCache.js'
import { codeOf, diskError } from './diskError.js'
import { FileHandles } from './fileHandles.js'
import { FileMap, type FilePart } from './fileMap.js'
import { ReadAhead } from './readAhead.js'
import { readFully } from './transfer.js'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ChunkReader } from './store.js'
import type { Content } from '../protocol/metainfo/content.js'
import type { Layout } from '../protocol/metainfo/layout.js'

/** How long a look at a file's size and time is believed. Milliseconds. */
const TRUSTED_FOR = 1000

/** Files looked at side by side: as many as libuv has threads. */
const LOOKED_AT_ONCE = 4

interface Sight {
  readonly mtime: bigint
  checkedAt: number
}

/** Finished content, read only: files are opened when asked for, and each is watched for changes. */
export class SeedFiles implements ChunkReader {
  readonly #content: Content
  readonly #path: string
  readonly #map: FileMap
  readonly #handles = new FileHandles((file) => this.#openFile(file))
  readonly #reader: ReadAhead
  /** How each file looked at first: what changes later is no longer served. */
  readonly #sights = new Map<number, Sight>()
  #isClosed = false

  private constructor(content: Content, layout: Layout, path: string, cache: BlockCache) {
    this.#content = content
    this.#path = path
    this.#map = new FileMap(content)
    this.#reader = new ReadAhead(layout, cache, (stream, buffers, offset) =>
      this.#readInto(stream, buffers, offset),
    )
  }

  /**
   * `path` is the file or the folder itself, `cache` the node's.
   * @throws ShoalError PATH_NOT_FOUND, FILE_CHANGED (a file where the content has a folder, or the reverse), DISK_FAILED
   */
  static async open(
    content: Content,
    layout: Layout,
    path: string,
    cache: BlockCache = new BlockCache(),
  ): Promise<SeedFiles> {
    try {
      const found = await stat(path)
      if (found.isDirectory() !== content.isFolder || !(content.isFolder || found.isFile()))
        throw new ShoalError(
          'FILE_CHANGED',
          `${path} is not the ${content.isFolder ? 'folder' : 'file'} it was`,
        )
    } catch (error) {
      if (codeOf(error) === 'ENOENT')
        throw new ShoalError('PATH_NOT_FOUND', `${path} does not exist`, { cause: error })
      throw diskError(error, path)
    }
    const files = new SeedFiles(content, layout, path, cache)
    await files.#lookAtAll()
    return files
  }

  read(chunk: number): Uint8Array | Promise<Uint8Array> {
    return this.#isClosed ? this.#refuse() : this.#reader.read(chunk)
  }

  readRun(first: number, buffers: readonly Uint8Array[]): Promise<void> {
    return this.#isClosed ? this.#refuse() : this.#reader.readRun(first, buffers)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#reader.close()
    await this.#handles.close()
  }

  #refuse(): Promise<never> {
    return Promise.reject(new ShoalError('DISK_FAILED', `${this.#path} is closed`))
  }

  /** What is not there, or not as it should be, is found when it is read. */
  async #lookAtAll(): Promise<void> {
    const files = this.#content.files.keys()
    const look = async (): Promise<void> => {
      for (const file of files) {
        const found = await stat(this.#pathOf(file), { bigint: true }).catch(() => undefined)
        if (found?.isFile()) this.#sights.set(file, { mtime: found.mtimeNs, checkedAt: 0 })
      }
    }
    await Promise.all(Array.from({ length: LOOKED_AT_ONCE }, look))
  }

  #pathOf(file: number): string {
    const path = this.#content.files[file]?.path ?? []
    return this.#content.isFolder ? join(this.#path, ...path) : this.#path
  }

  async #readInto(stream: number, buffers: readonly Uint8Array[], offset: number): Promise<void> {
    for (const part of this.#map.partsOf(stream, offset, buffers)) await this.#readPart(part)
  }

  async #readPart({ file, offset, buffers }: FilePart): Promise<void> {
    if (file === undefined) return buffers.forEach((buffer) => buffer.fill(0))
    const path = this.#pathOf(file)
    try {
      await this.#handles.use(file, async (handle) => {
        await this.#watch(file, handle)
        if (!(await readFully(handle, buffers, offset))) throw changed(path)
      })
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? changed(path, error) : diskError(error, path)
    }
  }

  /** O_NONBLOCK, where it exists, so that a pipe put in a file's place cannot hang a thread. */
  async #openFile(file: number): Promise<FileHandle> {
    const handle = await open(this.#pathOf(file), constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      this.#compare(file, await handle.stat({ bigint: true }))
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async #watch(file: number, handle: FileHandle): Promise<void> {
    const sight = this.#sights.get(file)
    if (sight && Date.now() - sight.checkedAt < TRUSTED_FOR) return
    this.#compare(file, await handle.stat({ bigint: true }))
  }

  #compare(file: number, found: BigIntStats): void {
    const sight = this.#sights.get(file)
    const isSame = sight === undefined || sight.mtime === found.mtimeNs
    if (!found.isFile() || found.size !== BigInt(this.#content.files[file]?.size ?? 0) || !isSame)
      throw changed(this.#pathOf(file))
    if (sight) sight.checkedAt = Date.now()
    else this.#sights.set(file, { mtime: found.mtimeNs, checkedAt: Date.now() })
  }
}

const changed = (path: string, cause?: unknown): ShoalError =>
  new ShoalError('FILE_CHANGED', `${path} changed since it was shared`, { cause })
