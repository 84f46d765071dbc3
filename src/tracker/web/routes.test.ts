import { createHash } from 'node:crypto'
import { Check } from 'typebox/value'
import { TrackerPage } from '../../api/contract.js'
import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeMetainfo } from '../../protocol/metainfo/decode.js'
import { encodeMetainfo } from '../../protocol/metainfo/encode.js'
import { parseMagnet } from '../../protocol/metainfo/magnet.js'
import { parseRootHash } from '../../protocol/ids.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { base64 } from '../../transport/base64.js'
import { hashes } from '../hashes.js'
import { ask, from } from '../simpleClient.contract.js'
import { there } from '../store/sample.contract.js'
import { startTracker, type Tracker, type TrackerOptions } from '../tracker.js'

let tracker: Tracker

const start = async (options: Partial<TrackerOptions> = {}): Promise<void> => {
  tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, ...options })
}
beforeEach(() => start())
afterEach(() => tracker.stop())

const restart = async (options: Partial<TrackerOptions>): Promise<void> => {
  await tracker.stop()
  await start(options)
}

/** A torrent of v2 with a tracker of its own, as UPLOAD_FILE carries it. */
const torrentOf = (name: string) => {
  const rootHash = there(parseRootHash(createHash('sha256').update(name).digest('hex')))
  const files = [{ path: [name], size: 10_000, rootHash }]
  const shape = {
    name,
    isFolder: false,
    files,
    pieceLength: 32_768,
    pieceLayers: new Map(),
    piecesV1: undefined,
  }
  return encodeMetainfo(shape, hashes, { format: 'v2', trackers: [['udp://other.example:1/announce']] })
}

const share = async (who: number, name: string): Promise<string> => {
  const { bytes, metainfo } = torrentOf(name)
  const fields = { FILE_SIZE: 10_000, NUM_OF_CHUNKS: 1, INFO_HASH: metainfo.infoHash }
  const upload = { OP_CODE: 140, ...from(who), FILE_NAME: name, ...fields, METAINFO: base64.encode(bytes) }
  expect(await ask(tracker.endpoint, upload)).toMatchObject({ RET_CODE: 200 })
  return there(metainfo.infoHash)
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Unlike fetch it lets the headers be what they like. */
const send = async (method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const { port } = tracker.endpoint
  const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }
}

const get = (path: string, headers?: Record<string, string>): Promise<Answer> => send('GET', path, headers)
const documentAt = async (path: string, headers?: Record<string, string>): Promise<JsonObject> =>
  JSON.parse((await get(path, headers)).body.toString()) as JsonObject

test('the .torrent of a share has its info-hash, this tracker first, and the trackers it had', async () => {
  const infoHash = await share(1, 'a film')
  const { status, headers, body } = await get('/torrents/1.torrent', { Host: 'tracker.example:8888' })
  expect([status, headers['content-type']]).toEqual([200, 'application/x-bittorrent'])
  const metainfo = decodeMetainfo(body, hashes)
  expect(metainfo.infoHash).toBe(infoHash)
  expect(metainfo.trackers).toEqual([
    ['http://tracker.example:8888/announce'],
    ['udp://tracker.example:8888/announce'],
    ['udp://other.example:1/announce'],
  ])
  expect(headers['cache-control']).toBe('no-store')
})

test.each(['a b', 'tracker.example/x', 'user@tracker.example', '[::1', 'tracker.example:99999', '-'])(
  'a Host that is no address, %j, comes into no .torrent',
  async (host) => {
    await share(1, 'a film')
    const { status, body } = await get('/torrents/1.torrent', { Host: host })
    expect(status).toBe(200)
    expect(Buffer.from(body).equals(torrentOf('a film').bytes)).toBe(true)
  },
)

test('the tracker that knows its public URL names that, whatever the client calls it', async () => {
  await restart({ publicUrl: new URL('https://public.example') })
  await share(1, 'a film')
  const { body } = await get('/torrents/1.torrent', { Host: 'other.example' })
  expect(decodeMetainfo(body, hashes).trackers[0]).toEqual(['https://public.example/announce'])
})

test('the list is searched by name, and each torrent has a magnet link that leads to this tracker', async () => {
  await share(1, 'a film')
  const infoHash = await share(2, 'a song')
  const { torrents } = await documentAt('/torrents?query=SONG')
  expect(torrents).toEqual([
    expect.objectContaining({ id: 2, name: 'a song', size: 10_000, infoHash, seeders: 1, leechers: 0 }),
  ])
  const [{ magnet, torrent }] = torrents as [{ magnet: string; torrent: string }]
  expect(parseMagnet(magnet)).toMatchObject({
    infoHash,
    name: 'a song',
    trackers: [
      `http://127.0.0.1:${tracker.endpoint.port}/announce`,
      `udp://127.0.0.1:${tracker.endpoint.port}/announce`,
    ],
  })
  expect((await get(torrent)).status).toBe(200)
})

test('a long list comes in pages', async () => {
  for (const number of [1, 2, 3]) await share(number, `film ${number}`)
  expect(await documentAt('/torrents?limit=2')).toMatchObject({
    torrents: [{ id: 1 }, { id: 2 }],
    nextOffset: 2,
  })
  const rest = await documentAt('/torrents?limit=2&offset=2')
  expect(rest).toMatchObject({ torrents: [{ id: 3 }] })
  expect(rest).not.toHaveProperty('nextOffset')
})

test('a torrent that was removed is gone at once: no announce, no .torrent, no row, and no id anew', async () => {
  const infoHash = await share(1, 'a film')
  const announce = `/announce?info_hash=${infoHash.slice(0, 40).replace(/../g, '%$&')}&peer_id=${'p'.repeat(20)}&port=1`
  expect((await get(announce)).body.toString()).toContain('complete')
  expect((await send('DELETE', '/torrents/1')).status).toBe(200)
  expect((await get(announce)).body.toString()).toContain('failure reason')
  expect((await get('/torrents/1.torrent')).status).toBe(404)
  expect(await documentAt('/torrents')).toEqual({ torrents: [] })
  expect((await send('DELETE', '/torrents/1')).status).toBe(404)
  await share(2, 'another')
  expect(await documentAt('/torrents')).toMatchObject({ torrents: [{ id: 2 }] })
})

test.each([
  ['a name that leads here', { Host: 'evil.example' }],
  ['a page of another origin', { Origin: 'http://evil.example' }],
  ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
  ['a proxy', { 'X-Forwarded-For': '192.0.2.1' }],
  ['a proxy of RFC 7239', { Forwarded: 'for=192.0.2.1' }],
])('a request to remove a torrent that came through %s is refused', async (_what, headers) => {
  await share(1, 'a film')
  expect((await send('DELETE', '/torrents/1', headers)).status).toBe(403)
  expect((await get('/torrents/1.torrent')).status).toBe(200)
})

test('with an admin token a torrent is removed by who has it, and by nobody else', async () => {
  await restart({ adminToken: 'a-token-of-16-or-more' })
  await share(1, 'a film')
  for (const headers of [{}, { Authorization: 'Bearer another-token-of-16' }])
    expect((await send('DELETE', '/torrents/1', headers as Record<string, string>)).status).toBe(403)
  const authorised = { Host: 'tracker.example', Authorization: 'Bearer a-token-of-16-or-more' }
  expect((await send('DELETE', '/torrents/1', authorised)).status).toBe(200)
})

test('a watcher is told that it lives, that it is ready, and what it does', async () => {
  await share(1, 'a film')
  expect((await get('/health')).body.toString()).toBe('ok\n')
  expect((await get('/ready')).status).toBe(200)
  expect(await documentAt('/stats')).toMatchObject({ torrents: 1, listed: 1, peers: 1, isOverloaded: false })
  await get(`/announce?info_hash=${'x'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1`)
  const metrics = (await get('/metrics')).body.toString()
  expect(metrics).toContain('\nshoal_tracker_torrents 1\n')
  expect(metrics).toContain(
    'shoal_tracker_requests_total{dialect="http",kind="announce",result="refused"} 1\n',
  )
  for (const line of metrics.trim().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[^}]*\})? [-+0-9.e]+)$/)
})

test('the page is told what the tracker does, and is served where no other route is', async () => {
  await share(1, 'a film')
  const document = await documentAt('/api/tracker')
  expect(Check(TrackerPage, document)).toBe(true)
  expect(document).toMatchObject({ torrents: 1, listed: 1, peers: 1 })
  expect(document.requests).toContainEqual({ dialect: 'json', kind: 'request', result: 'answered', count: 1 })
  expect((await get('/')).body.toString()).toContain('npm run build')
  expect((await get('/api/status')).status).toBe(404)
})

test('before connections end the tracker says on /ready that it goes, and still answers', async () => {
  await restart({ drainTime: 500 })
  const stopping = tracker.stop()
  expect((await get('/ready')).status).toBe(503)
  expect((await get('/health')).status).toBe(200)
  await stopping
  await expect(get('/health')).rejects.toThrow('ECONNREFUSED')
  await start()
})

test('HEAD is answered without a body, and what is not there in words', async () => {
  expect(await send('HEAD', '/health')).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  expect((await send('DELETE', '/health')).status).toBe(405)
  expect(JSON.parse((await get('/nothing')).body.toString())).toMatchObject({ status: 404 })
})
