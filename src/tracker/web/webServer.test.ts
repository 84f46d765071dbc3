import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { listen, type Listener } from '../../transport/listener.js'
import { AnnounceService } from '../announce/announceService.js'
import { HttpAnnounces } from '../announce/http.js'
import { TrackerMetrics } from '../metrics.js'
import { RateLimit } from '../rateLimit.js'
import { MemoryStore } from '../store/memory.js'
import { Strain } from '../strain.js'
import { Tuning } from '../tuning.js'
import { text } from './route.js'
import { WebServer, type WebServerOptions } from './webServer.js'

const sockets: Socket[] = []
let listener: Listener | undefined
let strain: Strain
let now = 0
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  strain.stop()
  await listener?.close()
})

const open = async (options: Partial<WebServerOptions> = {}): Promise<void> => {
  now = 0
  const tuning = new Tuning({})
  strain = new Strain({ maxMemory: undefined, now: () => now })
  const store = new MemoryStore({ mode: 'open' })
  const lists = { refusalOf: () => undefined }
  const rate = new RateLimit(() => 1000)
  const service = new AnnounceService({ store, tuning, rate, lists, strain, now: () => 0 })
  const server = new WebServer({
    announces: new HttpAnnounces(service, new TrackerMetrics()),
    routes: [],
    upgrade: () => undefined,
    onDefect: () => undefined,
    strain,
    ...options,
  })
  listener = await listen({ host: '127.0.0.1', port: 0, handlers: { http: server.serve } })
}

const dial = (): Socket => {
  const socket = connect(listener?.endpoint.port ?? 0, '127.0.0.1')
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

const answerTo = async (bytes: string): Promise<string> => {
  const socket = dial()
  socket.write(bytes)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer.toString('latin1')
}

const ANNOUNCE = `GET /announce?info_hash=${'h'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1 HTTP/1.1\r\n`

/** Sends `start`, then a byte every few milliseconds, and resolves when the other side has had enough. */
const trickle = async (start: string): Promise<void> => {
  const socket = dial()
  socket.write(start)
  const timer = setInterval(() => socket.write('x'), 5)
  socket.resume()
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(timer)
}

const times = { firstRequest: 100, nextRequest: 100, answer: 100 }

test.each([
  ['an announce', `${ANNOUNCE}X-Slow: `],
  ['another request', 'GET /other HTTP/1.1\r\nX-Slow: '],
  ['a second announce', `${ANNOUNCE}\r\n${ANNOUNCE}X-Slow: `],
  ['a second request after another', `GET /other HTTP/1.1\r\nHost: a\r\n\r\n${ANNOUNCE}X-Slow: `],
])('%s that comes byte by byte for ever ends when its time is over', async (_what, start) => {
  await open({ times })
  await trickle(start)
})

test('an answer that is never made ends its connection, and no other', async () => {
  const slow = { method: 'GET', path: /^\/slow$/, answer: () => new Promise<never>(() => undefined) } as const
  const quick = { method: 'GET', path: /^\/quick$/, answer: () => text('quick') } as const
  await open({ times, routes: [slow, quick] })
  const socket = dial()
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  socket.resume()
  const closed = once(socket, 'close')
  expect(await answerTo('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n')).toContain('200 OK')
  await closed
})

test('who sends more requests than may wait for an answer is cut off, and they are begun for nobody', async () => {
  let begun = 0
  const answer = () => {
    begun++
    return new Promise<never>(() => undefined)
  }
  await open({ routes: [{ method: 'GET', path: /^\/slow$/, answer }] })
  const socket = dial()
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000))
  socket.resume()
  await closed
  expect(begun).toBe(64)
})

test('while there is too much to do requests are refused with 503, then answered again', async () => {
  await open()
  for (let look = 0; look < 2; look++) {
    now += 1000
    strain.look()
  }
  expect(await answerTo(`${ANNOUNCE}\r\n`)).toMatch(/^HTTP\/1\.1 503/)
  expect(await answerTo('GET /other HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 503[^]*Retry-After: 5/,
  )
  now += 100
  strain.look()
  expect(await answerTo(`${ANNOUNCE}\r\n`)).toMatch(/^HTTP\/1\.1 200/)
})
