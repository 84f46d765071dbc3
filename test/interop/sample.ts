import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTorrent } from '../../src/node/content.js'
import { hashes } from '../../src/node/hashes.js'
import { decodeMetainfo } from '../../src/protocol/metainfo/decode.js'
import { expect } from 'vitest'
import type { Format } from './client/client.js'

const PIECE = 64 * 1024

/** Sizes that come out even and uneven, in blocks, in pieces and in neither. */
const SIZES: Readonly<Record<string, number>> = {
  'a.bin': 3_000_001,
  'b/empty': 0,
  'b/one byte': 1,
  'b/exact': PIECE,
  'ünï.mkv': 700_000,
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** Clients that do not know padding files (BEP 47) want them on disk before they seed: every length that can be needed. */
const writePadding = async (folder: string, sizes: readonly number[]): Promise<void> => {
  await mkdir(join(folder, '.pad'), { recursive: true })
  for (const size of sizes.map((one) => (PIECE - (one % PIECE)) % PIECE))
    if (size > 0) await writeFile(join(folder, '.pad', String(size)), new Uint8Array(size))
}

/** A folder of random files of every awkward size, with its .torrent in one format. */
export class Sample {
  readonly torrentFile: string
  /** Without the address of any peer or tracker. */
  readonly magnet: string
  /** Where the content stands. */
  readonly folder: string
  readonly #root: string
  readonly #hashes: ReadonlyMap<string, string>
  #copies = 0

  private constructor(root: string, magnet: string, contents: ReadonlyMap<string, string>) {
    this.#root = root
    this.#hashes = contents
    this.folder = join(root, 'data')
    this.torrentFile = join(root, 'films.torrent')
    this.magnet = magnet
  }

  static async make(format: Format): Promise<Sample> {
    const root = await mkdtemp(join(tmpdir(), 'shoal-interop-'))
    const contents = new Map<string, string>()
    for (const [path, size] of Object.entries(SIZES)) {
      const data = randomBytes(size)
      const file = join(root, 'data', 'films', path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, data)
      contents.set(path, sha256(data))
    }
    const { bytes } = await createTorrent(join(root, 'data', 'films'), { format, pieceLength: PIECE })
    if (format !== 'v2') await writePadding(join(root, 'data', 'films'), Object.values(SIZES))
    await writeFile(join(root, 'films.torrent'), bytes)
    const { infoHash, infoHashV1 } = decodeMetainfo(bytes, hashes)
    const topic = infoHashV1 === undefined ? `urn:btmh:1220${infoHash}` : `urn:btih:${infoHashV1}`
    return new Sample(root, `magnet:?xt=${topic}`, contents)
  }

  /** A folder in which nothing stands yet. */
  async emptyFolder(): Promise<string> {
    const folder = join(this.#root, `copy-${(this.#copies += 1)}`)
    await mkdir(folder)
    return folder
  }

  /** Fails unless every file stands in `folder` as it was made; `leavesOutEmpty` for a client that makes no empty files. */
  async expectWhole(folder: string, leavesOutEmpty = false): Promise<void> {
    for (const [path, hash] of this.#hashes)
      if (!leavesOutEmpty || hash !== sha256(new Uint8Array()))
        expect([path, sha256(await readFile(join(folder, 'films', path)))]).toEqual([path, hash])
  }

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true })
  }
}
