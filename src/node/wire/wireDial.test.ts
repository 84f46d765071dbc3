import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { equalBytes } from '../../protocol/bytes.js'
import { obfuscatedHash } from '../../protocol/mse/keys.js'
import { encodeHandshake, HANDSHAKE } from '../../protocol/wire/handshake.js'
import { acceptMse } from '../../transport/mse/acceptMse.js'
import { WireDial } from './wireDial.js'
import { Ways } from './ways.js'

const infoHash = randomBytes(20)
const obfuscated = obfuscatedHash((data) => createHash('sha1').update(data).digest(), infoHash)
const infoHashOf = (asked: Uint8Array): Uint8Array | undefined =>
  equalBytes(asked, obfuscated) ? infoHash : undefined
const features = { extension: true, fast: true, v2: false, dht: false, tls: false }
const greeting = { features, infoHash, peerId: randomBytes(20) }
const answer = encodeHandshake({ ...greeting, peerId: randomBytes(20) })

let server: Server
let ways: Ways
let serve: (socket: Socket) => void
let connections = 0
const sockets: Socket[] = []
beforeEach(async () => {
  ways = new Ways()
  connections = 0
  server = createServer((socket) => {
    connections++
    sockets.push(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})
const endpoint = () => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })

/** Dials once, says `hello` after the handshake, and gathers what happened until the connection is gone. */
const dial = (handshakeTime?: number): Promise<string[]> =>
  new Promise((resolve) => {
    const told: string[] = []
    const one = new WireDial({
      endpoint: endpoint(),
      greeting,
      ways,
      plan: { kind: 'plain' },
      handshakeTime,
      events: {
        opened: (connection) => {
          told.push('opened')
          connection.send(Buffer.from('hello'))
        },
        data: (bytes) => {
          told.push(Buffer.from(bytes).toString())
          one.destroy()
        },
        stranger: (detail) => told.push(detail),
        garbage: (detail) => told.push(detail),
        closed: () => {
          told.push('closed')
          resolve(told)
        },
      },
    })
  })

/** Answers the handshake, of which a part came `already`, and says again what is said after it. */
const echo = (socket: Socket, already: Uint8Array = Buffer.alloc(0)): void => {
  let heard = Buffer.from(already)
  socket.write(answer)
  socket.on('data', (bytes) => {
    heard = Buffer.concat([heard, bytes])
    if (heard.length > HANDSHAKE) socket.write(heard.subarray(HANDSHAKE))
  })
}

/** Closes what is plain, and takes what is obfuscated. */
const wantsMse = (socket: Socket): void => {
  socket.once('readable', () => {
    const bytes = socket.read() as Buffer
    if (bytes[0] === 19) return void socket.destroy()
    socket.unshift(bytes)
    acceptMse(socket, { infoHashOf }, (stream) => {
      if (stream !== undefined) echo(socket, stream.received)
    })
  })
}

test('a peer that closes a plain connection before its handshake is dialled once more, obfuscated, what follows being plain', async () => {
  serve = wantsMse
  expect(await dial()).toEqual(['opened', 'hello', 'closed'])
  expect(connections).toBe(2)
})

test('the way that worked is the only one next time, and is forgotten when it fails', async () => {
  serve = wantsMse
  await dial()
  await dial()
  expect(connections).toBe(3)
  serve = (socket) => socket.once('readable', () => socket.destroy())
  expect(await dial()).toEqual(['closed'])
  expect(connections).toBe(4)
  serve = echo
  expect(await dial()).toEqual(['opened', 'hello', 'closed'])
  expect(ways.of(endpoint())).toEqual(['plain'])
  expect(connections).toBe(5)
})

test('who closes every connection is dialled twice and no more; who resets it too', async () => {
  for (const refuse of ['destroy', 'resetAndDestroy'] as const) {
    connections = 0
    serve = (socket) => socket.once('readable', () => socket[refuse]())
    expect(await dial()).toEqual(['closed'])
    expect(connections).toBe(2)
  }
})

test('who answers with something else, or not in time, is not dialled again', async () => {
  serve = (socket) => socket.write('HTTP/1.1 400 Bad Request'.padEnd(HANDSHAKE))
  expect(await dial()).toEqual(['it does not speak the BitTorrent wire', 'closed'])
  serve = () => undefined
  expect(await dial(20)).toEqual(['closed'])
  expect(connections).toBe(2)
})

test('an obfuscated handshake that is answered with garbage is left', async () => {
  ways.succeed(endpoint(), 'obfuscated')
  serve = (socket) => socket.write(randomBytes(2000))
  expect(await dial()).toEqual(['its obfuscated handshake is wrong: no-mark', 'closed'])
})

test('ways are remembered of so many peers and no more', () => {
  for (let port = 1; port <= 5000; port++) ways.succeed({ host: '10.0.0.1', port }, 'obfuscated')
  expect(ways.of({ host: '10.0.0.1', port: 904 })).toEqual(['plain', 'obfuscated'])
  expect(ways.of({ host: '10.0.0.1', port: 905 })).toEqual(['obfuscated'])
})
