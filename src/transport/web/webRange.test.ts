import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebAgents } from './webAgents.js'
import { readWebRange, type WebRange } from './webRange.js'
import { WebServer } from './webServer.contract.js'

const DATA = randomBytes(300_000)

let server: WebServer
let agents: WebAgents
beforeEach(async () => {
  server = await WebServer.start()
  server.files.set('/file', DATA)
  agents = new WebAgents()
})
afterEach(async () => {
  agents.destroy()
  await server.close()
})

const read = async (range: Partial<WebRange> = {}): Promise<Buffer> => {
  const parts: Buffer[] = []
  const whole = { url: `${server.url}/file`, size: DATA.length, offset: 100_000, length: 50_000, ...range }
  await readWebRange(whole, {
    agents,
    signal: new AbortController().signal,
    onData: (bytes) => void parts.push(Buffer.from(bytes)),
  })
  return Buffer.concat(parts)
}

const expectWanted = (data: Buffer): void => expect(data.equals(DATA.subarray(100_000, 150_000))).toBe(true)

test('many runs, several at once, come by few connections, each as it was asked for', async () => {
  const asked = Array.from({ length: 30 }, (_, index) => ({ offset: index * 10_000, length: 10_000 }))
  for (let index = 0; index < asked.length; index += 3) {
    const parts = await Promise.all(asked.slice(index, index + 3).map(read))
    expect(Buffer.concat(parts).equals(DATA.subarray(index * 10_000, (index + 3) * 10_000))).toBe(true)
  }
  expect(server.requests).toHaveLength(30)
  expect(server.connections).toBeLessThanOrEqual(3)
})

const answers: readonly (readonly [
  string,
  (request: IncomingMessage, response: ServerResponse) => void,
  object,
])[] = [
  ['404', (_, response) => response.writeHead(404).end(), { kind: 'absent' }],
  ['416, as it has less', (_, response) => response.writeHead(416).end(), { kind: 'absent' }],
  ['503', (_, response) => response.writeHead(503).end(), { kind: 'refused' }],
  ['204', (_, response) => response.writeHead(204).end(), { kind: 'refused' }],
  [
    'the whole of a large file, as it knows no ranges',
    (_, response) => response.writeHead(200, { 'content-length': DATA.length }).end(DATA),
    { kind: 'refused' },
  ],
  [
    'another range',
    (_, response) =>
      response.writeHead(206, { 'content-range': 'bytes 0-49999/300000' }).end(DATA.subarray(0, 50_000)),
    { kind: 'garbage' },
  ],
  ['206 without a range', (_, response) => response.writeHead(206).end(DATA), { kind: 'garbage' }],
  [
    'a range of a file of another size',
    (_, response) => response.writeHead(206, { 'content-range': 'bytes 100000-149999/300001' }).end(DATA),
    { kind: 'absent' },
  ],
  [
    'more than it says',
    (_, response) => response.writeHead(206, { 'content-range': 'bytes 100000-149999/*' }).end(DATA),
    { kind: 'garbage' },
  ],
  [
    'less than it says',
    (_, response) =>
      response.writeHead(206, { 'content-range': 'bytes 100000-149999/*' }).end(DATA.subarray(0, 10)),
    { kind: 'closed' },
  ],
  [
    'a part, and closes the connection',
    (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 100000-149999/*', 'content-length': 50_000 })
      response.write(DATA.subarray(0, 10), () => response.destroy())
    },
    { kind: 'closed' },
  ],
  [
    'compressed data',
    (_, response) =>
      response
        .writeHead(206, { 'content-range': 'bytes 100000-149999/300000', 'content-encoding': 'gzip' })
        .end(DATA.subarray(0, 50_000)),
    { kind: 'garbage' },
  ],
  ['a closed connection', (request) => request.socket.destroy(), { kind: 'unreachable' }],
  ['no HTTP', (request) => request.socket.end('hello\r\n\r\n'), { kind: 'unreachable' }],
  [
    'a redirect to a file of this machine',
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    { kind: 'refused' },
  ],
  [
    'a redirect to itself for ever',
    (_, response) => response.writeHead(302, { location: '/file' }).end(),
    { kind: 'refused' },
  ],
]

test.each(answers)('a server that answers with %s is found out', async (_, answer, fault) => {
  server.behave = (request, response) => {
    answer(request, response)
    return true
  }
  await expect(read()).rejects.toMatchObject(fault)
})

test('no more is taken than was asked for, however much comes', async () => {
  server.behave = (_, response) => {
    response.writeHead(206, { 'content-range': 'bytes 100000-149999/*' })
    return response.end(Buffer.alloc(60_000)) === response
  }
  let taken = 0
  const range = { url: `${server.url}/file`, size: DATA.length, offset: 100_000, length: 50_000 }
  const signal = new AbortController().signal
  const reading = readWebRange(range, { agents, signal, onData: ({ length }) => (taken += length) })
  await expect(reading).rejects.toMatchObject({ kind: 'garbage' })
  expect(taken).toBeLessThanOrEqual(50_000)
})

test('a server without ranges gives what was wanted whole, and parts of a small file', async () => {
  const small = DATA.subarray(0, 100_000)
  server.behave = ({ url = '' }, response) => {
    response.end(url === '/file' ? DATA : small)
    return true
  }
  expect((await read({ offset: 0, length: DATA.length })).equals(DATA)).toBe(true)
  const part = await read({ url: `${server.url}/small`, size: small.length, offset: 40_000, length: 16_384 })
  expect(part.equals(small.subarray(40_000, 56_384))).toBe(true)
  await expect(
    read({ url: `${server.url}/small`, size: 100_001, offset: 5, length: 5 }),
  ).rejects.toMatchObject({ kind: 'absent' })
})

test('a redirect is followed to another path and server', async () => {
  const other = await WebServer.start()
  other.files.set('/elsewhere', DATA)
  server.behave = (_, response) =>
    response
      .writeHead(302, { location: `${other.url}/elsewhere`, 'content-length': 10 })
      .end('over there') === response
  try {
    expectWanted(await read())
    expectWanted(await read())
    expect(server.connections).toBe(1)
  } finally {
    await other.close()
  }
})

test('a request on a connection that the server closed meanwhile is sent again', async () => {
  const known = new Set<unknown>()
  server.behave = ({ socket }) => {
    if (!known.has(socket)) return known.add(socket).size === 0
    socket.destroy()
    return true
  }
  expectWanted(await read())
  expectWanted(await read())
  expect(server.connections).toBe(2)
})

test('an address of this machine is asked for plain paths alone', async () => {
  const { port } = new URL(server.url)
  for (const url of [
    `${server.url}/file?reboot=yes`,
    `http://localhost:${port}/file?reboot=yes`,
    `http://admin:admin@127.0.0.1:${port}/file`,
    `http://0x7f.1:${port}/file?x`,
    `http://[::ffff:127.0.0.1]:${port}/file?x`,
  ])
    await expect(read({ url })).rejects.toMatchObject({ kind: 'refused' })
  expect(server.connections).toBe(0)
  expectWanted(await read({ url: `http://localhost:${port}/file` }))
})

test('no redirect leads to a query of this machine, nor anything to where clouds keep credentials', async () => {
  server.behave = ({ url }, response) =>
    url === '/file' && response.writeHead(302, { location: '/other?x' }).end() === response
  await expect(read()).rejects.toMatchObject({ kind: 'refused' })
  expect(server.requests).toHaveLength(1)
  const url = 'http://169.254.169.254/latest/meta-data'
  await expect(read({ url })).rejects.toMatchObject({ kind: 'refused' })
})

test('a server of the Internet leads to none of this machine, by address or by name', async () => {
  const { port } = new URL(server.url)
  expect(() => agents.agentFor(new URL(`http://127.0.0.1:${port}/file`), false)).toThrow()
  const agent = agents.agentFor(new URL(`http://localhost:${port}/file`), false)
  const error = once(get({ host: 'localhost', port, agent }), 'response').catch((error: unknown) => error)
  expect(await error).toMatchObject({ kind: 'refused' })
  expect(server.connections).toBe(0)
})
