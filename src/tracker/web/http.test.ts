import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { httpCodec } from '../../protocol/announce/codec.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { MemoryStore } from '../store/memory.js'
import { startTracker, type Tracker, type TrackerOptions } from '../tracker.js'

let tracker: Tracker

const start = async (options: Partial<TrackerOptions> = {}): Promise<void> => {
  const store = new MemoryStore({ mode: 'open' })
  tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, store, ...options })
}
beforeEach(() => start())
afterEach(() => tracker.stop())

const query = (port: number, more = ''): string =>
  `info_hash=${'h'.repeat(20)}&peer_id=${String(port).padEnd(20, 'p')}&port=${port}&left=1${more}`

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${tracker.endpoint.port}${path}`, init)

const announce = async (port: number, more = '') => {
  const response = await get(`/announce?${query(port, more)}`)
  return httpCodec.announce.decodeResponse(new Uint8Array(await response.arrayBuffer()))
}

const dial = (): Socket => {
  const socket = connect(tracker.endpoint.port, '127.0.0.1')
  socket.on('error', () => undefined)
  return socket
}

const readToEnd = async (socket: Socket): Promise<string> => {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts).toString('latin1')
}

test('two peers that announce by HTTP on the port of the JSON protocol are told of each other', async () => {
  expect(await announce(1001)).toMatchObject({ kind: 'success', interval: 120, minInterval: 60, peers: [] })
  expect(await announce(1002)).toMatchObject({ leechers: 2, peers: [{ host: '127.0.0.1', port: 1001 }] })
  const dictionaries = await announce(1003, '&compact=0')
  expect(dictionaries).toMatchObject({ leechers: 3, peers: [{ host: '127.0.0.1' }, { host: '127.0.0.1' }] })
  const one = await announce(1004, '&numwant=1')
  expect(one?.kind === 'success' && one.peers).toHaveLength(1)
})

test('a peer is listed where it was seen, whatever address it says it has', async () => {
  await announce(1001, '&ip=192.0.2.7&ipv6=2001:db8::1')
  expect(await announce(1002)).toMatchObject({ peers: [{ host: '127.0.0.1', port: 1001 }] })
})

test('a scrape answers for the torrents that it names', async () => {
  await announce(1001)
  const response = await get(`/scrape?info_hash=${'h'.repeat(20)}&info_hash=${'x'.repeat(20)}`)
  const scraped = httpCodec.scrape.decodeResponse(new Uint8Array(await response.arrayBuffer()))
  expect(scraped?.map(([infoHash, { leechers }]) => [infoHash[0], leechers])).toEqual([
    [104, 1],
    [120, 0],
  ])
})

test.each(['info_hash', 'peer_id', 'port'])('an announce without %s is refused in words', async (name) => {
  const without = query(1001).replace(new RegExp(`${name}=[^&]*`), '')
  const response = await get(`/announce?${without}`)
  expect(response.status).toBe(400)
  expect(httpCodec.announce.decodeResponse(new Uint8Array(await response.arrayBuffer()))).toMatchObject({
    kind: 'failure',
    reason: `${name} is missing or malformed`,
  })
})

test('requests sent at once on one connection are answered in their order, each as a whole', async () => {
  const socket = dial()
  const ports = Array.from({ length: 100 }, (_, index) => 2000 + index)
  const requests = ports.map((port) => `GET /announce?${query(port)} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const last = `GET /announce?${query(3000)} HTTP/1.1\r\nConnection: close\r\n\r\n`
  socket.write(requests.join('') + last)
  const answers = (await readToEnd(socket)).split('HTTP/1.1 200 OK').slice(1)
  expect(answers.map((answer) => /incompletei(\d+)e/.exec(answer)?.[1])).toEqual(
    [...ports, 3000].map((_, index) => String(index + 1)),
  )
})

test('a request that comes byte by byte is answered as one that comes whole', async () => {
  const socket = dial()
  socket.setNoDelay(true)
  for (const character of `GET /announce?${query(1001)} HTTP/1.1\r\nConnection: close\r\n\r\n`) {
    socket.write(character)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\nd8:complete/)
})

test('a connection on which something else is asked goes on with announces after it', async () => {
  const socket = dial()
  const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
  socket.write(
    get(`/announce?${query(1001)}`) +
      get('/nothing') +
      get(`/announce?${query(1002)}`, 'Connection: close\r\n'),
  )
  const statuses = (await readToEnd(socket)).match(/HTTP\/1\.1 \d+/g)
  expect(statuses).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
})

test('what is nearly HTTP is refused and the connection closed', async () => {
  const answers = await Promise.all(
    [
      'GET /announce?a HTTP/9.9\r\n\r\n',
      'GET /announce?a HTTP/1.1\r\nA: b\nContent-Length: 5\r\n\r\nhello',
      `GET /announce?${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
      'DELETE /torrents/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n',
    ].map((bytes) => {
      const socket = dial()
      socket.write(bytes)
      return readToEnd(socket)
    }),
  )
  expect(answers.map((answer) => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])).toEqual([
    '400',
    '400',
    '431',
    '431',
    '413',
  ])
})

test('who asks too often is refused with 429 and a reason', async () => {
  await tracker.stop()
  await start({ requestsPerSecond: 1, now: () => 0 })
  await announce(1001)
  await announce(1001)
  const response = await get(`/announce?${query(1001)}`)
  expect(response.status).toBe(429)
  expect(await response.text()).toContain('too many requests')
})

test('a connection of a proxy is that of whom it names, and one that names nobody is closed', async () => {
  await tracker.stop()
  await start({ proxies: ['127.0.0.1'] })
  const through = async (bytes: string): Promise<string> => {
    const socket = dial()
    socket.write(bytes)
    return readToEnd(socket)
  }
  const request = (port: number): string => `GET /announce?${query(port, '&compact=0')} HTTP/1.0\r\n\r\n`
  await through(`PROXY TCP4 192.0.2.1 192.0.2.9 5000 8888\r\n${request(1001)}`)
  expect(await through(`PROXY TCP4 192.0.2.2 192.0.2.9 5000 8888\r\n${request(1002)}`)).toContain('192.0.2.1')
  expect(await through(request(1003))).toBe('')
})
