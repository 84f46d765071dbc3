import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Base64 } from '../../protocol/json/base64.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { encodeMetainfo } from '../../protocol/metainfo/encode.js'
import { Layout } from '../../protocol/metainfo/layout.js'
import { parseRootHash } from '../../protocol/ids.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { base64 } from '../../transport/base64.js'
import { hashes } from '../hashes.js'
import { ask, from, peerId } from '../simpleClient.contract.js'
import { MemoryStore } from '../store/memory.js'
import { content, peer as registrant } from '../store/sample.contract.js'
import { startTracker, type Tracker, type TrackerOptions } from '../tracker.js'

let tracker: Tracker
let now = 0
const start = async (options: Partial<TrackerOptions> = {}): Promise<void> => {
  tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    interval: 100,
    logger: silentLogger,
    now: () => now,
    ...options,
  })
}
const restart = async (options: Partial<TrackerOptions>): Promise<void> => {
  await tracker.stop()
  await start(options)
}
beforeEach(() => start())
afterEach(() => tracker.stop())

const send = (request: JsonObject, localAddress?: string) => ask(tracker.endpoint, request, localAddress)
const list = (fields: JsonObject = {}) => send({ OP_CODE: 100, ...from(99), ...fields })
const get = (who: number, id: number, fields: JsonObject = {}) =>
  send({ OP_CODE: 110, ...from(who), TORRENT_ID: id, ...fields })
const seed = (who: number, id: number, fields: JsonObject = {}, address?: string) =>
  send({ OP_CODE: 120, ...from(who), TORRENT_ID: id, ...fields }, address)
const stop = (who: number, id: number, fields: JsonObject = {}, address?: string) =>
  send({ OP_CODE: 130, ...from(who), TORRENT_ID: id, ...fields }, address)
const share = (who: number, name: string, fields: JsonObject = {}, address?: string) =>
  send({ OP_CODE: 140, ...from(who), FILE_NAME: name, NUM_OF_CHUNKS: 3, ...fields }, address)
const at = (who: number, host = '127.0.0.1') => ({
  [peerId(who)]: { IP_ADDRESS: host, PORT: String(8000 + who) },
})

test('B1 GET_LIST of an empty tracker is NO_AVAILABLE_TORRENTS with an empty list', async () => {
  expect(await list()).toMatchObject({ OP_CODE: 100, RET_CODE: 410, TORRENT_LIST: [] })
})

test('B1 C1 UPLOAD_FILE gives an id, and the sender is the first seeder, at the address it came from', async () => {
  expect(await share(1, 'ein Bild.png')).toMatchObject({
    OP_CODE: 140,
    RET_CODE: 200,
    TORRENT_ID: 1,
    INTERVAL: 100,
  })
  const answer = await list()
  expect(answer).toMatchObject({ OP_CODE: 100, RET_CODE: 200 })
  expect(answer.TORRENT_LIST).toEqual([
    { TORRENT_ID: 1, FILE_NAME: 'ein Bild.png', NUM_OF_CHUNKS: 3, SEEDER_LIST: at(1), LEECHER_LIST: {} },
  ])
  expect(answer.NEXT_OFFSET).toBeUndefined()
})

test('A5 B3 a second UPLOAD_FILE without INFO_HASH is ALREADY_SEEDING, the same again is SUCCESS', async () => {
  await share(1, 'a')
  expect(await share(1, 'b')).toMatchObject({
    OP_CODE: 140,
    RET_CODE: 409,
    ERROR: expect.any(String) as string,
  })
  expect(await share(1, 'a')).toMatchObject({ RET_CODE: 200, TORRENT_ID: 1 })
  expect(await share(2, 'a')).toMatchObject({ RET_CODE: 200, TORRENT_ID: 2 })
  expect(await share(1, 'b', { INFO_HASH: 'ab'.repeat(32) })).toMatchObject({ RET_CODE: 200, TORRENT_ID: 3 })
})

test('B1 C2 GET_TORRENT lists the sender as leecher, unless it seeds', async () => {
  await share(1, 'a', { FILE_SIZE: 40_000, ROOT_HASH: 'cd'.repeat(32), INFO_HASH_V1: 'ef'.repeat(20) })
  const answer = await get(2, 1)
  expect(answer).toMatchObject({ OP_CODE: 110, RET_CODE: 200, INTERVAL: 100 })
  expect(answer.TORRENT_OBJECT).toEqual({
    TORRENT_ID: 1,
    FILE_NAME: 'a',
    NUM_OF_CHUNKS: 3,
    FILE_SIZE: 40_000,
    CHUNK_SIZE: 16_384,
    ROOT_HASH: 'cd'.repeat(32),
    INFO_HASH_V1: 'ef'.repeat(20),
    SEEDER_LIST: at(1),
    LEECHER_LIST: at(2),
  })
  expect(await get(1, 1)).toMatchObject({ TORRENT_OBJECT: { SEEDER_LIST: at(1), LEECHER_LIST: at(2) } })
  expect(await get(2, 2)).toMatchObject({ OP_CODE: 110, RET_CODE: 411 })
})

test('A4 B1 START_SEED moves the sender from leechers to seeders, and again is a heartbeat', async () => {
  await share(1, 'a')
  await get(2, 1)
  for (let turn = 0; turn < 2; turn++) {
    expect(await seed(2, 1)).toMatchObject({ OP_CODE: 120, RET_CODE: 200, TORRENT_ID: 1, INTERVAL: 100 })
    expect((await list()).TORRENT_LIST).toMatchObject([
      { SEEDER_LIST: { ...at(1), ...at(2) }, LEECHER_LIST: {} },
    ])
  }
  expect(await seed(2, 7)).toMatchObject({ OP_CODE: 120, RET_CODE: 411 })
})

test('B1 B3 STOP_SEED is FINISHED_SEEDING; with its last seeder a torrent leaves the list and keeps its id', async () => {
  await share(1, 'a')
  await get(2, 1)
  for (const who of [1, 2])
    expect(await stop(who, 1)).toMatchObject({ OP_CODE: 130, RET_CODE: 202, TORRENT_ID: 1 })
  expect(await list()).toMatchObject({ RET_CODE: 410 })
  expect(await get(3, 1)).toMatchObject({
    RET_CODE: 200,
    TORRENT_OBJECT: { SEEDER_LIST: {}, LEECHER_LIST: at(3) },
  })
  expect(await share(2, 'b')).toMatchObject({ TORRENT_ID: 2 })
  expect(await share(1, 'a')).toMatchObject({ TORRENT_ID: 1 })
  expect(await stop(1, 9)).toMatchObject({ RET_CODE: 411 })
})

test('B3 nobody speaks for a peer from another address: FORBIDDEN, and nothing changes', async () => {
  await share(1, 'a')
  await get(2, 1)
  const elsewhere = '127.0.0.2'
  expect(await seed(2, 1, {}, elsewhere)).toMatchObject({ OP_CODE: 120, RET_CODE: 403 })
  expect(await stop(1, 1, {}, elsewhere)).toMatchObject({ OP_CODE: 130, RET_CODE: 403 })
  expect(await share(1, 'b', {}, elsewhere)).toMatchObject({ OP_CODE: 140, RET_CODE: 403 })
  const asked = await send({ OP_CODE: 110, ...from(1, 9999), TORRENT_ID: 1 }, elsewhere)
  expect(asked).toMatchObject({ RET_CODE: 200, TORRENT_OBJECT: { SEEDER_LIST: at(1), LEECHER_LIST: at(2) } })
  await share(3, 'c', {}, elsewhere)
  expect(await get(4, 2)).toMatchObject({ TORRENT_OBJECT: { SEEDER_LIST: at(3, elsewhere) } })
})

test('a tracker that trusts declared addresses lists those that are addresses, and still knows who speaks', async () => {
  await restart({ trustDeclared: true })
  await share(1, 'a')
  await share(2, 'b', { IP_ADDRESS: '0.0.0.0' })
  await share(3, 'c', { IP_ADDRESS: 'my-machine' })
  await share(4, 'd', { IP_ADDRESS: '2001:db8::7' })
  const rows = (await list({ IP_ADDRESS: '127.0.0.1' })).TORRENT_LIST as JsonObject[]
  const expected = [at(1, '10.1.1.1'), at(2), at(3), at(4, '2001:db8::7')]
  expect(rows.map((row) => row.SEEDER_LIST)).toEqual(expected)
  expect(await stop(1, 1, {}, '127.0.0.2')).toMatchObject({ RET_CODE: 403 })
})

test('F1 a peer that is not heard from for 2.5 intervals is dropped; any request of it counts', async () => {
  await share(1, 'a')
  await share(2, 'b')
  now += 200_000
  await send({ OP_CODE: 100, ...from(2) })
  now += 49_000
  expect((await list()).TORRENT_LIST).toHaveLength(2)
  now += 2_600
  expect((await list()).TORRENT_LIST).toMatchObject([{ TORRENT_ID: 2 }])
  expect(await tracker.stats()).toMatchObject({ torrents: 2, listed: 1, peers: 1 })
})

test('F1 an id with another INFO_HASH than its own does not exist', async () => {
  const own = { INFO_HASH: 'ab'.repeat(32) }
  const other = { INFO_HASH: 'cd'.repeat(32) }
  await share(1, 'a', own)
  for (const operation of [get, seed, stop]) {
    expect(await operation(1, 1, other)).toMatchObject({ RET_CODE: 411 })
    expect(await operation(1, 1, own)).toMatchObject({ RET_CODE: operation === stop ? 202 : 200 })
  }
})

test('what a peer declares to speak is listed beside its address', async () => {
  await share(1, 'a', { WIRES: ['bittorrent', 'json', 'smoke'] })
  await get(2, 1, { WIRES: ['json'] })
  const [row] = (await list()).TORRENT_LIST as JsonObject[]
  const [seeder, leecher] = [at(1)[peerId(1)], at(2)[peerId(2)]]
  expect(row?.SEEDER_LIST).toEqual({ [peerId(1)]: { ...seeder, WIRES: ['json', 'bittorrent'] } })
  expect(row?.LEECHER_LIST).toEqual({ [peerId(2)]: { ...leecher, WIRES: ['json'] } })
})

test('B1 GET_LIST takes QUERY, OFFSET and LIMIT', async () => {
  for (const [index, name] of ['Ubuntu.iso', 'debian.iso', 'ubuntu.zip'].entries())
    await share(index + 1, name)
  const ids = async (fields: JsonObject) =>
    ((await list(fields)).TORRENT_LIST as JsonObject[]).map((row) => row.TORRENT_ID)
  expect(await ids({ QUERY: 'UBUNTU' })).toEqual([1, 3])
  expect(await ids({ OFFSET: 1 })).toEqual([2, 3])
  expect(await list({ LIMIT: 2 })).toMatchObject({ TORRENT_LIST: [{}, {}], NEXT_OFFSET: 2 })
  expect((await list({ OFFSET: 2, LIMIT: 2 })).NEXT_OFFSET).toBeUndefined()
  expect(await list({ OFFSET: 3 })).toMatchObject({ RET_CODE: 410, TORRENT_LIST: [] })
  expect(await list({ QUERY: 'arch' })).toMatchObject({ RET_CODE: 410, TORRENT_LIST: [] })
  expect(await ids({ LIMIT: 0 })).toEqual([1])
})

/** A store with `torrents` of `peers` seeders and as many leechers each, none of which is ever the same. */
const filled = (torrents: number, peers: number, name = (id: number) => `Film ${id}`): MemoryStore => {
  const store = new MemoryStore()
  for (let id = 1; id <= torrents; id++) {
    for (let peer = 0; peer < peers; peer++) {
      const seeder = registrant(id * 1000 + peer)
      const listed = { host: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', port: 65_535 }
      const wires = ['json', 'bittorrent', 'tls'] as const
      const widest = { ...seeder, listed: { ...listed, wires } }
      store.publish(widest, { ...content(id), fileName: name(id) }, now)
      const other = registrant(1_000_000 + id * 1000 + peer)
      store.join(
        { ...other, listed: widest.listed },
        { torrentId: id as never, infoHash: undefined },
        'leecher',
        now,
      )
    }
  }
  return store
}

test('without LIMIT an answer fits one read of 24,576 bytes, and the pages together are the list', async () => {
  await restart({ store: filled(60, 3) })
  const ids: unknown[] = []
  let offset: unknown = 0
  for (let page = 0; page < 20 && offset !== undefined; page++) {
    const answer = await list({ OFFSET: offset })
    expect(answer.bytes).toBeLessThanOrEqual(24_576)
    ids.push(...(answer.TORRENT_LIST as JsonObject[]).map((row) => row.TORRENT_ID))
    offset = answer.NEXT_OFFSET
  }
  expect(ids).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
})

test.each([
  ['quotes', '"'.repeat(249)],
  ['characters beyond ASCII', '\u{1f41f}'.repeat(62)],
])('one row always fits, with the longest name of %s and the most and longest peers', async (_, name) => {
  await restart({ store: filled(2, 120, (id) => `${id}${name}`) })
  const answer = await list()
  expect(answer.bytes).toBeLessThanOrEqual(24_576)
  const [row] = answer.TORRENT_LIST as JsonObject[]
  expect(row?.FILE_NAME).toBe(`1${name}`)
  expect(Object.keys(row?.SEEDER_LIST as object)).toHaveLength(50)
  expect(Object.keys(row?.LEECHER_LIST as object)).toHaveLength(50)
  expect(answer.NEXT_OFFSET).toBe(1)
})

test('GET_TORRENT names up to 200 peers, as far as they fit one read', async () => {
  await restart({ store: filled(1, 300) })
  const wide = await get(1, 1)
  expect(wide.bytes).toBeLessThanOrEqual(24_576)
  const { SEEDER_LIST, LEECHER_LIST } = wide.TORRENT_OBJECT as { SEEDER_LIST: object; LEECHER_LIST: object }
  const [seeders, leechers] = [Object.keys(SEEDER_LIST).length, Object.keys(LEECHER_LIST).length]
  expect(seeders).toBeGreaterThan(70)
  expect(Math.abs(seeders - leechers)).toBeLessThanOrEqual(1)
})

test('a torrent that is full of peers is still told to others; who would seed it is refused with FAIL', async () => {
  await restart({ store: new MemoryStore({ limits: { peersPerTorrent: 1 } }) })
  await share(1, 'a')
  expect(await get(2, 1)).toMatchObject({ RET_CODE: 200, TORRENT_OBJECT: { LEECHER_LIST: {} } })
  expect(await seed(2, 1)).toMatchObject({
    RET_CODE: 450,
    ERROR: expect.stringContaining('1 peers') as string,
  })
})

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const torrentOf = (name: string, isFolder: boolean) => {
  const sizes = isFolder ? [16_384, 0, 10_000] : [10_000]
  const files = sizes.map((size, index) => ({
    path: isFolder ? ['sub', `file ${index}`] : [name],
    size,
    rootHash:
      size === 0
        ? undefined
        : parseRootHash(Buffer.from(sha256(Buffer.from(`${name}${index}`))).toString('hex')),
  }))
  const shape = { name, isFolder, files, pieceLength: 32_768, pieceLayers: new Map(), piecesV1: undefined }
  const { bytes, metainfo } = encodeMetainfo(shape, hashes, { format: 'v2' })
  const layout = new Layout(metainfo)
  const fields = {
    FILE_SIZE: layout.size,
    NUM_OF_CHUNKS: layout.chunkCount,
    INFO_HASH: metainfo.infoHash,
    METAINFO: (base64 satisfies Base64).encode(bytes),
  }
  return { fields, root: metainfo.files[0]?.rootHash }
}

test('METAINFO is kept, handed out when asked for, and tells the files of a folder', async () => {
  const { fields } = torrentOf('folder', true)
  expect(await share(1, 'folder', fields)).toMatchObject({ RET_CODE: 200 })
  expect(await get(2, 1, { WITH_METAINFO: true })).toMatchObject({
    TORRENT_OBJECT: { METAINFO: fields.METAINFO },
  })
  const { TORRENT_OBJECT } = await get(2, 1)
  expect(TORRENT_OBJECT).toMatchObject({
    NUM_OF_CHUNKS: 2,
    FILE_SIZE: 26_384,
    FILES: [
      { PATH: 'sub/file 0', FILE_SIZE: 16_384, ROOT_HASH: expect.any(String) as string },
      { PATH: 'sub/file 1', FILE_SIZE: 0 },
      { PATH: 'sub/file 2', FILE_SIZE: 10_000, ROOT_HASH: expect.any(String) as string },
    ],
  })
  expect(TORRENT_OBJECT).not.toHaveProperty('METAINFO')
  expect(TORRENT_OBJECT).not.toHaveProperty('ROOT_HASH')
})

test('what METAINFO proves fills in what was left out, and replaces what others only said', async () => {
  const { fields, root } = torrentOf('true name', false)
  await share(1, 'a lie', { INFO_HASH: fields.INFO_HASH, NUM_OF_CHUNKS: 9 })
  const proof = { NUM_OF_CHUNKS: 1, METAINFO: fields.METAINFO }
  expect(await share(2, 'true name', proof)).toMatchObject({ RET_CODE: 200, TORRENT_ID: 1 })
  await share(3, 'another lie', { INFO_HASH: fields.INFO_HASH, NUM_OF_CHUNKS: 9 })
  expect(await get(4, 1)).toMatchObject({
    TORRENT_OBJECT: { FILE_NAME: 'true name', NUM_OF_CHUNKS: 1, FILE_SIZE: 10_000, ROOT_HASH: root },
  })
})

test.each<[string, JsonObject]>([
  ['INFO_HASH', { INFO_HASH: 'ab'.repeat(32) }],
  ['INFO_HASH_V1', { INFO_HASH_V1: 'ab'.repeat(20) }],
  ['ROOT_HASH', { ROOT_HASH: 'ab'.repeat(32) }],
  ['FILE_SIZE', { FILE_SIZE: 10_001 }],
  ['NUM_OF_CHUNKS', { NUM_OF_CHUNKS: 2 }],
  ['FILE_NAME', { FILE_NAME: 'other' }],
  ['METAINFO', { METAINFO: base64.encode(Buffer.from('d4:infode')) }],
])('METAINFO that does not agree is BAD_REQUEST and names %s', async (field, wrong) => {
  const { fields } = torrentOf('name', false)
  const answer = await share(1, 'name', { ...fields, ...wrong })
  expect(answer).toMatchObject({ OP_CODE: 140, RET_CODE: 400 })
  expect(String(answer.ERROR).startsWith(`${field} is `)).toBe(true)
  expect(await list()).toMatchObject({ RET_CODE: 410 })
})
