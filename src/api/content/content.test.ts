import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ShoalPeer, Transfer } from '../../node/api.js'
import type { Endpoint } from '../../protocol/ids.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { startTracker } from '../../tracker/tracker.js'
import { open, startRealPeer, temporaryFolder } from '../testApi.contract.js'

const FILES: Readonly<Record<string, Buffer>> = {
  'evil.html': Buffer.from('<script>fetch("/api/status")</script>'),
  'film.mp4': randomBytes(300_000),
  'Grüße.txt': Buffer.from('Grüße'),
  empty: Buffer.alloc(0),
}
const NAMES = Object.keys(FILES).sort()
const indexOf = (name: string): number => NAMES.indexOf(name)

let folder: string
let endpoint: Endpoint
let transfer: Transfer

const get = async (
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', body, at = endpoint }: { method?: string; body?: Buffer; at?: Endpoint } = {},
) => {
  const sent = request({ ...at, method, path, headers, agent: false }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }
}

const path = (name: string, more = ''): string =>
  `/api/torrents/t${transfer.key}/files/${indexOf(name)}/content${more}`

const api = async (peer: ShoalPeer): Promise<Endpoint> => (await open({ peer })).endpoint

/** Where the files of every test stand, and who shares them. */
const sharing = async (): Promise<void> => {
  folder = await temporaryFolder()
  await mkdir(join(folder, 'stuff'))
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(folder, 'stuff', name), content)
  const peer = await startRealPeer(folder)
  transfer = await peer.share(join(folder, 'stuff'))
  endpoint = await api(peer)
}

test('a file, a part of it, its end and nothing of it are answered as RFC 9110 says', async () => {
  await sharing()
  const film = FILES['film.mp4'] ?? Buffer.alloc(0)
  const whole = await get(path('film.mp4'))
  expect(whole).toMatchObject({
    status: 200,
    headers: { 'content-type': 'video/mp4', 'content-length': '300000', 'accept-ranges': 'bytes' },
  })
  expect(whole.body.equals(film)).toBe(true)
  const part = await get(path('film.mp4'), { range: 'bytes=100000-100099' })
  expect(part).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 100000-100099/300000' } })
  expect(part.body.equals(film.subarray(100_000, 100_100))).toBe(true)
  const end = await get(path('film.mp4'), { range: 'bytes=-7' })
  expect(end.body.equals(film.subarray(-7))).toBe(true)
  expect(await get(path('film.mp4'), { range: 'bytes=300000-' })).toMatchObject({
    status: 416,
    headers: { 'content-range': 'bytes */300000' },
    body: Buffer.alloc(0),
  })
  const { etag = '' } = whole.headers
  expect((await get(path('film.mp4'), { range: 'bytes=0-0', 'if-range': etag })).status).toBe(206)
  expect((await get(path('film.mp4'), { range: 'bytes=0-0', 'if-range': '"other"' })).status).toBe(200)
  expect(await get(path('film.mp4'), {}, { method: 'HEAD' })).toMatchObject({
    status: 200,
    headers: { 'content-length': '300000' },
    body: Buffer.alloc(0),
  })
  expect(await get(path('empty'))).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  expect((await get(`/api/torrents/t${transfer.key}/files/9/content`)).status).toBe(404)
})

test('a page that others share is of no origin and may run nothing', async () => {
  await sharing()
  const { headers } = await get(path('evil.html'))
  expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/)
  expect(headers['content-security-policy']).not.toMatch(/allow-|script-src/)
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  const saved = await get(path('Grüße.txt', '?download=true'))
  expect(saved.headers['content-disposition']).toContain(
    'attachment; filename="Gr__e.txt"; filename*=UTF-8\'\'Gr',
  )
})

test('a folder comes as a zip archive with every file, of the length that was said', async () => {
  await sharing()
  const { status, headers, body } = await get(`/api/torrents/t${transfer.key}/zip`)
  expect([status, headers['content-type']]).toEqual([200, 'application/zip'])
  expect(headers['content-length']).toBe(String(body.length))
  for (const [name, content] of Object.entries(FILES)) {
    expect(body.includes(`stuff/${name}`)).toBe(true)
    expect(body.includes(content)).toBe(true)
  }
  const { body: metainfo, headers: more } = await get(`/api/torrents/t${transfer.key}/metainfo`)
  expect(metainfo.equals(Buffer.from(transfer.metainfo ?? []))).toBe(true)
  expect(more['content-disposition']).toContain('stuff.torrent')
})

test('the end of a file is played while it downloads, long before the rest is there', async () => {
  const place = await temporaryFolder()
  const film = randomBytes(6_000_000)
  await writeFile(join(place, 'film.mp4'), film)
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger })
  onTestFinished(() => tracker.stop())
  const seeder = await startRealPeer(place, { trackers: [tracker.endpoint] })
  await (
    await seeder.share(join(place, 'film.mp4'))
  ).complete
  const leecher = await startRealPeer(place, { trackers: [tracker.endpoint], downloadLimit: 1_000_000 })
  const fetched = await leecher.get('1', { seed: true })
  fetched.complete.catch(() => undefined)
  const at = await api(leecher)
  const headers = { range: 'bytes=5000000-5099999' }
  const { status, body } = await get(`/api/torrents/1/files/0/content`, headers, { at })
  expect(status).toBe(206)
  expect(body.equals(film.subarray(5_000_000, 5_100_000))).toBe(true)
  expect(fetched.summary.done).toBeLessThan(4_000_000)
})

const BYTES = { 'content-type': 'application/octet-stream' }

const upload = async (query: string): Promise<string> => {
  const { status, body } = await get(`/api/uploads?${query}`, {}, { method: 'POST' })
  expect(status).toBe(201)
  return `/api/uploads/${(JSON.parse(body.toString()) as { id: string }).id}`
}

test('a folder that a browser sends is shared from the folder for downloads', async () => {
  await sharing()
  const place = await upload('name=photos&isFolder=true')
  for (const name of ['a/b.jpg', 'c.jpg', 'empty'])
    expect(
      await get(`${place}/content?path=${encodeURIComponent(name)}`, BYTES, {
        method: 'PUT',
        body: name === 'empty' ? Buffer.alloc(0) : Buffer.from(name),
      }),
    ).toMatchObject({ status: 200 })
  const { status, body } = await get(`${place}/share`, {}, { method: 'POST' })
  expect(status).toBe(201)
  const { key } = JSON.parse(body.toString()) as { key: string }
  await expect
    .poll(async () => JSON.parse((await get(`/api/torrents/${key}`)).body.toString()) as unknown, {
      timeout: 10_000,
    })
    .toMatchObject({ state: 'seeding', name: 'photos', files: 3 })
  expect(await readFile(join(folder, 'out', 'photos', 'a', 'b.jpg'), 'utf8')).toBe('a/b.jpg')
  expect((await get(`${place}/share`, {}, { method: 'POST' })).status).toBe(404)
})

test.each(['../evil', '/etc/passwd', 'a/../../evil', 'a\\b', '..', 'a//b', 'con', 'a\0b'])(
  'what is sent as %j is written nowhere',
  async (name) => {
    await sharing()
    const place = await upload('name=photos&isFolder=true')
    const answer = await get(`${place}/content?path=${encodeURIComponent(name)}`, BYTES, {
      method: 'PUT',
      body: Buffer.from('x'),
    })
    expect(answer.status).toBe(400)
    expect((await get(place, {}, { method: 'DELETE' })).status).toBe(200)
    expect(await readdir(join(folder, 'out'))).toEqual([])
  },
)

test('an upload that is cut off leaves no file, and can be sent again', async () => {
  await sharing()
  const place = await upload('name=film.mp4')
  const sent = request({
    ...endpoint,
    method: 'PUT',
    path: `${place}/content`,
    headers: { ...BYTES, 'content-length': 1000 },
  })
  sent.on('error', () => undefined).write('half')
  await once(sent, 'socket')
  await expect.poll(async () => (await readdir(join(folder, 'out'), { recursive: true })).length).toBe(2)
  sent.destroy()
  const again = () => get(`${place}/content`, BYTES, { method: 'PUT', body: Buffer.from('whole') })
  await expect.poll(async () => (await again()).status, { timeout: 5_000 }).toBe(200)
  expect((await get(`${place}/share`, {}, { method: 'POST' })).status).toBe(201)
  await expect.poll(() => readFile(join(folder, 'out', 'film.mp4'), 'utf8').catch(() => '')).toBe('whole')
})
