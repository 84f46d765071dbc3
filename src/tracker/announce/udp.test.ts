import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TrackerClient } from '../../discovery/trackerClient.js'
import type { AnnounceRequest } from '../../protocol/announce/announce.js'
import { udpCodec } from '../../protocol/announce/codec.js'
import type { UdpResponse } from '../../protocol/announce/udpResponse.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { startTracker, type Tracker, type TrackerOptions } from '../tracker.js'
import { ask as askJson, from } from '../simpleClient.contract.js'
import { NO_MEMORY } from '../store/limits.js'
import { MemoryStore } from '../store/memory.js'

const HASH = new Uint8Array(20).fill(0x5a)

let tracker: Tracker
let socket: Socket

const start = async (options: Partial<TrackerOptions> = {}): Promise<void> => {
  const store = new MemoryStore({ mode: 'open' })
  tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, store, ...options })
}

beforeEach(async () => {
  await start()
  socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
})
afterEach(async () => {
  socket.close()
  await tracker.stop()
})

const announceOf = (port: number, more: Partial<AnnounceRequest> = {}): AnnounceRequest => ({
  infoHash: HASH,
  peerId: new Uint8Array(20).fill(port & 255),
  port,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  event: 'started',
  wanted: undefined,
  key: 1,
  ...more,
})

const send = (bytes: Uint8Array): void => socket.send(bytes, tracker.endpoint.port, '127.0.0.1')

const ask = async (bytes: Uint8Array): Promise<UdpResponse> => {
  send(bytes)
  const [answer] = (await once(socket, 'message')) as [Buffer]
  const response = udpCodec.decodeResponse(answer, 'IPv4')
  if (response === undefined) throw new Error(`no answer: ${answer.toString('hex')}`)
  return response
}

const connect = async (): Promise<Uint8Array> => {
  const response = await ask(udpCodec.encodeRequest({ action: 'connect', transaction: 7 }))
  if (response.action !== 'connect') throw new Error(response.action)
  return response.connection
}

const announce = async (port: number, more: Partial<AnnounceRequest> = {}): Promise<UdpResponse> => {
  const connection = await connect()
  const request = { connection, transaction: port, announce: announceOf(port, more), urlData: '/announce?x' }
  return ask(udpCodec.encodeRequest({ action: 'announce', ...request }))
}

/** Resolves with all that is answered before a connect that is sent afterwards is. */
const answersTo = async (...datagrams: readonly Uint8Array[]): Promise<readonly UdpResponse[]> => {
  const seen: UdpResponse[] = []
  for (const datagram of datagrams) send(datagram)
  send(udpCodec.encodeRequest({ action: 'connect', transaction: 0xffff_ffff }))
  for (;;) {
    const [answer] = (await once(socket, 'message')) as [Buffer]
    const response = udpCodec.decodeResponse(answer, 'IPv4')
    if (response?.transaction === 0xffff_ffff) return seen
    if (response !== undefined) seen.push(response)
  }
}

test('two peers that announce by UDP on the port of the JSON protocol are told of each other', async () => {
  expect(await announce(1001)).toMatchObject({
    action: 'announce',
    transaction: 1001,
    interval: 120,
    peers: [],
  })
  expect(await announce(1002)).toMatchObject({ leechers: 2, peers: [{ host: '127.0.0.1', port: 1001 }] })
})

test('our own client announces by UDP and scrapes nothing that is not there', async () => {
  const client = new TrackerClient()
  const url = `udp://127.0.0.1:${tracker.endpoint.port}/announce`
  const call = { url, trackerId: undefined, signal: new AbortController().signal }
  await client.announce({ ...call, request: announceOf(1001) })
  const response = await client.announce({ ...call, request: announceOf(1002) })
  expect(response).toMatchObject({ kind: 'success', peers: [{ host: '127.0.0.1', port: 1001 }] })
  client.close()
})

test('a scrape of 74 torrents answers each in its place', async () => {
  await announce(1001)
  const connection = await connect()
  const infoHashes = Array.from({ length: 74 }, (_, index) =>
    index === 73 ? HASH : new Uint8Array(20).fill(index),
  )
  const response = await ask(
    udpCodec.encodeRequest({ action: 'scrape', connection, transaction: 5, infoHashes }),
  )
  if (response.action !== 'scrape') throw new Error(response.action)
  expect(response.entries.map(({ leechers }) => leechers)).toEqual([...Array<number>(73).fill(0), 1])
})

test('before a connection id is shown no answer is longer than its request', async () => {
  const request = udpCodec.encodeRequest({ action: 'connect', transaction: 1 })
  send(request)
  const [answer] = (await once(socket, 'message')) as [Buffer]
  expect(answer.length).toBeLessThanOrEqual(request.length)
})

test('a datagram with a connection id that was made up, or is cut, or is none, gets no answer', async () => {
  const made = new Uint8Array(8).fill(1)
  const forged = { connection: made, transaction: 3, announce: announceOf(1003), urlData: '' }
  const real = udpCodec.encodeRequest({ action: 'announce', ...forged, connection: await connect() })
  const unknownAction = Uint8Array.from(real)
  unknownAction[11] = 9
  const answers = await answersTo(
    udpCodec.encodeRequest({ action: 'announce', ...forged }),
    udpCodec.encodeRequest({ action: 'scrape', connection: made, transaction: 4, infoHashes: [HASH] }),
    real.subarray(0, 97),
    unknownAction,
    new Uint8Array(0),
    new Uint8Array(16),
    new Uint8Array(1400).fill(0xff),
  )
  expect(answers).toEqual([])
})

test('a port of 0 is refused in words', async () => {
  expect(await announce(0)).toMatchObject({
    action: 'error',
    reason: expect.stringContaining('port') as string,
  })
})

test('a peer that stops is given to nobody', async () => {
  await announce(1001)
  await announce(1001, { event: 'stopped' })
  expect(await announce(1002)).toMatchObject({ leechers: 1, peers: [] })
})

test('who asks too often is not answered, and the next second is again', async () => {
  await tracker.stop()
  let now = 0
  await start({ requestsPerSecond: 1, now: () => now })
  const connection = await connect()
  const once = (transaction: number): Uint8Array =>
    udpCodec.encodeRequest({ action: 'scrape', connection, transaction, infoHashes: [HASH] })
  expect(await answersTo(once(1), once(2), once(3), once(4))).toHaveLength(2)
  now = 1000
  expect(await answersTo(once(5))).toHaveLength(1)
})

test('beyond its memory the tracker refuses every new peer and says why, also one that names no event', async () => {
  await tracker.stop()
  const seeder = { OP_CODE: 140, FILE_NAME: 'a', NUM_OF_CHUNKS: 1 }
  await start({ maxMemory: 1 })
  // Memory is looked at for the first time 100 ms after the start.
  await vi.waitUntil(async () => (await tracker.stats()).isMemoryFull)
  for (const event of [undefined, 'started', 'completed'] as const)
    expect(await announce(1001, { event })).toMatchObject({ action: 'error', reason: NO_MEMORY })
  expect(await askJson(tracker.endpoint, { ...seeder, ...from(1) })).toMatchObject({ ERROR: NO_MEMORY })
  expect(await tracker.stats()).toMatchObject({ peers: 0, swarms: 0, swarmPeers: 0 })
})

test('a second tracker cannot take the UDP port of the first', async () => {
  const taken = startTracker({ host: '127.0.0.1', port: tracker.endpoint.port, logger: silentLogger })
  await expect(taken).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
})

test('where the number is free for TCP but not for UDP another is taken for both, if any will do', async () => {
  const taken = createSocket('udp4').bind(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address()
  const moved = await startTracker({ host: '127.0.0.1', port, anyPortIfTaken: true, logger: silentLogger })
  expect(moved.endpoint.port).not.toBe(port)
  await moved.stop()
  await expect(startTracker({ host: '127.0.0.1', port, logger: silentLogger })).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
  })
  taken.close()
})
