import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { peerIdOfKey } from '../../protocol/ids.js'
import { openOwnKey, type OwnKey } from '../../support/tls/ownKey.js'
import { makeWebCertificate } from '../../support/tls/selfSigned.js'
import { callerOf } from '../caller.js'
import { JsonConnection } from '../jsonConnection.js'
import { serveJson } from '../jsonService.js'
import { listen, type Listener } from '../listener.js'
import { detourOf, noteDetour } from '../route.js'
import { secureHandler, type SecurePortOptions } from './acceptSecure.js'
import { secureDialled, WrongKey } from './dialSecure.js'

let folder: string
let server: OwnKey
let client: OwnKey
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-secure-'))
  server = await openOwnKey(join(folder, 'server.pem'))
  client = await openOwnKey(join(folder, 'client.pem'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const listeners: Listener[] = []
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.close())))

const refusals: string[] = []
afterEach(() => refusals.splice(0))

const serveEcho = (socket: Socket) =>
  serveJson(socket, {
    maxRequest: 65536,
    handle: (request, { host, provenId }) => ({ ECHO: request, HOST: host, PROVEN: provenId ?? null }),
    onDefect: () => undefined,
  })

const open = async (options: Partial<SecurePortOptions> = {}): Promise<Listener> => {
  const handlers = {
    json: serveEcho,
    tls: secureHandler({
      identity: server,
      handlers: { json: serveEcho },
      onRefused: (host, why) => refusals.push(`${host} ${why}`),
      ...options,
    }),
  }
  const listener = await listen({ host: '127.0.0.1', port: 0, handlers })
  listeners.push(listener)
  return listener
}

const isServer = (fingerprint: string): boolean => fingerprint === server.fingerprint
const options = () => ({ timeout: 5000, secure: { identity: client, isExpected: isServer } })

/** Connects as `offer` says; resolves once the connection is gone. */
const endOf = async ({ endpoint }: Listener, offer: ConnectionOptions): Promise<void> => {
  const socket = connectSecurely({ ...endpoint, rejectUnauthorized: false, ...offer })
  await closeOf(socket)
}

const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined)
    socket.resume().on('close', () => resolve())
  })

test('F2 inside TLS a port speaks the same, and both sides know whose key the other holds', async () => {
  const { endpoint } = await open()
  const connection = await JsonConnection.open(endpoint, options())
  for (const number of [1, 2])
    expect(await connection.request({ number })).toEqual({
      ECHO: { number },
      HOST: '127.0.0.1',
      PROVEN: peerIdOfKey(client.fingerprint),
    })
  connection.close()
  const plain = await JsonConnection.open(endpoint, { timeout: 5000 })
  expect(await plain.request({})).toMatchObject({ PROVEN: null })
  plain.close()
})

test('who holds another key than is meant is left before anything is said', async () => {
  const { endpoint } = await open()
  const secure = { identity: client, isExpected: () => false }
  const named = new RegExp(peerIdOfKey(server.fingerprint))
  await expect(JsonConnection.open(endpoint, { timeout: 5000, secure })).rejects.toThrow(named)
  const socket = connect(endpoint)
  await expect(secureDialled(socket, secure)).rejects.toThrow(WrongKey)
  expect(socket.destroyed).toBe(true)
})

test('a connection that stands is made secure, and remembers how it came about', async () => {
  const { endpoint } = await open()
  const socket = connect(endpoint)
  await once(socket, 'connect')
  noteDetour(socket, 'relayed')
  const secured = await secureDialled(socket, options().secure)
  expect(detourOf(secured)).toBe('relayed')
  expect(callerOf(secured)).toBe('127.0.0.1')
  secured.write('{}\n')
  const [answer] = (await once(secured, 'data')) as [Buffer]
  expect(JSON.parse(answer.toString())).toMatchObject({ PROVEN: peerIdOfKey(client.fingerprint) })
  secured.destroy()
  await once(socket, 'close')
})

test('callers without an Ed25519 key, or without TLS 1.3, get no further', async () => {
  const listener = await open()
  await endOf(listener, {})
  await endOf(listener, await makeWebCertificate(['localhost'], Date.now()))
  await endOf(listener, { cert: client.cert, key: client.key, maxVersion: 'TLSv1.2' })
  expect(refusals).toHaveLength(3)
  expect(refusals[0]).toBe('127.0.0.1 TLS: it shows no Ed25519 key')
})

test('TLS within TLS is refused, and garbage, and a handshake that takes too long', async () => {
  const listener = await open({ handshakeTime: 50 })
  const connection = await secureDialled(connect(listener.endpoint), options().secure)
  connection.write(Buffer.of(0x16, 0x03, 0x01, 0, 5))
  await closeOf(connection)
  for (const bytes of [
    Buffer.of(0x16, 0x03, 0x01),
    Buffer.concat([Buffer.of(0x16, 3, 1), Buffer.alloc(99)]),
  ]) {
    const socket = connect(listener.endpoint)
    socket.write(bytes)
    await closeOf(socket)
  }
  expect(refusals).toHaveLength(3)
})

test('a port that closes ends handshakes under way, and lets answers inside TLS leave', async () => {
  const listener = await open()
  const idle = connect(listener.endpoint)
  idle.write(Buffer.of(0x16, 0x03, 0x01))
  const connection = await JsonConnection.open(listener.endpoint, options())
  await connection.request({})
  await listener.close()
  listeners.length = 0
  await expect(connection.request({})).rejects.toThrow('closed by the other side')
  expect(listener.connections).toBe(0)
  idle.destroy()
})
