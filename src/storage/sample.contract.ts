import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { Bitfield } from '../protocol/bitfield.js'
import { CHUNK_SIZE } from '../protocol/limits.js'
import { Layout } from '../protocol/metainfo/layout.js'
import { DownloadFiles } from './downloadFiles.js'
import type { Content } from '../protocol/metainfo/content.js'
import type { DownloadOptions } from './downloadFiles.js'
import type { ShoalError } from '../protocol/errors.js'

export const sha256 = (data: Uint8Array): Uint8Array => createHash('sha256').update(data).digest()

/** Content for tests: sizes by path; a path without a name stands for a single file. */
export class Sample {
  readonly content: Content
  readonly layout: Layout

  constructor(
    files: Readonly<Record<string, number>> | number,
    pieceLength = 4 * CHUNK_SIZE,
    name = 'sample',
  ) {
    const sizes = typeof files === 'number' ? { [name]: files } : files
    this.content = {
      name,
      isFolder: typeof files !== 'number',
      pieceLength,
      files: Object.entries(sizes).map(([path, size]) => ({
        path: path.split('/'),
        size,
        rootHash: undefined,
      })),
    }
    this.layout = new Layout(this.content)
  }

  get all(): Bitfield {
    return Bitfield.full(this.layout.chunkCount)
  }

  /** The chunk's right bytes, unlike those of any other chunk. */
  data(chunk: number): Buffer {
    const data = Buffer.alloc(this.layout.lengthOf(chunk), (chunk * 31 + 1) % 251)
    if (data.length >= 4) data.writeUInt32BE(chunk)
    return data
  }

  leaf(chunk: number): Uint8Array {
    return sha256(this.data(chunk))
  }

  /** The right bytes of a file. */
  file(index: number): Buffer {
    const { first, count } = this.layout.chunksOfFile(index)
    return Buffer.concat(Array.from({ length: count }, (_, offset) => this.data(first + offset)))
  }

  /** Writes and confirms chunks. */
  fill(files: DownloadFiles, chunks: Iterable<number> = this.all): void {
    for (const chunk of chunks) {
      files.write(chunk, this.data(chunk))
      files.confirm(chunk, 1, this.leaf(chunk))
    }
  }
}

const folders: string[] = []
const opened: DownloadFiles[] = []

/** A folder that is removed after the test. */
export const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-storage-'))
  folders.push(folder)
  return folder
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((files) => files.close()))
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** Options of a download of `sample` to `folder`/out, journal in `folder`/state; failures are thrown. */
export const optionsFor = (
  sample: Pick<Sample, 'content' | 'layout' | 'all'>,
  folder: string,
  more: Partial<DownloadOptions> = {},
): DownloadOptions => ({
  content: sample.content,
  layout: sample.layout,
  folder: join(folder, 'out'),
  journal: join(folder, 'state', 'sample.journal'),
  wanted: sample.all,
  identity: 'sample',
  sha256,
  onFailure: (error) => {
    throw error
  },
  onReady: () => undefined,
  ...more,
})

/** Opens a download that is closed after the test. */
export const openDownload = async (
  options: DownloadOptions,
): Promise<{ files: DownloadFiles; has: Bitfield }> => {
  const result = await DownloadFiles.open(options)
  opened.push(result.files)
  return result
}

/** Whether two byte strings are equal, faster than `toEqual` finds out byte by byte. */
export const expectSame = (actual: Uint8Array | Promise<Uint8Array>, expected: Buffer): void => {
  expect(actual).toBeInstanceOf(Uint8Array)
  expect(actual).toHaveLength(expected.length)
  expect(expected.equals(actual as Uint8Array)).toBe(true)
}

/** The code that `work` fails with. */
export const codeFrom = async (work: () => unknown): Promise<string> => {
  try {
    await work()
  } catch (error) {
    return (error as ShoalError).code
  }
  return 'no error'
}
