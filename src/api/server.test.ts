import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FakeTransfer, INFO_HASH, OTHER_ID, PEER_ID } from '../../test/cli/fakePeer.js'
import { ShoalError } from '../protocol/errors.js'
import type { Endpoint } from '../protocol/ids.js'
import { ApiClient } from './client.js'
import { findRunning } from './findRunning.js'
import { ask, fakePeer, open, temporaryFolder } from './testApi.contract.js'

const code = (code: string) => expect.objectContaining({ code }) as unknown

/** Some other HTTP server of this machine. */
const otherServer = async (answer: RequestListener): Promise<Endpoint> => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

test.each(['127.0.0.1', 'localhost', '::1'])('it opens on %s', async (host) => {
  const { endpoint } = await open({ endpoint: { host, port: 0 } })
  expect(endpoint.host).toBe(host === '::1' ? '::1' : '127.0.0.1')
  expect((await ask(endpoint)).status).toBe(200)
})

test('where others reach it a password is made, once, and kept as a hash for its user alone', async () => {
  const state = await temporaryFolder()
  const endpoint = { host: '0.0.0.0', port: 0 }
  const { password = '', lines } = await open({ state, endpoint })
  expect(password).toMatch(/^([a-z2-9]{4}-){4}[a-z2-9]{4}$/)
  const path = join(state, 'http-access.json')
  expect((await stat(path)).mode & 0o077).toBe(0)
  expect(await readFile(path, 'utf8')).not.toContain(password)
  expect(lines.join()).not.toContain(password)
  expect((await open({ state, endpoint })).password).toBeUndefined()
})

test('where this machine alone reaches it no password is made, but for a name that leads to it', async () => {
  expect((await open()).password).toBeUndefined()
  expect((await open({ names: ['nas.example'] })).password).toBeDefined()
})

test('where its port is taken another will do, if none was asked for', async () => {
  const { endpoint } = await open()
  const second = await open({ endpoint, anyPortIfTaken: true })
  expect(second.endpoint.port).not.toBe(endpoint.port)
  expect((await ask(second.endpoint)).status).toBe(200)
  await expect(open({ endpoint })).rejects.toThrow(code('ADDRESS_IN_USE'))
})

test('it closes while a caller holds its connection open', async () => {
  const api = await open()
  const socket = connect(api.endpoint)
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  await api.close()
  if (!socket.closed) await once(socket, 'close')
})

test('its address is in the state folder for this user alone, while it is open', async () => {
  const api = await open()
  const [name = ''] = await readdir(api.state)
  expect((await stat(join(api.state, name))).mode & 0o077).toBe(0)
  const [found] = await findRunning(api.state)
  expect(found?.endpoint).toEqual(api.endpoint)
  await api.close()
  expect(await readdir(api.state)).toEqual([])
  expect(await findRunning(api.state)).toEqual([])
})

test('a state folder that cannot be written costs a warning, not the API', async () => {
  const { endpoint, lines } = await open({ state: join(await temporaryFolder(), 'missing') })
  expect((await ask(endpoint)).status).toBe(200)
  expect(lines.join()).toContain('will not find this peer')
})

test('peers of one state folder are all found; those that are gone, and rubbish, are passed over', async () => {
  const state = await temporaryFolder()
  const other = Object.assign(fakePeer(), { peerId: OTHER_ID })
  Object.defineProperty(other, 'status', { value: { ...fakePeer().status, peerId: OTHER_ID } })
  const apis = [await open({ state }), await open({ state, peer: other })]
  const stranger = await open()
  const silent = await otherServer(() => undefined)
  const stale: Record<string, unknown> = {
    ['1'.repeat(32)]: { host: '127.0.0.1', port: 1 },
    ['2'.repeat(32)]: stranger.endpoint,
    ['3'.repeat(32)]: { host: '10.0.0.1', port: 80 },
    ['4'.repeat(32)]: { host: 'x'.repeat(1_000_000), port: 80 },
    ['5'.repeat(32)]: 'rubbish',
    ['6'.repeat(32)]: silent,
    'no-peer': stranger.endpoint,
  }
  for (const [name, address] of Object.entries(stale))
    await writeFile(join(state, `http-${name}.json`), JSON.stringify(address))
  const found = (await findRunning(state)).map(({ endpoint }) => endpoint.port).sort()
  expect(found).toEqual(apis.map(({ endpoint }) => endpoint.port).sort())
})

test('no state folder holds no peer', async () => {
  expect(await findRunning(join(await temporaryFolder(), 'missing'))).toEqual([])
})

test('a client reads what the server says', async () => {
  const transfer = new FakeTransfer({
    torrentId: undefined,
    eta: undefined,
    state: 'paused',
    error: new ShoalError('DISK_FULL', 'No room'),
  })
  const peer = fakePeer()
  peer.transfers.push(transfer)
  const client = new ApiClient({ endpoint: (await open({ peer })).endpoint })
  const status = await client.status()
  expect(status).toMatchObject({ peerId: PEER_ID, transferCount: 1 })
  expect(status.transfers[0]).toMatchObject({
    id: INFO_HASH,
    error: { code: 'DISK_FULL', detail: 'No room' },
  })
  expect((await client.peers(INFO_HASH)).peers).toMatchObject([{ peerId: OTHER_ID, chunks: 4 }])
  expect(await client.stop(INFO_HASH.slice(0, 8))).toMatchObject({ was: 'paused', state: 'stopped' })
})

test.each(['9', '', '..', '../../status', 'a/b', '%', 'ü', '9'.repeat(999)])(
  'a client is told that there is no torrent %j',
  async (id) => {
    const client = new ApiClient({ endpoint: (await open()).endpoint })
    await expect(client.peers(id)).rejects.toThrow(code('TRANSFER_NOT_FOUND'))
    await expect(client.stop(id)).rejects.toThrow(code('TRANSFER_NOT_FOUND'))
  },
)

const json =
  (status: number, document: unknown): RequestListener =>
  (_request, response) =>
    void response.writeHead(status).end(JSON.stringify(document))

test.each<[string, RequestListener]>([
  ['a page', (_request, response) => void response.end('<html>')],
  ['an empty object', json(200, {})],
  ['a list', json(200, [])],
  ['null', json(200, null)],
  ['a redirect', (_request, response) => void response.writeHead(302, { location: '/' }).end()],
  ['an error of its own', json(500, { error: 'Oops' })],
  ['a code that does not exist', json(404, { code: 'toString', detail: '', remedy: '' })],
  [
    'half an answer',
    (_request, response) => void response.writeHead(200, { 'content-length': 9 }).write('{'),
  ],
  ['endless data', (_request, response) => flood(response)],
  ['a hang-up', (request) => void request.socket.destroy()],
  ['silence', () => undefined],
])('a server that answers with %s is no running peer', async (_what, answer) => {
  const client = new ApiClient({ endpoint: await otherServer(answer) })
  await expect(client.status(500)).rejects.toThrow(code('PEER_NOT_RUNNING'))
})

const flood = (response: Parameters<RequestListener>[1]): void => {
  const part = Buffer.alloc(1024 * 1024, ' ')
  const write = (): void => {
    while (!response.destroyed && response.write(part));
    if (!response.destroyed) response.once('drain', write)
  }
  response.on('error', () => undefined)
  write()
}
