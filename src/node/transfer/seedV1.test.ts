import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { encodeBencode } from '../../protocol/bencode.js'
import { Op, Ret } from '../../protocol/json/op.js'
import { makeFolder } from '../../storage/sample.contract.js'
import { StreamSample } from '../../storage/streamSample.contract.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { startTracker } from '../../tracker/tracker.js'
import { requestOnce } from '../../transport/jsonConnection.js'
import type { NodeOptions, ShoalPeer } from '../api.js'
import { Limits } from '../limits.js'
import { startPeer } from '../node.js'
import { describeMetainfo } from '../torrent/description.js'
import { newTorrent } from '../torrent/torrent.js'
import { isServable, readRange } from '../serve/wire/pieces.js'
import { Proofs } from '../torrent/proofs.js'
import { SeedFiles } from '../../storage/seedFiles.js'
import { Bitfield } from '../../protocol/bitfield.js'

const SAMPLE = new StreamSample({ 'a/one': 1, b: 50_000, empty: 0, c: 9 }, 20_000)
const TORRENT = encodeBencode({
  info: {
    name: 'sample',
    'piece length': 20_000,
    pieces: SAMPLE.piecesV1,
    files: SAMPLE.content.files.map(({ path, size }) => ({ length: size, path })),
  },
})

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const writeSample = async (): Promise<string> => {
  const folder = await makeFolder()
  for (const [index, { path }] of SAMPLE.content.files.entries()) {
    const file = join(folder, 'sample', ...path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, SAMPLE.file(index))
  }
  await writeFile(join(folder, 'sample.torrent'), TORRENT)
  return folder
}

const peerIn = async (folder: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> => {
  const peer = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: folder,
    state: join(folder, 'state'),
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    isLasting: true,
    logger: silentLogger,
    ...options,
  })
  closers.push(() => peer.stop())
  return peer
}

test('F1 a torrent of v1 alone is seeded once, and again after a restart; no tracker and no simple peer hears of it', async () => {
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
  closers.push(() => tracker.stop())
  const folder = await writeSample()
  const first = await peerIn(folder, { trackers: [tracker.endpoint] })
  const seed = () => first.seed(join(folder, 'sample.torrent'), folder, { skipVerify: false })
  const transfer = await seed()
  await transfer.complete
  expect(await seed()).toBe(transfer)
  expect(await first.get(join(folder, 'sample.torrent'), { seed: true })).toBe(transfer)
  expect(await first.list()).toEqual([])
  const asked = await requestOnce(first.endpoint, { OP_CODE: Op.GET_CHUNK, CHUNK_IDX: 0 }, { timeout: 5_000 })
  expect(asked.RET_CODE).toBe(Ret.TORRENT_DOES_NOT_EXIST)
  await first.stop()
  const second = await peerIn(folder)
  const infoHashV1 = createHash('sha1').update(TORRENT.subarray('d4:info'.length, -1)).digest('hex')
  expect(second.status.transfers).toMatchObject([{ state: 'seeding', infoHash: undefined, infoHashV1 }])
})

test('D3 a torrent of v1 alone with one wrong byte is not seeded', async () => {
  const folder = await writeSample()
  const peer = await peerIn(folder)
  await writeFile(join(folder, 'sample', 'c'), SAMPLE.file(3).fill(0))
  await expect(
    peer.seed(join(folder, 'sample.torrent'), folder, { skipVerify: false }),
  ).rejects.toMatchObject({
    code: 'VERIFICATION_FAILED',
  })
})

test('BEP 3: any range within a piece is served, and none that ends beyond the stream', async () => {
  const folder = await writeSample()
  const description = describeMetainfo(TORRENT)
  const { layout } = SAMPLE
  const reader = await SeedFiles.open(description.content, layout, join(folder, 'sample'))
  closers.push(() => reader.close())
  const proofs = new Proofs(description, layout, (chunk) => reader.read(chunk))
  const has = Bitfield.full(layout.chunkCount)
  const limits = new Limits({ download: undefined, upload: undefined }, () => 0)
  const torrent = newTorrent({ description, layout, has, reader, proofs, torrentIds: new Map(), limits })
  for (const [piece, begin, length] of [
    [0, 0, 16_384],
    [0, 16_384, 3_616],
    [1, 10_000, 10_000],
    [2, 0, 10_010],
  ] as const) {
    expect(isServable(torrent, { piece, begin, length })).toBe(true)
    expect(isServable(torrent, { piece, begin: begin + 20_000 - length + 1, length })).toBe(false)
    const bytes = Buffer.alloc(length)
    await readRange(torrent, { piece, begin, length }, bytes)
    const start = piece * 20_000 + begin
    expect(bytes.equals(SAMPLE.bytes.subarray(start, start + length))).toBe(true)
  }
  expect(isServable(torrent, { piece: 2, begin: 0, length: 10_011 })).toBe(false)
  expect(isServable(torrent, { piece: 3, begin: 0, length: 1 })).toBe(false)
})
