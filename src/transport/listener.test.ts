import fc from 'fast-check'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { serveJson } from './jsonService.js'
import { listen, type Listener, type ListenOptions } from './listener.js'

const listeners: Listener[] = []
const open = async (options: Partial<ListenOptions> = {}): Promise<Listener> => {
  const listener = await listen({ host: '127.0.0.1', port: 0, handlers: { json: serveEcho }, ...options })
  listeners.push(listener)
  return listener
}
const serveEcho = (socket: Socket) =>
  serveJson(socket, {
    maxRequest: 65536,
    handle: (request) => ({ ECHO: request }),
    onDefect: () => undefined,
  })
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close())))

const dial = (listener: Listener, localAddress?: string): Socket => {
  const socket = connect({
    host: '127.0.0.1',
    port: listener.endpoint.port,
    ...(localAddress && { localAddress }),
  })
  socket.on('error', () => undefined)
  return socket
}
const firstRead = async (socket: Socket): Promise<string> => {
  const [part] = (await once(socket, 'data')) as [Buffer]
  return part.toString()
}
const readToEnd = async (socket: Socket): Promise<string> => {
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts).toString()
}

test('a dialect gets its connections with every byte put back, however the bytes arrive', async () => {
  const seen: string[] = []
  const take = (name: string) => (socket: Socket) => {
    socket.once('data', (data) => {
      seen.push(`${name} ${data.toString('latin1')}`)
      socket.end('done')
    })
    return undefined
  }
  const handlers = Object.fromEntries(
    (['bittorrent', 'tls', 'http', 'unknown'] as const).map((dialect) => [dialect, take(dialect)]),
  )
  const listener = await open({ handlers })
  for (const [name, text] of [
    ['bittorrent', '\u0013BitTorrent protocol 8 bytes'],
    ['tls', '\u0016\u0003\u0001'],
    ['http', 'GET / HTTP/1.1'],
    ['unknown', '\u0001\u0002\u0003'],
  ] as const) {
    for (const cut of [0, 1, 2]) {
      const socket = dial(listener)
      socket.setNoDelay(true)
      await once(socket, 'connect')
      if (cut > 0) {
        socket.write(text.slice(0, cut), 'latin1')
        await new Promise((resolve) => setImmediate(resolve))
      }
      socket.write(text.slice(cut), 'latin1')
      expect(await firstRead(socket)).toBe('done')
      expect(`${name} ${text}`.startsWith(seen.at(-1) ?? 'nothing')).toBe(true)
      socket.destroy()
    }
  }
})

test('B1 a JSON message is answered, also after white space, cut after its first byte, and after the end of the sender', async () => {
  const listener = await open()
  for (const parts of [['{"A":1}'], ['\r\n \t', '{"A":1}'], ['{', '"A":1}'], ['{"A":', '1}']]) {
    const socket = dial(listener)
    socket.setNoDelay(true)
    for (const part of parts) await new Promise((resolve) => socket.write(part, resolve))
    expect(JSON.parse(await firstRead(socket))).toEqual({ ECHO: { A: 1 } })
    socket.destroy()
  }
  const ended = dial(listener)
  ended.end('{"A":1}')
  expect(JSON.parse(await readToEnd(ended))).toEqual({ ECHO: { A: 1 } })
})

test.each(['hello\n', '[1]', '7', 'GET / HTTP/1.1\r\n\r\n', '{x'])(
  'text that nobody here speaks, %j, is answered BAD_REQUEST with what is spoken, then closed',
  async (text) => {
    const refused: string[] = []
    const listener = await open({ onRefused: (host, why) => refused.push(`${host} ${why}`) })
    const socket = dial(listener)
    socket.write(text)
    const answer = JSON.parse(await readToEnd(socket)) as { RET_CODE: number; ERROR: string }
    expect(answer.RET_CODE).toBe(400)
    expect(answer.ERROR).toContain('the JSON protocol')
    expect(refused).toHaveLength(1)
  },
)

test('bytes that nobody here speaks are closed without an answer', async () => {
  const listener = await open()
  for (const bytes of [
    [0x13, ...Buffer.from('BitTorrent protocol')],
    [0x16, 3, 1],
    [0, 1, 2],
  ]) {
    const socket = dial(listener)
    socket.write(Uint8Array.from(bytes))
    expect(await readToEnd(socket)).toBe('')
  }
})

/** A port that has a handler for obfuscated handshakes, which answers how many bytes it was given. */
const openToKeys = (timeForKey?: number): Promise<Listener> =>
  open({
    handlers: {
      json: serveEcho,
      mse: (socket) => {
        socket.once('data', (data) => socket.end(`mse ${data.length}`))
        return undefined
      },
    },
    ...(timeForKey !== undefined && { timeForKey }),
  })

test('bytes as random as a key go to the handler of obfuscated handshakes, also cut and with a first byte of text', async () => {
  const listener = await openToKeys()
  const key = Buffer.alloc(100, '[')
  key[50] = 1
  for (const cut of [0, 1, 60, 95]) {
    const socket = dial(listener)
    socket.setNoDelay(true)
    const answer = readToEnd(socket)
    await new Promise((resolve) => socket.write(key.subarray(0, cut), resolve))
    socket.write(key.subarray(cut))
    expect(await answer).toMatch(/^mse (96|100)$/)
  }
})

test('where keys are taken, text is still refused in words: as long as one, shorter, and at its end', async () => {
  const listener = await openToKeys(20)
  for (const text of ['hello\n', '{\u0000', 'x'.repeat(96), '[1]'.repeat(99)]) {
    const socket = dial(listener)
    socket.write(text)
    expect(await readToEnd(socket)).toContain('this port speaks the JSON protocol')
  }
  const patient = await openToKeys(60_000)
  for (const say of [
    (socket: Socket) => socket.end('hello\n'),
    (socket: Socket) => socket.write('x'.repeat(96)),
  ]) {
    const socket = dial(patient)
    say(socket)
    expect(await readToEnd(socket)).toContain('this port speaks the JSON protocol')
  }
})

test('a connection whose key came in parts is not refused once it was handed over', async () => {
  const refused: string[] = []
  const mse = (socket: Socket): undefined => {
    socket.on('data', (data) => data.includes('?') && socket.end('still here'))
  }
  const listener = await open({ handlers: { mse }, timeForKey: 60, onRefused: (_, why) => refused.push(why) })
  const socket = dial(listener)
  socket.setNoDelay(true)
  socket.write(Buffer.alloc(90, 1))
  await new Promise((resolve) => setTimeout(resolve, 10))
  socket.write(Buffer.alloc(6, 1))
  await new Promise((resolve) => setTimeout(resolve, 100))
  socket.write('?')
  expect([await readToEnd(socket), refused]).toEqual(['still here', []])
})

test('where keys are taken, too few bytes that are no text are closed without an answer', async () => {
  const socket = dial(await openToKeys(20))
  socket.write(Buffer.alloc(95, 1))
  expect(await readToEnd(socket)).toBe('')
})

test('a connection may be silent for long before its first byte, and not for long after it', async () => {
  const silent = await open({ silenceBeforeFirstByte: 40 })
  expect(await readToEnd(dial(silent))).toBe('')
  const slow = await open({ timeToTellDialect: 40 })
  const socket = dial(slow)
  socket.write(' ')
  expect(await readToEnd(socket)).toBe('')
  const patient = dial(slow)
  await new Promise((resolve) => setTimeout(resolve, 100))
  patient.write('{}')
  expect(await firstRead(patient)).toContain('ECHO')
  patient.destroy()
})

test('connections are bounded in all and per address; loopback only where that is set', async () => {
  const total = await open({ maxConnections: 2 })
  const held = [dial(total), dial(total)]
  for (const socket of held) {
    socket.write('{}')
    await firstRead(socket)
  }
  expect(total.connections).toBe(2)
  expect(await readToEnd(dial(total))).toBe('')
  held[0]?.destroy()
  await expect.poll(() => total.connections).toBe(1)
  const again = dial(total)
  again.write('{}')
  expect(await firstRead(again)).toContain('ECHO')
  const perAddress = await open({ connectionsPerAddress: () => 1 })
  const first = dial(perAddress)
  first.write('{}')
  await firstRead(first)
  expect(await readToEnd(dial(perAddress))).toBe('')
  const other = dial(perAddress, '127.0.0.2')
  other.write('{}')
  expect(await firstRead(other)).toContain('ECHO')
  for (const socket of [...held, again, first, other]) socket.destroy()
})

test('a port that is taken is ADDRESS_IN_USE, or another is found where any will do', async () => {
  const taken = await open()
  await expect(open({ port: taken.endpoint.port })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
  const found = await open({ port: taken.endpoint.port, anyPortIfTaken: true })
  expect(found.endpoint.port).not.toBe(taken.endpoint.port)
  await expect(open({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' })
})

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some((entry) => entry.address === '::1'),
)
test(':: listens on both families and names IPv4 callers as IPv4', async () => {
  const hosts: string[] = []
  const handle = (socket: Socket) =>
    serveJson(socket, {
      maxRequest: 100,
      handle: (_, caller) => {
        hosts.push(caller.host)
        return {}
      },
      onDefect: () => undefined,
    })
  const { endpoint } = await open({ host: '::', handlers: { json: handle } })
  for (const host of hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']) {
    const socket = connect({ host, port: endpoint.port })
    socket.write('{}')
    await firstRead(socket)
    socket.destroy()
    expect(hosts.at(-1)).toBe(host)
  }
})

test('closing lets the answer under way leave, ends idle connections and takes no new one', async () => {
  let answer = (): void => undefined
  const asked = new Promise<void>((resolveAsked) => {
    answer = resolveAsked
  })
  let reply: (value: object) => void = () => undefined
  const listener = await open({
    handlers: {
      json: (socket) =>
        serveJson(socket, {
          maxRequest: 100,
          handle: () => {
            answer()
            return new Promise((resolve) => {
              reply = (value) => resolve({ ...value })
            })
          },
          onDefect: () => undefined,
        }),
    },
  })
  const busy = dial(listener)
  busy.write('{}')
  await asked
  const idle = dial(listener)
  await once(idle, 'connect')
  const closing = listener.close()
  const last = readToEnd(busy)
  reply({ LAST: true })
  expect(await last).toContain('LAST')
  await closing
  expect(listener.connections).toBe(0)
  await expect(once(dial(listener), 'connect')).rejects.toThrow('ECONNREFUSED')
})

test('closing destroys what does not finish in time', async () => {
  const listener = await open({
    closingTime: 50,
    handlers: {
      json: (socket) =>
        serveJson(socket, {
          maxRequest: 100,
          handle: () => new Promise(() => undefined),
          onDefect: () => undefined,
        }),
    },
  })
  const socket = dial(listener)
  socket.write('{}')
  await expect.poll(() => listener.connections).toBe(1)
  await listener.close()
  expect(listener.connections).toBe(0)
})

test('random bytes end in an answer or a close and leave the port working', async () => {
  const listener = await open({ timeToTellDialect: 200 })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.uint8Array({ minLength: 1 }), fc.string({ minLength: 1 })),
      async (bytes) => {
        const socket = dial(listener)
        socket.end(bytes)
        const said = await readToEnd(socket)
        if (said !== '') expect(() => JSON.parse(said) as unknown).not.toThrow()
      },
    ),
    { numRuns: 150 },
  )
  const socket = dial(listener)
  socket.write('{}')
  expect(await firstRead(socket)).toContain('ECHO')
  socket.destroy()
})
