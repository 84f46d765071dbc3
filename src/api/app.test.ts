import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { FakeTransfer, INFO_HASH, OTHER_ID, PEER_ID, torrentId } from '../../test/cli/fakePeer.js'
import type { Endpoint } from '../protocol/ids.js'
import { apiOptions, ask, fakePeer, open } from './testApi.contract.js'
import type { StatusDocument } from './contract.js'
import { createApi } from './server.js'

const JSON_TYPE = { 'content-type': 'application/json' }

const paths = [
  { method: 'GET', path: '/api/status' },
  { method: 'GET', path: '/api/torrents/3/peers' },
  { method: 'POST', path: '/api/torrents/3/stop' },
]

/** A peer with one torrent whose stop would be seen. */
const peerWithTorrent = () => {
  const transfer = new FakeTransfer({})
  const peer = fakePeer()
  peer.transfers.push(transfer)
  return { peer, transfer }
}

test.each(paths)('$method $path answers this machine', async ({ method, path }) => {
  const { peer } = peerWithTorrent()
  const { endpoint } = await open({ peer })
  const { status, headers } = await ask(endpoint, { method, path })
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(headers['cache-control']).toBe('no-store')
})

test.each(paths.flatMap(({ path }) => ['OPTIONS', 'HEAD', 'PUT'].map((method) => ({ method, path }))))(
  '$method $path is nothing, and no answer lets another origin read it',
  async ({ method, path }) => {
    const { endpoint } = await open()
    const { status, headers } = await ask(endpoint, { method, path })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  },
)

test('status says what the peer is doing', async () => {
  const { peer, transfer } = peerWithTorrent()
  transfer.become({ done: 20_000, downloadRate: 1023.6, eta: 9.7 })
  const { endpoint } = await open({ peer })
  expect(JSON.parse((await ask(endpoint)).text)).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    isLocal: true,
    output: expect.any(String),
    limits: { download: null, upload: null },
    totals: {
      transfers: 1,
      downloading: 1,
      seeding: 0,
      downloadRate: 1024,
      uploadRate: 0,
      downloaded: 0,
      uploaded: 0,
    },
    peerId: PEER_ID,
    host: '127.0.0.1',
    port: 4567,
    trackers: [{ host: '10.0.0.1', port: 8888, isReachable: true }],
    reach: {},
    transferCount: 1,
    transfers: [
      {
        id: '3',
        key: expect.stringMatching(/^t\d+$/),
        addedAt: expect.any(Number),
        torrentId: 3,
        infoHash: INFO_HASH,
        infoHashV1: 'cd'.repeat(20),
        name: 'film.mkv',
        state: 'downloading',
        size: 65_000,
        done: 20_000,
        chunks: 4,
        chunksDone: 0,
        downloadRate: 1024,
        uploadRate: 0,
        downloaded: 0,
        uploaded: 0,
        eta: 10,
        peers: 1,
        path: '/downloads/film.mkv',
      },
    ],
  })
})

test('a torrent that no tracker has numbered is called by its info-hash', async () => {
  const { peer, transfer } = peerWithTorrent()
  transfer.become({ torrentId: undefined })
  const { endpoint } = await open({ peer })
  expect(JSON.parse((await ask(endpoint)).text).transfers[0].id).toBe(INFO_HASH)
})

test('peers says who has what, those first that sent most, and which are web seeds', async () => {
  const { peer, transfer } = peerWithTorrent()
  const [one] = transfer.status.peers
  if (one)
    transfer.become({ peers: [{ ...one, port: 1, downloaded: 5, peerId: undefined, isWebSeed: true }, one] })
  const { endpoint } = await open({ peer })
  const { text } = await ask(endpoint, { path: '/api/torrents/3/peers' })
  expect(JSON.parse(text)).toMatchObject({ id: '3', name: 'film.mkv', chunks: 4, peerCount: 2 })
  expect(JSON.parse(text).peers).toMatchObject([
    {
      wire: 'json',
      client: 'Shoal 0.1.0',
      peerId: OTHER_ID,
      host: '10.0.0.7',
      port: 8001,
      state: 'downloading',
      chunks: 4,
      downloaded: 65_000,
      downloadRate: 1024,
    },
    {
      isWebSeed: true,
      wire: 'web',
      host: '10.0.0.7',
      port: 1,
      state: 'downloading',
      chunks: 4,
      downloaded: 5,
      downloadRate: 1024,
    },
  ])
})

test('lists are bounded, and say how many there are', async () => {
  const peer = fakePeer()
  const [one] = new FakeTransfer({}).status.peers
  if (one === undefined) throw new Error('no peer')
  const peers = Array.from({ length: 2000 }, (_, port) => ({ ...one, port }))
  for (let id = 1; id <= 1000; id++)
    peer.transfers.push(
      new FakeTransfer({ torrentId: torrentId(id), peers: id === 1000 ? peers : [], peerCount: id }),
    )
  const { endpoint } = await open({ peer })
  const status = JSON.parse((await ask(endpoint)).text) as StatusDocument
  expect(status.transferCount).toBe(1000)
  expect(status.transfers).toHaveLength(500)
  expect(status.transfers.at(-1)).toMatchObject({ id: '1000', peers: 1000 })
  const found = JSON.parse((await ask(endpoint, { path: '/api/torrents/1000/peers' })).text)
  expect(found.peerCount).toBe(2000)
  expect(found.peers).toHaveLength(500)
})

test('stop stops one torrent, and once more says that it was so', async () => {
  const { peer, transfer } = peerWithTorrent()
  const other = new FakeTransfer({ torrentId: torrentId(4) })
  peer.transfers.push(other)
  const { endpoint } = await open({ peer })
  const stop = { method: 'POST', path: `/api/torrents/3/stop` }
  expect(JSON.parse((await ask(endpoint, stop)).text)).toMatchObject({ was: 'downloading', state: 'stopped' })
  expect([transfer.isStopped, other.isStopped]).toEqual([true, false])
  expect(JSON.parse((await ask(endpoint, stop)).text)).toMatchObject({ was: 'stopped', state: 'stopped' })
})

test.each([
  [{ path: '/api/torrents/9/peers' }, 404, 'TRANSFER_NOT_FOUND'],
  [{ path: '/api/torrents/9/stop', method: 'POST' }, 404, 'TRANSFER_NOT_FOUND'],
  [{ path: `/api/torrents/${'9'.repeat(1000)}/peers` }, 404, 'TRANSFER_NOT_FOUND'],
  [{ path: `/api/torrents/${'9'.repeat(1025)}/peers` }, 414, 'REQUEST_INVALID'],
  [{ path: '/api/torrents/%ff/peers' }, 400, 'REQUEST_INVALID'],
  [{ path: '/api/torrents/../peers' }, 404, 'TRANSFER_NOT_FOUND'],
  [{ path: '/api/nothing' }, 404, 'REQUEST_INVALID'],
  [{ path: '/nothing' }, 404, 'REQUEST_INVALID'],
  [{ path: '/api/torrents/3/stop' }, 404, 'REQUEST_INVALID'],
  [{ path: '/api/torrents/3/stop', method: 'POST', body: 'x' }, 415, 'REQUEST_INVALID'],
  [{ path: '/api/torrents', method: 'POST', body: '{}', headers: JSON_TYPE }, 400, 'REQUEST_INVALID'],
  [{ path: '/api/torrents', method: 'POST', body: '{', headers: JSON_TYPE }, 400, 'REQUEST_INVALID'],
  [
    { path: '/api/torrents', method: 'POST', body: '{"what":"/etc/passwd"}', headers: JSON_TYPE },
    400,
    'USAGE',
  ],
  [
    { path: '/api/torrents', method: 'POST', body: '{"what":"magnet:?xt=urn:btih:no"}', headers: JSON_TYPE },
    400,
    'METAINFO_INVALID',
  ],
  [
    { path: '/api/torrents', method: 'POST', body: '{"what":"1","no":1}', headers: JSON_TYPE },
    400,
    'REQUEST_INVALID',
  ],
  [{ path: '/api/shares', method: 'POST', body: '{"path":"film.mkv"}', headers: JSON_TYPE }, 400, 'USAGE'],
  [{ path: '/api/torrents?limit=1001' }, 400, 'REQUEST_INVALID'],
])('%j is problem %d %s', async (asked, status, code) => {
  const { peer, transfer } = peerWithTorrent()
  const { endpoint } = await open({ peer })
  const answer = await ask(endpoint, asked)
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
  expect(JSON.parse(answer.text)).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status,
    code,
    detail: expect.any(String),
    remedy: expect.any(String),
  })
  expect(transfer.isStopped).toBe(false)
})

test('a defect is told to the log, and to the caller only that there was one', async () => {
  const { peer, transfer } = peerWithTorrent()
  transfer.stop = async () => {
    throw new TypeError('secret is not a function')
  }
  const { endpoint, lines } = await open({ peer })
  const { status, text } = await ask(endpoint, { method: 'POST', path: '/api/torrents/3/stop' })
  expect(status).toBe(500)
  expect(JSON.parse(text)).toMatchObject({ code: 'INTERNAL', detail: 'The request failed' })
  expect(text).not.toContain('secret')
  expect(lines.join()).toContain('secret is not a function')
})

/** What the server says to `bytes` before it hangs up. */
const say = async ({ host, port }: Endpoint, bytes: string): Promise<string> => {
  const socket = connect({ host, port }).setEncoding('utf8')
  let heard = ''
  socket.on('data', (text: string) => (heard += text)).on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return heard
}

test.each([
  ['rubbish', 'rubbish\r\n\r\n'],
  ['a handshake of TLS', '\x16\x03\x01\x02\x00\x01\x00'],
  ['no Host', 'GET /api/status HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['HTTP/1.0 without Host', 'GET /api/status HTTP/1.0\r\n\r\n'],
  ['headers without end', `GET /api/status HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}`],
  [
    'two lengths',
    'POST /api/torrents/3/stop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n',
  ],
])('%s is refused, and the next is served', async (_what, bytes) => {
  const { endpoint } = await open()
  expect(await say(endpoint, bytes)).toMatch(/^HTTP\/1\.1 4/)
  expect((await ask(endpoint)).status).toBe(200)
})

test('a body is not read, however long it says it is', async () => {
  const { peer, transfer } = peerWithTorrent()
  const { endpoint } = await open({ peer })
  const head = 'POST /api/torrents/3/stop HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
  const heard = await say(
    endpoint,
    `${head}Content-Type: text/plain\r\nContent-Length: 1000000000000\r\n\r\nxxx`,
  )
  expect(heard).toMatch(/^HTTP\/1\.1 415/)
  expect(transfer.isStopped).toBe(false)
})

test('nobody may take for ever, nor all connections', async () => {
  const options = await apiOptions()
  const { app } = await createApi(options)
  onTestFinished(() => app.close())
  const { headersTimeout, keepAliveTimeout, timeout, maxConnections } = app.server
  expect({ headersTimeout, keepAliveTimeout, timeout, maxConnections }).toEqual({
    headersTimeout: 5000,
    keepAliveTimeout: 5000,
    timeout: 60_000,
    maxConnections: 256,
  })
})

test('docs/http-api.md lists these routes and no others', async () => {
  const { app } = await createApi(await apiOptions())
  onTestFinished(() => app.close())
  const text = await readFile('docs/http-api.md', 'utf8')
  const listed = [...text.matchAll(/^\| `((?:GET|HEAD|POST|PUT|PATCH|DELETE) [^`]+)`/gm)].map(
    ([, route]) => route,
  )
  const own = app.listedRoutes.filter(({ url }) => !url.startsWith('/api/docs'))
  expect(listed.sort()).toEqual(own.map(({ method, url }) => `${method} ${url}`).sort())
})

test('every route is described at /api/docs, which loads nothing from elsewhere', async () => {
  const { app } = await createApi(await apiOptions())
  onTestFinished(() => app.close())
  const { endpoint } = await open()
  const page = await ask(endpoint, { path: '/api/docs' })
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self';/,
  )
  expect(page.text).not.toMatch(/https?:\/\/|<script>|<style>/)
  const { paths } = JSON.parse((await ask(endpoint, { path: '/api/docs/json' })).text) as { paths: object }
  const own = app.listedRoutes.filter(({ url }) => !url.startsWith('/api/docs'))
  const urls = own.map(({ url }) => url.replace(/:([a-z]+)/gi, '{$1}'))
  expect(Object.keys(paths).sort()).toEqual([...new Set(urls)].sort())
})
