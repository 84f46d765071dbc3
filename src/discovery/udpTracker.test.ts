import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { udpCodec } from '../protocol/announce/codec.js'
import type { UdpRequest } from '../protocol/announce/udpRequest.js'
import type { UdpResponse } from '../protocol/announce/udpResponse.js'
import { ShoalError } from '../protocol/errors.js'
import { SmallTracker } from './smallTracker.contract.js'
import { UdpTrackers } from './udpTracker.js'

const endings: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const end of endings.splice(0)) end()
})

const RETRY = 30

const client = (): UdpTrackers => {
  const trackers = new UdpTrackers({ retryTime: RETRY })
  endings.push(() => trackers.close())
  return trackers
}

const small = async (): Promise<SmallTracker> => {
  const tracker = await SmallTracker.start()
  endings.push(() => tracker.close())
  return tracker
}

type Reply = (response: UdpResponse, socket?: Socket) => void

/** A tracker that does what the test says; returns its URL. */
const odd = async (
  behave: (request: UdpRequest, reply: Reply, from: RemoteInfo) => void,
  family: 'IPv4' | 'IPv6' = 'IPv4',
): Promise<string> => {
  const host = family === 'IPv4' ? '127.0.0.1' : '::1'
  const socket = createSocket(family === 'IPv4' ? 'udp4' : 'udp6').bind(0, host)
  endings.push(() => socket.close())
  await once(socket, 'listening')
  socket.on('message', (data, from) => {
    const request = udpCodec.decodeRequest(data)
    if (request === undefined) throw new Error('no request')
    const reply: Reply = (response, by = socket) =>
      by.send(udpCodec.encodeResponse(response, family), from.port, from.address)
    behave(request, reply, from)
  })
  return `udp://${family === 'IPv4' ? host : `[${host}]`}:${socket.address().port}/a?b=c`
}

const request = {
  infoHash: new Uint8Array(20).fill(1),
  peerId: new Uint8Array(20).fill(2),
  port: 8001,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: 'started',
  wanted: 50,
  key: 7,
} as const

const announce = (trackers: UdpTrackers, url: string, signal = new AbortController().signal) =>
  trackers.announce({ url, request, trackerId: undefined, signal })

const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ShoalError)
  return `${(error as ShoalError).code}: ${(error as ShoalError).message.replace(/127\.0\.0\.1:\d+/g, 'HOST')}`
}

const connection = new Uint8Array(8).fill(5)
const peers = [{ host: '1.2.3.4', port: 5, peerId: undefined }]
const named = (transaction: number): UdpResponse => ({
  action: 'announce',
  transaction,
  interval: 60,
  leechers: 1,
  seeders: 2,
  peers,
})

test('everything said arrives, with path and query, and several announces share a connection id', async () => {
  const tracker = await small()
  const trackers = client()
  const url = `${tracker.udpUrl}?passkey=1`
  expect(await announce(trackers, url)).toMatchObject({
    kind: 'success',
    interval: 1800,
    peers: [{ host: '127.0.0.1', port: 8001 }],
  })
  await Promise.all([announce(trackers, url), announce(trackers, url)])
  expect(tracker.connects).toBe(1)
  expect(tracker.told[0]).toEqual({ request, query: '/announce?passkey=1' })
})

test('a connection id is used for a minute and not longer', async () => {
  const tracker = await small()
  const trackers = client()
  vi.useFakeTimers({ toFake: ['performance'] })
  await announce(trackers, tracker.udpUrl)
  vi.advanceTimersByTime(59_000)
  await announce(trackers, tracker.udpUrl)
  expect(tracker.connects).toBe(1)
  vi.advanceTimersByTime(1_000)
  await announce(trackers, tracker.udpUrl)
  expect(tracker.connects).toBe(2)
})

test('what gets lost is sent again', async () => {
  const seen: string[] = []
  const url = await odd((request, reply) => {
    const isFirst = !seen.includes(request.action)
    seen.push(request.action)
    if (isFirst) return
    const { transaction } = request
    reply(request.action === 'connect' ? { action: 'connect', transaction, connection } : named(transaction))
  })
  expect(await announce(client(), url)).toMatchObject({ interval: 60, seeders: 2, leechers: 1, peers })
  expect(seen).toEqual(['connect', 'connect', 'announce', 'announce'])
})

test('a dead tracker costs two datagrams, the second later, and then an error', async () => {
  const seen: number[] = []
  const url = await odd(() => seen.push(performance.now()))
  const begun = performance.now()
  expect(await failure(announce(client(), url))).toBe('TRACKER_UNREACHABLE: tracker HOST: no answer')
  expect(seen).toHaveLength(2)
  // 30 and 60 ms, as timers allow.
  expect(performance.now() - begun).toBeGreaterThan(RETRY * 2.9)
})

test('answers from elsewhere, to other transactions or that are none are passed over', async () => {
  const stranger = createSocket('udp4').bind(0, '127.0.0.1')
  endings.push(() => stranger.close())
  await once(stranger, 'listening')
  const url = await odd((request, reply) => {
    const { transaction } = request
    if (request.action === 'connect') {
      const wrong = new Uint8Array(8).fill(6)
      reply({ action: 'connect', transaction, connection: wrong }, stranger)
      reply({ action: 'connect', transaction: (transaction ^ 1) >>> 0, connection: wrong })
      return reply({ action: 'connect', transaction, connection })
    }
    if (request.action === 'announce') expect(request.connection).toEqual(connection)
    reply({ ...named(transaction), peers: [] } as UdpResponse, stranger)
    reply(named(transaction))
  })
  expect(await announce(client(), url)).toMatchObject({ peers })
})

test('a refusal is told, and an answer to what was not asked is nonsense', async () => {
  const behave =
    (answer: (transaction: number) => UdpResponse) =>
    ({ action, transaction }: UdpRequest, reply: Reply): void =>
      reply(action === 'connect' ? { action, transaction, connection } : answer(transaction))
  const refusing = await odd(behave((transaction) => ({ action: 'error', transaction, reason: 'no' })))
  expect(await announce(client(), refusing)).toEqual({ kind: 'failure', reason: 'no', retryIn: undefined })
  const lying = await odd(behave((transaction) => ({ action: 'scrape', transaction, entries: [] })))
  expect(await failure(announce(client(), lying))).toBe(
    'TRACKER_ANSWER_INVALID: tracker HOST: it answered what was not asked',
  )
})

test('a tracker with an IPv6 address names peers of IPv6', async () => {
  const six = [{ host: '2001:db8::1', port: 5, peerId: undefined }]
  const url = await odd((request, reply) => {
    const { transaction } = request
    if (request.action === 'connect') return reply({ action: 'connect', transaction, connection })
    reply({ ...named(transaction), peers: six } as UdpResponse)
  }, 'IPv6')
  expect(await announce(client(), url)).toMatchObject({ peers: six })
})

test('where nobody listens it fails at once, and the next time again', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const url = `udp://127.0.0.1:${socket.address().port}`
  socket.close()
  await once(socket, 'close')
  const trackers = new UdpTrackers()
  endings.push(() => trackers.close())
  expect(await failure(announce(trackers, url))).toMatch(/ECONNREFUSED/)
  expect(await failure(announce(trackers, url))).toMatch(/ECONNREFUSED/)
})

test('one that hangs is left when the caller says so, connecting or asking', async () => {
  for (const last of ['connect', 'announce']) {
    const abort = new AbortController()
    const url = await odd(({ action, transaction }, reply) => {
      if (action === last) return abort.abort()
      reply({ action: 'connect', transaction, connection })
    })
    const trackers = new UdpTrackers()
    endings.push(() => trackers.close())
    expect(await failure(announce(trackers, url, abort.signal))).toBe(
      'TRACKER_UNREACHABLE: tracker HOST: broken off',
    )
  }
})

test('a URL without a port, or of a host that does not exist', async () => {
  expect(await failure(announce(client(), 'udp://127.0.0.1/announce'))).toMatch(/no port/)
  expect(await failure(announce(client(), 'udp://nowhere.invalid:1'))).toMatch(/nowhere\.invalid/)
})
