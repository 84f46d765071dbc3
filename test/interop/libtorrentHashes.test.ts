import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTorrent } from '../../src/node/content.js'
import { hashes } from '../../src/node/hashes.js'
import { decodeMetainfo } from '../../src/protocol/metainfo/decode.js'
import type { Client } from './client/client.js'
import { libtorrent } from './client/libtorrent.js'
import { shoal } from './client/shoal.js'
import { Running } from './running.js'
import { whySkipped } from './withClient.js'

/** 1,300 pieces of one block: their layer has 2,048 hashes, which are asked for by 512, with uncles up to the root. */
const SIZE = 1_300 * 16_384 - 5
const isSkipped = whySkipped(libtorrent()) !== undefined

const running = new Running()
let root: string
let magnet: string
let hash: string
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'shoal-hashes-'))
  const data = randomBytes(SIZE)
  hash = sha256(data)
  await mkdir(join(root, 'data'))
  await writeFile(join(root, 'data', 'film'), data)
  const { bytes } = await createTorrent(join(root, 'data', 'film'), {
    format: 'v2',
    pieceLength: 16_384,
  })
  await writeFile(join(root, 'film.torrent'), bytes)
  magnet = `magnet:?xt=urn:btmh:1220${decodeMetainfo(bytes, hashes).infoHash ?? ''}`
})
afterEach(async () => running.stop())
afterAll(async () => rm(root, { recursive: true }))

const transfer = async (seeder: Client, leecher: Client): Promise<void> => {
  const { endpoint } = await running.seed(seeder, {
    torrentFile: join(root, 'film.torrent'),
    folder: join(root, 'data'),
  })
  const folder = join(root, leecher.name)
  await mkdir(folder)
  await (
    await running.leech(leecher, { torrent: magnet, folder, peers: [endpoint] })
  ).complete
  expect(sha256(await readFile(join(folder, 'film')))).toBe(hash)
}

test.skipIf(isSkipped)(
  'BEP 52: libtorrent asks Shoal for a piece layer of more hashes than one message has, with proofs',
  async () => transfer(shoal(), libtorrent()),
  40_000,
)

test.skipIf(isSkipped)(
  'BEP 52: Shoal asks libtorrent for a piece layer of more hashes than one message has',
  async () => transfer(libtorrent(), shoal()),
  40_000,
)
