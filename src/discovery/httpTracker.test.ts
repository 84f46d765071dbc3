import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { httpCodec } from '../protocol/announce/codec.js'
import { ShoalError } from '../protocol/errors.js'
import { announceHttp } from './httpTracker.js'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const request = {
  infoHash: Uint8Array.from({ length: 20 }, (_, index) => index * 13),
  peerId: new Uint8Array(20).fill(0x2b),
  port: 8001,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: 'started',
  wanted: 50,
  key: 7,
} as const

const announce = (url: string, signal = new AbortController().signal) =>
  announceHttp({ url, request, trackerId: Uint8Array.of(0, 255), signal })

const failure = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ShoalError)
  return `${(error as ShoalError).code}: ${(error as ShoalError).message.replace(/127\.0\.0\.1:\d+/g, 'HOST')}`
}

const GOOD = 'd8:intervali60e5:peers6:\x01\x02\x03\x04\x1a\xe1e'
const peers = [{ host: '1.2.3.4', port: 6881, peerId: undefined }]
const good = Buffer.from(GOOD, 'latin1')

test('everything said arrives, beside a query that the URL has, and the answer is read', async () => {
  const asked: string[] = []
  const url = await serve(({ url = '' }, response) => {
    asked.push(url)
    response.end(good)
  })
  expect(await announce(`${url}/announce?passkey=a%2Fb#x`)).toMatchObject({ interval: 60, peers })
  const [path = '', ...rest] = asked[0]?.split('&') ?? []
  expect(path).toBe('/announce?passkey=a%2Fb')
  expect(httpCodec.announce.decodeQuery(rest.join('&'))).toEqual({
    ...request,
    trackerId: Uint8Array.of(0, 255),
    isCompact: true,
    withoutPeerIds: true,
  })
})

test.each([200, 400, 503])('a reason is told, whatever the status: %i', async (status) => {
  const url = await serve((_, response) =>
    response.writeHead(status).end('d14:failure reason5:never8:retry in5:nevere'),
  )
  expect(await announce(url)).toEqual({ kind: 'failure', reason: 'never', retryIn: Infinity })
})

test('a few redirects are followed', async () => {
  const url = await serve(({ url = '' }, response) => {
    const [path, query] = url.split('?')
    if (path === '/3') return response.end(good)
    response.writeHead(302, { location: `/${Number(path?.slice(1)) + 1}?${query}` }).end()
  })
  expect(await announce(`${url}/0`)).toMatchObject({ peers })
})

test('a loop of redirects ends', async () => {
  let count = 0
  const url = await serve(({ url = '' }, response) => {
    count++
    response.writeHead(301, { location: url }).end()
  })
  expect(await failure(announce(url))).toBe('TRACKER_UNREACHABLE: tracker HOST: more than 3 redirects')
  expect(count).toBe(4)
})

test.each(['file:///etc/passwd', 'udp://127.0.0.1:1', 'http://[', 'data:,x'])(
  'a redirect to %s is not followed',
  async (location) => {
    const url = await serve((_, response) => response.writeHead(302, { location }).end())
    expect(await failure(announce(url))).toBe(
      'TRACKER_UNREACHABLE: tracker HOST: it redirects to what is no web address',
    )
  },
)

test('an answer without end is broken off at its bound', async () => {
  let sent = 0
  let closed: Promise<unknown> | undefined
  const url = await serve((_, response) => {
    const chunk = Buffer.alloc(64 * 1024, 'd')
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
    }
    closed = once(response.on('drain', more), 'close')
    more()
  })
  expect(await failure(announce(url))).toBe(
    'TRACKER_ANSWER_INVALID: tracker HOST: its answer is longer than 1048576 bytes',
  )
  await closed
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})

test.each([
  ['<html>', 200, 'TRACKER_ANSWER_INVALID: tracker HOST: its answer is none of a tracker'],
  ['<html>', 404, 'TRACKER_UNREACHABLE: tracker HOST: it answered 404'],
  ['', 302, 'TRACKER_UNREACHABLE: tracker HOST: it answered 302'],
])('what is no answer is told: %j with %i', async (body, status, message) => {
  const url = await serve((_, response) => response.writeHead(status).end(body))
  expect(await failure(announce(url))).toBe(message)
})

test('one that hangs is left when the caller says so, before or within its answer', async () => {
  for (const begins of [false, true]) {
    const abort = new AbortController()
    const url = await serve((_, response) => {
      if (begins) response.write('d')
      setImmediate(() => abort.abort())
    })
    expect(await failure(announce(url, abort.signal))).toMatch(/^TRACKER_UNREACHABLE: tracker HOST: /)
  }
})

test('what speaks no HTTP, and a port where nobody listens', async () => {
  const server = createTcpServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end('220 hello\r\n'),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  expect(await failure(announce(url))).toMatch(/^TRACKER_UNREACHABLE: tracker HOST: Parse Error/)
  server.close()
  await once(server, 'close')
  expect(await failure(announce(url))).toMatch(/^TRACKER_UNREACHABLE: tracker HOST: connect ECONNREFUSED/)
})
