import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Swarm } from '../../engine/swarm/swarm.js'
import { TokenBucket } from '../../engine/rate/tokenBucket.js'
import { PieceVerifier } from '../../engine/verifier/pieceVerifier.js'
import { encodeBencode } from '../../protocol/bencode.js'
import { makeFolder, openDownload } from '../../storage/sample.contract.js'
import { StreamSample } from '../../storage/streamSample.contract.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { Limits } from '../limits.js'
import type { LinkEvents, PeerLink } from '../link/link.js'
import { describeMetainfo, type Description } from '../torrent/description.js'
import { Traffic } from '../report/traffic.js'
import { Proofs } from '../torrent/proofs.js'
import { newTorrent } from '../torrent/torrent.js'
import { Download } from './download.js'
import { FileChoice } from './fileChoice.js'
import { choosePriorities } from './select.js'

const SIZES = { 'a/empty': 0, 'a/one': 1, b: 150_000, pad1: 30_001, 'c/small': 100, 'c/d': 40_000, e: 70_007 }

/** How a peer answers a request for a chunk. */
type Answer = (chunk: number) => Buffer

/** The .torrent of a sample, so that what is tested begins with what users have. */
const describe = ({ content, piecesV1 }: StreamSample): Description => {
  const files = (content.stream ?? []).map(({ file, size }) =>
    file === undefined
      ? { attr: 'p', length: size, path: ['.pad', `${size}`] }
      : { length: size, path: content.files[file]?.path ?? [] },
  )
  const info = { name: content.name, 'piece length': content.pieceLength, pieces: piecesV1, files }
  return describeMetainfo(encodeBencode({ info }))
}

/** Answers each request in a later turn, as a socket would. */
class FakeLink implements PeerLink {
  readonly wire = 'bittorrent'
  #isClosed = false

  constructor(
    readonly events: LinkEvents,
    readonly answer: Answer,
  ) {}

  interest(): void {
    setImmediate(() => {
      if (!this.#isClosed) this.events.state({ isChoking: false, has: undefined, limit: 4 })
    })
  }

  request(chunks: readonly number[]): void {
    for (const chunk of chunks)
      setImmediate(() => {
        if (!this.#isClosed) this.events.chunk(chunk, this.answer(chunk), undefined)
      })
  }

  disinterest(): void {
    return
  }

  cancel(): void {
    return
  }

  findPeers(): void {
    return
  }

  close(): void {
    this.#isClosed = true
  }
}

const running: Download[] = []
afterEach(() => running.splice(0).forEach((download) => download.stop()))

interface World {
  readonly peers: readonly Answer[]
  readonly select?: readonly string[]
}

/** Begins or resumes a download of `sample` in `folder` from `peers`. */
const fetch = async (sample: StreamSample, folder: string, { peers, select = [] }: World) => {
  const description = describe(sample)
  const { layout, piecesV1 } = sample
  expect(description).toMatchObject({ isVerifiable: true, infoHash: undefined })
  const priorities = choosePriorities(description.content, { select }, undefined)
  const selection = new FileChoice(description.content, layout, priorities)
  const { files, has } = await openDownload(
    sample.options(folder, { wanted: selection.wanted, selected: selection.selected }),
  )
  const swarm = new Swarm({
    layout,
    have: has,
    wanted: selection.wanted,
    random: () => 0.5,
    budget: new TokenBucket(undefined),
  })
  const proofs = new Proofs(description, layout, (chunk) => files.read(chunk))
  const limits = new Limits({ download: undefined, upload: undefined }, () => 0)
  const parts = { description, layout, has, reader: files, proofs, torrentIds: new Map(), limits }
  const resumed = has.count
  let asked = 0
  let complete = (): void => undefined
  const completed = new Promise<void>((resolve) => (complete = resolve))
  const download = new Download({
    torrent: { ...newTorrent(parts), swarm },
    files,
    verifier: new PieceVerifier(layout, piecesV1),
    openLink: ({ port }, events) =>
      new FakeLink(events, (chunk) => {
        asked++
        return peers[port - 1]?.(chunk) ?? Buffer.alloc(0)
      }),
    traffic: new Traffic(),
    findPeers: () => undefined,
    onComplete: complete,
    logger: silentLogger,
    now: () => performance.now(),
  })
  running.push(download)
  download.start()
  download.addPeers(
    peers.map((_, index) => ({ host: '10.0.0.1', port: index + 1 })),
    'given',
  )
  return { files, download, swarm, completed, resumed, asked: () => asked }
}

const expectWhole = async (sample: StreamSample, path: string): Promise<void> => {
  for (const [index, file] of sample.content.files.entries())
    expect(sample.file(index).equals(await readFile(join(path, ...file.path)))).toBe(true)
}

test.each([1024, 16_384, 20_000, 49_152, 1_048_576])(
  'BEP 3: a torrent of v1 alone in pieces of %i bytes is fetched from several peers and ends whole',
  async (pieceLength) => {
    const sample = new StreamSample(SIZES, pieceLength)
    const right: Answer = (chunk) => sample.data(chunk)
    const { completed, files, asked } = await fetch(sample, await makeFolder(), { peers: [right, right] })
    await completed
    await expectWhole(sample, await files.finish())
    expect(asked()).toBeGreaterThanOrEqual(sample.layout.chunkCount)
  },
)

test('D3 BEP 3: wrong data never counts; one alone who sent a piece is found out, and others make it whole', async () => {
  const sample = new StreamSample(SIZES, 49_152)
  const right: Answer = (chunk) => sample.data(chunk)
  const wrong: Answer = (chunk) => sample.data(chunk).fill(7)
  const { completed, files, swarm } = await fetch(sample, await makeFolder(), {
    peers: [wrong, right, right],
  })
  await completed
  const found = [1, 2, 3].map((port) => swarm.sources.get(`10.0.0.1:${port}`)?.wrong ?? Infinity)
  expect(found[0]).toBeGreaterThan(0)
  expect(found.slice(1)).toEqual([0, 0])
  await expectWhole(sample, await files.finish())
})

test('a chunk of another length than its place is refused, though it is as long as others', async () => {
  const sample = new StreamSample(SIZES, 20_000)
  const long: Answer = (chunk) => Buffer.concat([sample.data(chunk), Buffer.alloc(1)])
  const right: Answer = (chunk) => sample.data(chunk)
  const { completed, files, swarm } = await fetch(sample, await makeFolder(), { peers: [long, right] })
  await completed
  expect(swarm.sources.has('10.0.0.1:1')).toBe(false)
  await expectWhole(sample, await files.finish())
})

test('F1 BEP 3: whole pieces are not asked for again after a stop', async () => {
  const sample = new StreamSample(SIZES, 20_000)
  const folder = await makeFolder()
  const half = Math.floor(sample.layout.chunkCount / 2)
  let halted = (): void => undefined
  const haltedAt = new Promise<void>((resolve) => (halted = resolve))
  let sent = 0
  const first = await fetch(sample, folder, {
    peers: [
      (chunk) => {
        if (++sent === half) halted()
        return sample.data(chunk)
      },
    ],
  })
  await haltedAt
  first.download.stop()
  await first.files.close()
  const second = await fetch(sample, folder, { peers: [(chunk) => sample.data(chunk)] })
  await second.completed
  expect(second.resumed).toBeGreaterThan(0)
  expect(second.asked()).toBe(sample.layout.chunkCount - second.resumed)
  await expectWhole(sample, await second.files.finish())
})

test('of a selection no more is asked for than its pieces, and nothing else gets a name', async () => {
  const sample = new StreamSample(SIZES, 20_000)
  const world = { peers: [(chunk: number) => sample.data(chunk)], select: ['c/*'] }
  const { completed, files, asked } = await fetch(sample, await makeFolder(), world)
  await completed
  const small = sample.layout.piecesOfFile(3)
  const large = sample.layout.piecesOfFile(4)
  const pieces = Array.from(
    { length: large.first + large.count - small.first },
    (_, index) => small.first + index,
  )
  expect(asked()).toBe(pieces.flatMap((piece) => sample.chunksOf(piece)).length)
  const path = await files.finish()
  expect((await readdir(path, { recursive: true })).sort()).toEqual(['c', 'c/d', 'c/small'])
  expect(sample.file(4).equals(await readFile(join(path, 'c', 'd')))).toBe(true)
})
