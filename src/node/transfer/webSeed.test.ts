import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeBencode } from '../../protocol/bencode.js'
import type { MetainfoFormat } from '../../protocol/metainfo/encode.js'
import { formatMagnet } from '../../protocol/metainfo/magnet.js'
import { makeFolder } from '../../storage/sample.contract.js'
import { StreamSample } from '../../storage/streamSample.contract.js'
import type { Logger } from '../../support/log.js'
import { WebServer } from '../../transport/web/webServer.contract.js'
import type { NodeOptions, ShoalPeer, Transfer } from '../api.js'
import { createTorrent } from '../content.js'
import { startPeer } from '../node.js'

const CHUNK = 16_384
const FORMATS: readonly MetainfoFormat[] = ['v1', 'v2', 'hybrid']

let folder: string
let server: WebServer
let lines: string[]
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  folder = await makeFolder()
  server = await WebServer.start()
  lines = []
  closers.push(() => server.close())
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const log = (line: string | (() => string)): void => void lines.push(typeof line === 'string' ? line : line())
const logger: Logger = { debug: () => undefined, info: log, warn: log, error: log }

const peer = async (name: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> => {
  const started = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: join(folder, name),
    state: join(folder, `${name}-state`),
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    logger,
    ...options,
  })
  closers.push(() => started.stop())
  return started
}

type Files = Readonly<Record<string, Buffer>>

const FOLDER: Files = {
  empty: Buffer.alloc(0),
  'a/one byte': randomBytes(1),
  'a/b/exact': randomBytes(4 * CHUNK),
  'ünï & co?#%.mkv': randomBytes(700_001),
  'z/last': randomBytes(40_000),
}

/** Writes `files` below `input/name`, or one file of that name, and puts them on the web server; returns the .torrent. */
const publish = async (
  files: Files | Buffer,
  options: { format?: MetainfoFormat; webSeeds?: readonly string[]; pieceLength?: number } = {},
): Promise<string> => {
  const root = join(folder, 'input', 'data')
  const all = Buffer.isBuffer(files) ? { '': files } : files
  for (const [path, data] of Object.entries(all)) {
    const place = join(root, path)
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, data)
    const url = path === '' ? '' : `/${path.split('/').map(encodeURIComponent).join('/')}`
    server.files.set(`/mirror/data${url}`, data)
  }
  const webSeeds = options.webSeeds ?? [`${server.url}/mirror/`]
  const { bytes } = await createTorrent(root, { pieceLength: 4 * CHUNK, ...options, webSeeds })
  await writeFile(join(folder, 'data.torrent'), bytes)
  return join(folder, 'data.torrent')
}

/** A peer that has what was published. */
const seeder = async (torrent: string, options: Partial<NodeOptions> = {}): Promise<ShoalPeer> => {
  const started = await peer('input', options)
  await (
    await started.seed(torrent, join(folder, 'input'), { skipVerify: true })
  ).complete
  return started
}

const fetched = async (what: string, options: Partial<NodeOptions> = {}): Promise<Transfer> => {
  const transfer = await (await peer('output', options)).get(what, { seed: false })
  await transfer.complete
  return transfer
}

const expectFile = async (data: Buffer, ...path: string[]): Promise<void> =>
  expect(data.equals(await readFile(join(folder, 'output', 'data', ...path)))).toBe(true)

const expectWhole = async (files: Files): Promise<void> => {
  for (const [path, data] of Object.entries(files)) await expectFile(data, path)
}

/** How many verified bytes came from web servers, and how many from peers. */
const sendersOf = ({ status }: Transfer) => {
  const bytes = (isWebSeed: boolean): number =>
    status.peers
      .filter((one) => (one.isWebSeed ?? false) === isWebSeed)
      .reduce((total, { downloaded }) => total + downloaded, 0)
  return { web: bytes(true), peers: bytes(false) }
}

test.each(FORMATS)('BEP 19: a folder of %s comes whole from a web seed alone', async (format) => {
  const transfer = await fetched(await publish(FOLDER, { format }))
  await expectWhole(FOLDER)
  expect((await stat(join(folder, 'output', 'data', 'empty'))).size).toBe(0)
  const paths = new Set(server.requests.map(({ path }) => path))
  expect([...paths].sort()).toEqual([...server.files.keys()].filter((path) => !path.endsWith('empty')).sort())
  expect(server.requests.length).toBeLessThan(20)
  const { port } = new URL(server.url)
  expect(transfer.status.peers).toMatchObject([{ isWebSeed: true, host: '127.0.0.1', port: Number(port) }])
})

test.each(FORMATS)('BEP 19: a file of %s comes whole by few requests and connections', async (format) => {
  const data = randomBytes(3_000_001)
  for (const webSeed of ['/mirror/', '/mirror/data']) {
    const webSeeds = [server.url + webSeed]
    const torrent = await publish(data, { format, webSeeds })
    const one = await peer(`of${webSeed.length}`)
    const transfer = await one.get(torrent, { seed: false })
    await transfer.complete
    expect(data.equals(await readFile(transfer.status.path))).toBe(true)
  }
  expect(server.requests.length).toBeLessThan(50)
  expect(server.connections).toBeLessThanOrEqual(8)
})

test('BEP 19: v1 alone, in pieces that cut files anyhow, with padding that no server has', async () => {
  const sizes = { 'a/one': 1, b: 150_000, pad1: 30_001, empty: 0, 'c/d': 40_000, e: 70_007 }
  const sample = new StreamSample(sizes, 20_000)
  const files = (sample.content.stream ?? []).map(({ file, size }) =>
    file === undefined
      ? { attr: 'p', length: size, path: ['.pad', `${size}`] }
      : { length: size, path: sample.content.files[file]?.path ?? [] },
  )
  const info = { name: 'data', 'piece length': 20_000, pieces: sample.piecesV1, files }
  const torrent = join(folder, 'v1.torrent')
  await writeFile(torrent, encodeBencode({ info, 'url-list': server.url }))
  for (const [index, { path }] of sample.content.files.entries())
    server.files.set(`/data/${path.join('/')}`, sample.file(index))
  await fetched(torrent)
  for (const [index, { path }] of sample.content.files.entries())
    await expectFile(sample.file(index), ...path)
})

test('C3 BEP 19: a web seed and a peer give beside each other', async () => {
  const data = randomBytes(4_000_000)
  const torrent = await publish(data)
  const other = await seeder(torrent, { uploadLimit: 4_000_000 })
  const transfer = await fetched(torrent, { peers: [other.endpoint], downloadLimit: 4_000_000 })
  await expectFile(data)
  const { web, peers } = sendersOf(transfer)
  expect(web).toBeGreaterThan(0)
  expect(peers).toBeGreaterThan(0)
})

test('BEP 19: the download limit holds for web seeds', async () => {
  const torrent = await publish(randomBytes(600_000))
  const start = performance.now()
  await fetched(torrent, { downloadLimit: 300_000 })
  expect(performance.now() - start).toBeGreaterThan(1_000)
})

test('D3 C5 BEP 19: a web seed with wrong data is found out, and peers make the download whole', async () => {
  const data = randomBytes(2_000_000)
  const torrent = await publish(data)
  server.files.set('/mirror/data', Buffer.alloc(data.length))
  const other = await seeder(torrent, { uploadLimit: 2_000_000 })
  await fetched(torrent, { peers: [other.endpoint] })
  await expectFile(data)
  expect(lines.join('\n')).toContain(`Peer ${server.url} sent a chunk that does not match`)
})

test.each<readonly [string, WebServer['behave'], string]>([
  ['answers 404', (_, response) => response.writeHead(404).end() === response, 'it answered 404'],
  ['answers 500', (_, response) => response.writeHead(500).end() === response, 'it answered 500'],
  ['knows no ranges', (_, response) => response.end(randomBytes(900_000)) === response, 'it sends no ranges'],
  ['closes each connection', ({ socket }) => socket.destroy() === socket, 'socket hang up'],
  [
    'redirects to itself',
    ({ url = '' }, response) => response.writeHead(302, { location: url }).end() === response,
    'it redirects',
  ],
])('C5 BEP 19: a web seed that %s costs a few requests, and peers give all', async (_, behave, why) => {
  const data = randomBytes(900_000)
  const torrent = await publish(data)
  server.behave = behave
  const other = await seeder(torrent)
  const transfer = await fetched(torrent, { peers: [other.endpoint] })
  await expectFile(data)
  expect(sendersOf(transfer)).toMatchObject({ web: 0 })
  expect(lines.filter((line) => line.includes(`Web seed ${server.url}: ${why}`))).not.toEqual([])
  expect(server.requests.length).toBeLessThan(12)
})

test.each<readonly [string, WebServer['behave']]>([
  [
    'sends more than it was asked for',
    (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-0/900000' })
      return response.end(randomBytes(100_000)) === response
    },
  ],
  [
    'falls silent within an answer',
    ({ headers }, response) => {
      const isProbe = headers.range === 'bytes=0-0'
      const range = headers.range?.replace('bytes=', 'bytes ') ?? ''
      response.writeHead(206, { 'content-range': `${range}/900000` })
      if (isProbe) response.end(Buffer.alloc(1))
      else response.write(Buffer.alloc(10))
      return true
    },
  ],
])('C5 BEP 19: a web seed that %s holds up nothing that a peer has', async (_, behave) => {
  const data = randomBytes(900_000)
  const torrent = await publish(data)
  server.behave = behave
  const other = await seeder(torrent)
  const start = performance.now()
  await fetched(torrent, { peers: [other.endpoint] })
  await expectFile(data)
  expect(performance.now() - start).toBeLessThan(8_000)
})

test.each<readonly [MetainfoFormat, number]>([
  ['hybrid', 1],
  // The piece that it is in.
  ['v1', 4 * CHUNK],
])(
  'C5 BEP 19: of %s a web seed lacks one file, which a peer gives; it gives all others',
  async (format, left) => {
    const torrent = await publish(FOLDER, { format })
    const lacking = '/mirror/data/a/one%20byte'
    server.files.delete(lacking)
    const transfer = await (await peer('output')).get(torrent, { seed: false })
    await expect.poll(() => transfer.status.size - transfer.status.done, { timeout: 8_000 }).toBe(left)
    expect(server.requests.filter(({ path }) => path === lacking).length).toBeLessThanOrEqual(4)
    await transfer.stop()
    const other = await seeder(torrent)
    await fetched(torrent, { peers: [other.endpoint] })
    await expectWhole(FOLDER)
  },
)

test('F1 C5 BEP 19: a web seed that fails is asked again, and the download goes on where it was', async () => {
  const data = randomBytes(1_000_000)
  let failures = 0
  server.behave = ({ headers, socket }, response) => {
    if (headers.range === 'bytes=0-0' || ++failures > 2) return false
    const [, first = '', last = ''] = /(\d+)-(\d+)/.exec(headers.range ?? '') ?? []
    response.writeHead(206, { 'content-range': `bytes ${first}-${last}/1000000` })
    response.write(data.subarray(Number(first), Number(first) + CHUNK), () => socket.destroy())
    return true
  }
  const transfer = await fetched(await publish(data))
  await expectFile(data)
  expect(failures).toBeGreaterThan(2)
  expect(lines.join('\n')).toMatch(/closed the connection; trying it again in 1 s/)
  expect(sendersOf(transfer).web).toBe(1_000_000)
})

test('BEP 9 BEP 19: a magnet link takes the metadata from a peer and the data from its web seed', async () => {
  const data = randomBytes(2_000_000)
  const torrent = await publish(data, { webSeeds: [] })
  const other = await seeder(torrent, { uploadLimit: 20_000 })
  const [{ infoHash, infoHashV1 } = {}] = other.status.transfers
  const webSeeds = [`${server.url}/mirror/data`]
  const link = formatMagnet({ infoHash, infoHashV1, webSeeds, peers: [other.endpoint] })
  const transfer = await fetched(link)
  await expectFile(data)
  expect(sendersOf(transfer).web).toBeGreaterThan(1_500_000)
})

test('BEP 19: of a torrent that names hundreds of servers no more than eight are asked', async () => {
  const data = randomBytes(100_000)
  const webSeeds = Array.from({ length: 150 }, (_, index) => `${server.url}/nothing-${index}`)
  const torrent = await publish(data, { webSeeds })
  const other = await seeder(torrent, { uploadLimit: 50_000 })
  await fetched(torrent, { peers: [other.endpoint] })
  expect(new Set(server.requests.map(({ path }) => path)).size).toBe(8)
})
