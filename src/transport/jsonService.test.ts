import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { FieldFault } from '../protocol/json/fields.js'
import { JsonConnection, requestOnce } from './jsonConnection.js'
import { MessageRoom } from './messageRoom.js'
import { serveJson, type JsonServiceOptions } from './jsonService.js'

const servers: Server[] = []
const serve = async (options: Partial<JsonServiceOptions>): Promise<number> => {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    serveJson(socket, {
      maxRequest: 65536,
      handle: (request) => ({ OP_CODE: 100, RET_CODE: 200, ECHO: request }),
      onDefect: () => undefined,
      ...options,
    }),
  )
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const readToEnd = async (socket: Socket): Promise<string> => {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts).toString()
}
const exchange = async (port: number, bytes: string | Uint8Array): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  return readToEnd(socket)
}
const options = { timeout: 5000 }

test('many requests on one connection are answered in their order, also when an early one takes longer', async () => {
  const port = await serve({
    handle: async (request) => {
      if (request.N === 0) await new Promise((resolve) => setImmediate(resolve))
      return { N: request.N }
    },
  })
  const connection = await JsonConnection.open({ host: '127.0.0.1', port }, options)
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => connection.request({ N: index })),
  )
  expect(answers.map((answer) => answer.N)).toEqual(Array.from({ length: 200 }, (_, index) => index))
  connection.close()
})

test('a request without newline is answered, also when the sender has closed its side', async () => {
  const port = await serve({ silenceAfterAnswer: 50 })
  expect(JSON.parse(await exchange(port, '{"A":1}'))).toMatchObject({ ECHO: { A: 1 } })
  const socket = connect(port, '127.0.0.1')
  socket.end('{"A":2}')
  expect(JSON.parse(await readToEnd(socket))).toMatchObject({ ECHO: { A: 2 } })
})

test.each([
  ['[1]', 'not a JSON object'],
  ['7', 'not a JSON object'],
  ['{"a":,}', 'not JSON'],
  [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not UTF-8'],
  ['{"a":' + '['.repeat(20), 'deeper than 16'],
  ['{"a":"' + 'x'.repeat(70_000), 'too large'],
])('%s is refused with BAD_REQUEST and then a close', async (bytes, why) => {
  const port = await serve({})
  const answer = JSON.parse(await exchange(port, bytes)) as { RET_CODE: number; ERROR: string }
  expect(answer.RET_CODE).toBe(400)
  expect(answer.ERROR).toContain(why)
})

test('a request larger than its kind allows is refused, one of another kind is not', async () => {
  const port = await serve({ limitOf: (request) => (request.BIG === true ? 65_536 : 100) })
  const padding = 'x'.repeat(200)
  await expect(exchange(port, JSON.stringify({ OP_CODE: 100, padding }))).resolves.toContain('too large')
  const big = await requestOnce({ host: '127.0.0.1', port }, { BIG: true, padding }, options)
  expect(big).toMatchObject({ ECHO: { padding } })
})

test('large requests under way share their room, and give it back', async () => {
  const room = new MessageRoom(300_000)
  const port = await serve({ maxRequest: 1_000_000, room, silenceAfterAnswer: 100 })
  const first = connect(port, '127.0.0.1')
  const half = '{"A":"' + 'x'.repeat(200_000)
  first.write(half)
  await expect.poll(() => room.taken).toBe(half.length)
  await expect(exchange(port, half)).resolves.toContain('try again')
  first.destroy()
  await expect.poll(() => room.taken).toBe(0)
  const whole = await requestOnce({ host: '127.0.0.1', port }, { A: 'x'.repeat(200_000) }, options)
  expect(whole.ECHO).toBeDefined()
  expect(room.taken).toBe(0)
})

test('a fault in a field names the operation; a defect is answered FAIL and reported', async () => {
  const defects: unknown[] = []
  const port = await serve({
    onDefect: (error) => defects.push(error),
    handle: (request) => {
      throw request.BAD === true ? new FieldFault('X is 1: expected 2') : new Error('boom')
    },
  })
  const refused = await requestOnce({ host: '127.0.0.1', port }, { OP_CODE: 110, BAD: true }, options)
  expect(refused).toEqual({ OP_CODE: 110, RET_CODE: 400, ERROR: 'X is 1: expected 2' })
  const failed = await requestOnce({ host: '127.0.0.1', port }, { OP_CODE: 110 }, options)
  expect(failed).toMatchObject({ OP_CODE: 110, RET_CODE: 450 })
  expect(defects).toHaveLength(1)
})

test('a silent connection is closed: long before its first request, soon after an answer', async () => {
  const port = await serve({ silenceBeforeRequest: 60, silenceAfterAnswer: 30 })
  await expect(readToEnd(connect(port, '127.0.0.1'))).resolves.toBe('')
  await expect(exchange(port, '{}')).resolves.toContain('ECHO')
})

test('a caller that asks without reading holds back its own answers only', async () => {
  let made = 0
  const port = await serve({
    handle: () => {
      made++
      return 'x'.repeat(20_000)
    },
  })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  for (let index = 0; index < 3000; index++) socket.write('{}')
  const other = await requestOnce({ host: '127.0.0.1', port: await serve({}) }, { B: 1 }, options)
  expect(other).toMatchObject({ ECHO: { B: 1 } })
  expect(made).toBeLessThan(3000)
  socket.destroy()
})

test('a connection whose other side answers rubbish, nothing or closes fails every request', async () => {
  const bad = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (data) => {
      if (data.includes('rubbish')) socket.write('rubbish')
      else if (data.includes('close')) socket.destroy()
    })
  })
  servers.push(bad)
  bad.listen(0, '127.0.0.1')
  await once(bad, 'listening')
  const endpoint = { host: '127.0.0.1', port: (bad.address() as AddressInfo).port }
  for (const [say, why] of [
    ['rubbish', 'no message'],
    ['close', 'closed'],
    ['nothing', 'no answer'],
  ] as const) {
    const connection = await JsonConnection.open(endpoint, { timeout: 200 })
    const both = [connection.request({ say }), connection.request({ second: true })]
    for (const request of both) await expect(request).rejects.toThrow(why)
    await expect(connection.request({})).rejects.toThrow(why)
  }
})

test('as many requests may wait for the end of a connection as are worked on, without a warning on the terminal', async () => {
  const warnings: string[] = []
  const warn = (warning: Error): unknown => warnings.push(warning.message)
  process.on('warning', warn)
  let begun = 0
  const allBegun = new Promise<void>((resolve) => {
    const handle: JsonServiceOptions['handle'] = (_, { gone }) =>
      new Promise((answer) => {
        gone.addEventListener('abort', () => answer({}))
        if (++begun === 32) resolve()
      })
    void serve({ handle, concurrency: 32 }).then((port) => {
      const socket = connect(port, '127.0.0.1')
      socket.write('{}'.repeat(32))
      void allBegun.then(() => socket.destroy())
    })
  })
  await allBegun
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', warn)
  expect(warnings).toEqual([])
})
