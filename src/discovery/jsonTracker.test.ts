import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { ShoalError, type ErrorCode } from '../protocol/errors.js'
import { parseInfoHash, parsePeerId, parseTorrentId, type InfoHash, type TorrentId } from '../protocol/ids.js'
import type { JsonObject } from '../protocol/json/fields.js'
import type { Upload } from '../protocol/json/upload.js'
import { silentLogger } from '../support/silentLogger.contract.js'
import { MemoryStore } from '../tracker/store/memory.js'
import { startTracker, type Tracker } from '../tracker/tracker.js'
import { base64 } from '../transport/base64.js'
import { requestOnce } from '../transport/jsonConnection.js'
import { JsonTracker } from './jsonTracker.js'

const running: Tracker[] = []
afterEach(() => Promise.all(running.splice(0).map((tracker) => tracker.stop())))

const peerId = (number: number) => {
  const id = parsePeerId(number.toString(16).padStart(32, '0'))
  if (id === undefined) throw new Error('no peer id')
  return id
}
const hashOf = (number: number): InfoHash => {
  const hash = parseInfoHash(number.toString(16).padStart(64, '0'))
  if (hash === undefined) throw new Error('no info-hash')
  return hash
}
const id = (number: number): TorrentId => parseTorrentId(number) as TorrentId
const sender = (number: number) =>
  ({ peerId: peerId(number), host: '127.0.0.1', port: 8000 + number, wires: ['json', 'bittorrent'] }) as const
const upload = (number: number): Upload => ({
  fileName: `file ${number}`,
  chunks: 1,
  fileSize: 5,
  rootHash: undefined,
  infoHash: hashOf(number),
  infoHashV1: undefined,
  metainfo: undefined,
})

const real = async (store = new MemoryStore()) => {
  const tracker = await startTracker({
    host: '127.0.0.1',
    port: 0,
    interval: 30,
    logger: silentLogger,
    store,
  })
  running.push(tracker)
  return (number: number) =>
    new JsonTracker({
      ask: (request) => requestOnce(tracker.endpoint, request, { timeout: 5000 }),
      sender: sender(number),
      base64,
    })
}
/** A tracker that answers as the test says. */
const fake = (answer: (request: JsonObject) => unknown) =>
  new JsonTracker({
    ask: async (request) => answer(JSON.parse(JSON.stringify(request)) as JsonObject) as JsonObject,
    sender: sender(1),
    base64,
  })
const code = async (promise: Promise<unknown>): Promise<ErrorCode | undefined> => {
  try {
    await promise
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(ShoalError)
    return (error as ShoalError).code
  }
}

test('B1 C1 a peer uploads, another finds, joins, seeds and leaves, with a real tracker', async () => {
  const peer = await real()
  const [seeder, leecher] = [peer(1), peer(2)]
  expect(await seeder.list()).toEqual([])
  expect(await seeder.upload(upload(7))).toEqual({ torrentId: 1, interval: 30 })
  expect((await leecher.list()).map((row) => [row.torrentId, row.fileName, row.infoHash])).toEqual([
    [1, 'file 7', hashOf(7)],
  ])
  expect(await leecher.list('FILE')).toHaveLength(1)
  expect(await leecher.list('nothing')).toEqual([])
  expect(await leecher.find(hashOf(7), 'file 7')).toBe(1)
  expect(await leecher.find(hashOf(8))).toBeUndefined()
  const { torrent, interval } = await leecher.torrent(id(1), { infoHash: hashOf(7) })
  expect(interval).toBe(30)
  expect(torrent.seeders.get(peerId(1))).toEqual({
    host: '127.0.0.1',
    port: 8001,
    wires: ['json', 'bittorrent'],
  })
  expect([...torrent.leechers.keys()]).toEqual([peerId(2)])
  expect(await leecher.startSeed(id(1), hashOf(7))).toEqual({ torrentId: 1, interval: 30 })
  await seeder.stopSeed(id(1), hashOf(7))
  expect([...((await leecher.list())[0]?.seeders.keys() ?? [])]).toEqual([peerId(2)])
})

test('F1 an id of a tracker that has begun anew is TORRENT_NOT_FOUND for the content it named before', async () => {
  const peer = await real()
  await peer(1).upload(upload(7))
  expect(await code(peer(2).torrent(id(1), { infoHash: hashOf(8) }))).toBe('TORRENT_NOT_FOUND')
  expect(await code(peer(1).startSeed(id(1), hashOf(8)))).toBe('TORRENT_NOT_FOUND')
  expect(await code(peer(1).stopSeed(id(1), hashOf(8)))).toBe('TORRENT_NOT_FOUND')
  expect(await code(peer(2).torrent(id(2)))).toBe('TORRENT_NOT_FOUND')
})

test('a list longer than a page comes whole and in order', async () => {
  const store = new MemoryStore()
  const listed = { host: '127.0.0.1', port: 1, wires: [] }
  for (let number = 1; number <= 1100; number++) {
    const content = { ...upload(number), files: undefined, isProven: false }
    store.publish({ peerId: peerId(1), source: '127.0.0.1', listed }, content, performance.now())
  }
  const peer = await real(store)
  const rows = await peer(2).list()
  expect(rows.map((row) => row.torrentId)).toEqual(Array.from({ length: 1100 }, (_, index) => index + 1))
  expect(await peer(2).find(hashOf(1050))).toBe(1050)
})

test.each<[number, ErrorCode]>([
  [411, 'TORRENT_NOT_FOUND'],
  [409, 'ALREADY_SEEDING'],
  [400, 'TRACKER_REFUSED'],
  [401, 'TRACKER_REFUSED'],
  [403, 'TRACKER_REFUSED'],
  [450, 'TRACKER_REFUSED'],
  [201, 'TRACKER_ANSWER_INVALID'],
  [999, 'TRACKER_ANSWER_INVALID'],
])(
  'B3 RET_CODE %i is %s, with ERROR shown and nothing in it that a terminal obeys',
  async (ret, expected) => {
    const tracker = fake(() => ({ RET_CODE: ret, ERROR: 'because\u001b[2J' }))
    const asked = [tracker.list(), tracker.torrent(id(1)), tracker.startSeed(id(1)), tracker.stopSeed(id(1))]
    for (const promise of [...asked, tracker.upload(upload(1))]) expect(await code(promise)).toBe(expected)
    const told = expected === 'TRACKER_ANSWER_INVALID' ? 'makes no sense' : 'because?[2J'
    await expect(tracker.list()).rejects.toThrow(told)
  },
)

test('F1 a failed question is TRACKER_UNREACHABLE', async () => {
  const tracker = fake(() => {
    throw new Error('connect ECONNREFUSED')
  })
  expect(await code(tracker.list())).toBe('TRACKER_UNREACHABLE')
  await expect(tracker.list()).rejects.toThrow('ECONNREFUSED')
})

const torrentObject = { TORRENT_ID: 1, FILE_NAME: 'a', NUM_OF_CHUNKS: 2, FILE_SIZE: 20_000 }
test.each<[string, JsonObject]>([
  ['no TORRENT_OBJECT', {}],
  ['another id', { TORRENT_OBJECT: { ...torrentObject, TORRENT_ID: 2 } }],
  ['another content', { TORRENT_OBJECT: { ...torrentObject, INFO_HASH: hashOf(2) } }],
  ['a path as name', { TORRENT_OBJECT: { ...torrentObject, FILE_NAME: '../a' } }],
  ['too few chunks', { TORRENT_OBJECT: { ...torrentObject, NUM_OF_CHUNKS: 1 } }],
  [
    'more chunks than one file has',
    { TORRENT_OBJECT: { ...torrentObject, NUM_OF_CHUNKS: 3, ROOT_HASH: hashOf(1) } },
  ],
  [
    'files of another size',
    { TORRENT_OBJECT: { ...torrentObject, FILES: [{ PATH: 'b', FILE_SIZE: 30_000 }] } },
  ],
  ['another CHUNK_SIZE', { TORRENT_OBJECT: { ...torrentObject, CHUNK_SIZE: 1 } }],
  ['metainfo that is none', { TORRENT_OBJECT: { ...torrentObject, METAINFO: '*' } }],
])('a torrent with %s is TRACKER_ANSWER_INVALID', async (_, answer) => {
  const tracker = fake(() => ({ RET_CODE: 200, ...answer }))
  expect(await code(tracker.torrent(id(1), { infoHash: hashOf(1) }))).toBe('TRACKER_ANSWER_INVALID')
})

test('a row that cannot be read does not hide the others, a list of nothing else is invalid', async () => {
  const rows = [{ ...torrentObject, FILE_NAME: '../a' }, torrentObject, null, 7]
  expect(await fake(() => ({ RET_CODE: 200, TORRENT_LIST: rows })).list()).toHaveLength(1)
  expect(await code(fake(() => ({ RET_CODE: 200, TORRENT_LIST: [null] })).list())).toBe(
    'TRACKER_ANSWER_INVALID',
  )
  expect(await code(fake(() => ({ RET_CODE: 200, TORRENT_LIST: {} })).list())).toBe('TRACKER_ANSWER_INVALID')
})

test('a list that never ends is left after 500 pages, one that goes round at once', async () => {
  let asked = 0
  const page = (next: (offset: number) => number) => (request: JsonObject) => {
    asked++
    return { TORRENT_LIST: [torrentObject], NEXT_OFFSET: next(Number(request.OFFSET)) }
  }
  expect(await fake(page((offset) => offset + 1)).list()).toHaveLength(500)
  expect(asked).toBe(500)
  asked = 0
  await fake(page((offset) => offset)).list()
  expect(asked).toBe(1)
})

test('INTERVAL is taken within reason', async () => {
  const interval = async (value: unknown) =>
    (await fake(() => ({ RET_CODE: 200, TORRENT_ID: 1, INTERVAL: value })).startSeed(id(1))).interval
  expect(await Promise.all([60, '60', 0, 1e9, -1, 'x', undefined].map(interval))).toEqual([
    60, 60, 1, 3600, 120, 120, 120,
  ])
})

test('whatever a tracker answers, it is a value or a ShoalError', async () => {
  const value = fc.oneof(fc.jsonValue(), fc.nat(), fc.constantFrom('a', hashOf(1), peerId(1), '8001'))
  const answer = fc.record(
    {
      RET_CODE: fc.constantFrom(200, 202, 410),
      INTERVAL: value,
      NEXT_OFFSET: value,
      TORRENT_ID: value,
      TORRENT_LIST: fc.array(
        fc.dictionary(fc.constantFrom(...Object.keys(torrentObject), 'SEEDER_LIST'), value),
      ),
      TORRENT_OBJECT: fc.dictionary(
        fc.constantFrom(...Object.keys(torrentObject), 'FILES', 'METAINFO'),
        value,
      ),
    },
    { requiredKeys: ['RET_CODE'] },
  )
  await fc.assert(
    fc.asyncProperty(answer, async (object) => {
      const tracker = fake(() => object)
      await Promise.all([
        code(tracker.list()),
        code(tracker.torrent(id(1))),
        code(tracker.startSeed(id(1))),
        code(tracker.stopSeed(id(1))),
        code(tracker.upload(upload(1))),
      ])
    }),
    { numRuns: 200 },
  )
})
