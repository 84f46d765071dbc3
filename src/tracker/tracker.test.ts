import fc from 'fast-check'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { JsonObject } from '../protocol/json/fields.js'
import { Op } from '../protocol/json/op.js'
import { createLogger } from '../support/log.js'
import { silentLogger } from '../support/silentLogger.contract.js'
import { JsonConnection } from '../transport/jsonConnection.js'
import { ask, from, peerId } from './simpleClient.contract.js'
import { MemoryStore } from './store/memory.js'
import { content, peer as registrant } from './store/sample.contract.js'
import { startTracker, type Tracker, type TrackerOptions } from './tracker.js'

const running: Tracker[] = []
const start = async (options: Partial<TrackerOptions> = {}): Promise<Tracker> => {
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, ...options })
  running.push(tracker)
  return tracker
}
afterEach(() => Promise.all(running.splice(0).map((tracker) => tracker.stop())))

const list = { OP_CODE: 100, ...from(1) }
const dial = (tracker: Tracker): Socket => {
  const socket = connect(tracker.endpoint.port, '127.0.0.1')
  socket.on('error', () => undefined)
  return socket
}
const readToEnd = async (socket: Socket): Promise<string> => {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts).toString()
}

test('A1 500 connections at once are served, each its own request', async () => {
  const tracker = await start()
  const sockets = Array.from({ length: 500 }, () => dial(tracker))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  await expect.poll(async () => (await tracker.stats()).connections).toBe(500)
  const answers = await Promise.all(
    sockets.map(async (socket, index) => {
      const upload = { OP_CODE: 140, ...from(index), FILE_NAME: `file ${index}`, NUM_OF_CHUNKS: 1 }
      socket.write(JSON.stringify(upload))
      const [data] = (await once(socket, 'data')) as [Buffer]
      return (JSON.parse(data.toString()) as JsonObject).TORRENT_ID as number
    }),
  )
  expect(answers.toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 500 }, (_, index) => index + 1),
  )
  expect(await tracker.stats()).toMatchObject({ torrents: 500, listed: 500, peers: 500, requests: 500 })
  for (const socket of sockets) socket.destroy()
})

test('one connection carries many requests, answered in order', async () => {
  const tracker = await start()
  const connection = await JsonConnection.open(tracker.endpoint, { timeout: 5000 })
  const answers = await Promise.all(
    [1, 2, 3].map((number) =>
      connection.request({ OP_CODE: 140, ...from(number), FILE_NAME: 'a', NUM_OF_CHUNKS: number }),
    ),
  )
  expect(answers.map((answer) => answer.TORRENT_ID)).toEqual([1, 2, 3])
  connection.close()
})

test.each<[string, unknown, string]>([
  ['no OP_CODE', { ...from(1) }, 'OP_CODE is nothing'],
  ['an operation of peers', { ...list, OP_CODE: 195 }, 'OP_CODE is 195'],
  ['an operation that is none', { ...list, OP_CODE: 7 }, 'OP_CODE is 7'],
  ['no PEER_ID', { ...list, PEER_ID: undefined }, 'PEER_ID is missing'],
  ['a short PEER_ID', { ...list, PEER_ID: 'abc' }, 'PEER_ID is "abc"'],
  ['no PORT', { ...list, PORT: undefined }, 'PORT is missing'],
  ['no TORRENT_ID', { ...list, OP_CODE: 110 }, 'TORRENT_ID is missing'],
  [
    'a path as FILE_NAME',
    { ...list, OP_CODE: 140, FILE_NAME: 'a/b', NUM_OF_CHUNKS: 1 },
    'FILE_NAME is "a/b"',
  ],
  ['a list', [list], 'JSON'],
  ['65 KiB', { ...list, PADDING: 'x'.repeat(65 * 1024) }, 'too large'],
])('B3 a request with %s is BAD_REQUEST with the reason, then a close', async (_, request, why) => {
  const socket = dial(await start())
  socket.write(JSON.stringify(request))
  socket.on('end', () => socket.end())
  const answer = JSON.parse(await readToEnd(socket)) as JsonObject
  expect(answer.RET_CODE).toBe(400)
  expect(answer.ERROR).toContain(why)
  expect(answer.ERROR).not.toContain('\n')
})

test('E3 every request and its answer is one readable line, refused ones too, nothing in it that a terminal obeys', async () => {
  const lines: string[] = []
  const tracker = await start({ logger: createLogger('info', (_, line) => lines.push(line)) })
  await ask(tracker.endpoint, { ...list, OP_CODE: 140, FILE_NAME: 'a \u009b2J', NUM_OF_CHUNKS: 1 })
  await ask(tracker.endpoint, list)
  await ask(tracker.endpoint, { ...list, OP_CODE: 120, TORRENT_ID: 5 })
  await ask(tracker.endpoint, { ...list, OP_CODE: 7 })
  await readToEnd(dial(tracker).end('hello'))
  const peer = `${peerId(1)}@127.0.0.1:8001`
  expect(lines.slice(0, 3)).toEqual([
    `UPLOAD_FILE "a \\x9b2J" from ${peer} -> 200 id 1`,
    `GET_LIST from ${peer} -> 200 1 torrents`,
    `START_SEED 5 from ${peer} -> 411 no torrent with this TORRENT_ID and INFO_HASH`,
  ])
  expect(lines[3]).toMatch(/^refused a request from 127\.0\.0\.1 port \d+ -> 400 OP_CODE is 7/)
  expect(lines[4]).toMatch(/^refused a connection from 127\.0\.0\.1: this port speaks/)
})

test('E3 with debug a line shows the message, long fields cut short', async () => {
  const lines: string[] = []
  const tracker = await start({ logger: createLogger('debug', (_, line) => lines.push(line)) })
  await ask(tracker.endpoint, { ...list, QUERY: 'x'.repeat(5000) })
  expect(lines[0]).toContain('"OP_CODE":100')
  expect(lines[0]?.length).toBeLessThan(400)
  expect(lines.some((line) => line.startsWith('to 127.0.0.1'))).toBe(true)
})

test('requests of one address beyond the rate are FAIL, also on loopback where that is set', async () => {
  let now = 0
  const tracker = await start({ requestsPerSecond: 5, now: () => now })
  const connection = await JsonConnection.open(tracker.endpoint, { timeout: 5000 })
  const codes = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, () => connection.request(list)))).map(
      (answer) => answer.RET_CODE,
    )
  expect(await codes(12)).toEqual([...Array<number>(10).fill(410), 450, 450])
  now += 1000
  expect(await codes(6)).toEqual([...Array<number>(5).fill(410), 450])
  expect(await ask(tracker.endpoint, list, '127.0.0.2')).toMatchObject({ RET_CODE: 410 })
  connection.close()
})

test('a large answer counts as many requests', async () => {
  const store = new MemoryStore()
  for (let number = 1; number <= 600; number++) store.publish(registrant(number), content(number), 0)
  const tracker = await start({ requestsPerSecond: 1, now: () => 0, store })
  const connection = await JsonConnection.open(tracker.endpoint, { timeout: 5000 })
  const page = { ...list, LIMIT: 1000 }
  expect(await connection.request(page)).toMatchObject({ RET_CODE: 200 })
  expect(await connection.request(page)).toMatchObject({ RET_CODE: 450 })
  connection.close()
})

test('loopback has no limit unless one is set', async () => {
  const tracker = await start()
  const connection = await JsonConnection.open(tracker.endpoint, { timeout: 5000 })
  for (let turn = 0; turn < 10; turn++) {
    const answers = await Promise.all(Array.from({ length: 200 }, () => connection.request(list)))
    expect(answers.every((answer) => answer.RET_CODE === 410)).toBe(true)
  }
  connection.close()
})

test('connections of one address beyond the limit are closed', async () => {
  const tracker = await start({ connectionsPerAddress: 3 })
  const held = [dial(tracker), dial(tracker), dial(tracker)]
  await Promise.all(held.map((socket) => once(socket, 'connect')))
  await expect.poll(async () => (await tracker.stats()).connections).toBe(3)
  expect(await readToEnd(dial(tracker))).toBe('')
  expect(await ask(tracker.endpoint, list, '127.0.0.2')).toMatchObject({ RET_CODE: 410 })
  for (const socket of held) socket.destroy()
})

test('a port that is taken is ADDRESS_IN_USE; a tracker that stops frees its port at once', async () => {
  const first = await start()
  await expect(start({ port: first.endpoint.port })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
  const idle = dial(first)
  await once(idle, 'connect')
  await running.splice(0)[0]?.stop()
  const second = await start({ port: first.endpoint.port })
  expect(second.endpoint.port).toBe(first.endpoint.port)
  expect(await ask(second.endpoint, list)).toMatchObject({ RET_CODE: 410 })
})

/** Requests that are nearly right, so that they reach deep, and bytes that are not. */
const nearly = () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.nat(5),
    fc.constantFrom(peerId(1), '8001', 'ab'.repeat(32), ['json']),
  )
  const right = { ...from(1), TORRENT_ID: 1, FILE_NAME: 'a', NUM_OF_CHUNKS: 1 }
  const names = [
    ...Object.keys(right),
    'INFO_HASH',
    'METAINFO',
    'WIRES',
    'QUERY',
    'OFFSET',
    'LIMIT',
    '__proto__',
  ]
  return fc
    .tuple(
      fc.constantFrom(...Object.values(Op)),
      fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }),
    )
    .map(([op, wrong]) => JSON.stringify({ OP_CODE: op, ...right, ...wrong }))
}

test('whatever is sent is answered or closed, and the tracker goes on', async () => {
  const defects: string[] = []
  const logger = createLogger('error', (_, line) => defects.push(line))
  const tracker = await start({ logger })
  const cut = fc.tuple(nearly(), fc.nat(100)).map(([text, length]) => text.slice(0, length))
  const anything = fc.oneof(nearly(), cut, fc.uint8Array(), fc.string(), fc.json())
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 4 }), async (parts) => {
      const socket = dial(tracker)
      for (const part of parts) socket.write(part)
      socket.end()
      const lines = (await readToEnd(socket)).split('\n').slice(0, -1)
      for (const line of lines) expect((JSON.parse(line) as JsonObject).RET_CODE).toBeTypeOf('number')
    }),
    { numRuns: 200 },
  )
  expect(defects).toEqual([])
  expect((await ask(tracker.endpoint, list)).RET_CODE).toBeOneOf([200, 410])
})
