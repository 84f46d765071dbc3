import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:https'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { peerIdOfKey, type Endpoint } from '../protocol/ids.js'
import type { JsonObject } from '../protocol/json/fields.js'
import { Op } from '../protocol/json/op.js'
import { silentLogger } from '../support/silentLogger.contract.js'
import { openOwnKey, type OwnKey } from '../support/tls/ownKey.js'
import { makeWebCertificate, type CertifiedKey } from '../support/tls/selfSigned.js'
import { JsonConnection } from '../transport/jsonConnection.js'
import { ask, from } from './simpleClient.contract.js'
import { startTracker, type Tracker } from './tracker.js'

let folder: string
let own: OwnKey
let other: OwnKey
let server: CertifiedKey
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-tracker-tls-'))
  own = await openOwnKey(join(folder, 'own.pem'))
  other = await openOwnKey(join(folder, 'other.pem'))
  server = await makeWebCertificate(['localhost', '127.0.0.1'], Date.now())
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const start = async (identity: CertifiedKey = server): Promise<Tracker & { lines: string[] }> => {
  const lines: string[] = []
  const note = (line: string | (() => string)): void =>
    void lines.push(typeof line === 'string' ? line : line())
  const logger = { ...silentLogger, info: note }
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, identity, logger })
  ends.push(() => tracker.stop())
  return { ...tracker, lines }
}

interface As {
  readonly identity?: CertifiedKey
  readonly pin?: string | undefined
  readonly endpoint?: Endpoint
  readonly localAddress?: string
}

const dial = async (tracker: Tracker, { identity = own, endpoint = tracker.endpoint, ...as }: As = {}) => {
  const pin = 'pin' in as ? as.pin : tracker.fingerprint
  const secure = { identity, name: '127.0.0.1', pin }
  const { localAddress } = as
  const options = { timeout: 10_000, secure, ...(localAddress !== undefined && { localAddress }) }
  const connection = await JsonConnection.open(endpoint, options)
  ends.push(() => connection.close())
  return connection
}

const idOf = ({ fingerprint }: OwnKey): string => peerIdOfKey(fingerprint)
const as = (key: OwnKey) => ({ IP_ADDRESS: '0.0.0.0', PORT: '8001', PEER_ID: idOf(key) })
const upload = (key: OwnKey): JsonObject => ({
  OP_CODE: Op.UPLOAD_FILE,
  ...as(key),
  FILE_NAME: 'kept secret.mkv',
  NUM_OF_CHUNKS: 3,
  INFO_HASH: 'ab'.repeat(32),
})
const said = (answer: JsonObject) => [answer.RET_CODE, answer.ERROR]

test('F2 over TLS a sender is who its key says, and from then on nobody is that without the key', async () => {
  const tracker = await start()
  const line = await dial(tracker)
  expect(await line.request(upload(own))).toMatchObject({ RET_CODE: 200, TORRENT_ID: 1 })
  const [, why] = said(await line.request(upload(other)))
  expect(why).toContain('not that of the key')
  const plain = (request: JsonObject) => ask(tracker.endpoint, request)
  for (const op of ['START_SEED', 'STOP_SEED', 'AWAIT_CALLS', 'CHECK_REACHABILITY'] as const) {
    const answer = await plain({ OP_CODE: Op[op], ...as(own), TORRENT_ID: 1 })
    expect(answer).toMatchObject({ OP_CODE: Op[op], RET_CODE: 401 })
    expect(answer.ERROR).toContain('tls://')
  }
  expect(await plain(upload(own))).toMatchObject({ RET_CODE: 401 })
  expect(await plain({ OP_CODE: Op.PUNCH, ...as(own), TARGET: idOf(other) })).toMatchObject({ RET_CODE: 401 })
  const posing = { OP_CODE: Op.GET_TORRENT, ...as(own), PORT: '666', TORRENT_ID: 1 }
  expect(await plain(posing)).toMatchObject({ RET_CODE: 200 })
  const stranger = await dial(tracker, { identity: other })
  expect(await stranger.request({ OP_CODE: Op.STOP_SEED, ...as(own), TORRENT_ID: 1 })).toMatchObject({
    RET_CODE: 403,
  })
  // Who was never proven is served as ever, and sees the seeder where its holder said.
  expect(await plain({ OP_CODE: Op.GET_LIST, ...from(5) })).toMatchObject({
    TORRENT_LIST: [
      { SEEDER_LIST: { [idOf(own)]: { IP_ADDRESS: '127.0.0.1', PORT: '8001' } }, LEECHER_LIST: {} },
    ],
  })
  expect(await plain({ OP_CODE: Op.START_SEED, ...from(5), TORRENT_ID: 1 })).toMatchObject({ RET_CODE: 200 })
})

test('F2 who stood and waited under an id before its holder came gives way, from another address too', async () => {
  const tracker = await start()
  const posing = await JsonConnection.open(tracker.endpoint, { timeout: 10_000, localAddress: '127.0.0.6' })
  ends.push(() => posing.close())
  await posing.request(upload(own))
  const await_ = { OP_CODE: Op.AWAIT_CALLS, ...as(own) }
  expect(await posing.request(await_)).toMatchObject({ RET_CODE: 200, CALLS: [] })
  const held = posing.request(await_)
  const line = await dial(tracker)
  expect(await line.request({ OP_CODE: Op.START_SEED, ...as(own), TORRENT_ID: 1 })).toMatchObject({
    RET_CODE: 200,
  })
  expect(await held).toMatchObject({ CALLS: [] })
  expect(await posing.request(await_)).toMatchObject({ RET_CODE: 401 })
  expect(await line.request(await_)).toMatchObject({ RET_CODE: 200 })
  const { TORRENT_LIST } = await ask(tracker.endpoint, { OP_CODE: Op.GET_LIST, ...from(5) })
  expect(TORRENT_LIST).toMatchObject([{ SEEDER_LIST: { [idOf(own)]: { IP_ADDRESS: '127.0.0.1' } } }])
})

test('F2 another certificate than is meant is refused, and both sides say so in one line', async () => {
  const tracker = await start()
  const pin = 'ab'.repeat(32)
  await expect(dial(tracker, { pin })).rejects.toMatchObject({
    kind: 'stranger',
    message: `it shows another certificate: its fingerprint is ${tracker.fingerprint}, not ${pin}`,
  })
  await expect(dial(tracker, { pin: undefined })).rejects.toThrow(
    /no public authority says that it is 127.0.0.1/,
  )
  await expect.poll(() => tracker.lines).toHaveLength(2)
  for (const line of tracker.lines) expect(line).toMatch(/^refused a connection from 127.0.0.1: TLS: /)
})

/** Passes everything on, and keeps it. */
const recorder = async ({ host, port }: Endpoint): Promise<{ endpoint: Endpoint; taken: () => Buffer }> => {
  const parts: Buffer[] = []
  const proxy = createServer((inner) => {
    const outer = connect({ host, port })
    const pass = (one: Socket, two: Socket): void => {
      one.on('data', (part: Buffer) => {
        parts.push(part)
        two.write(part)
      })
      one.on('close', () => two.destroy())
      one.on('error', () => two.destroy())
    }
    pass(inner, outer)
    pass(outer, inner)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  ends.push(() => proxy.close())
  const endpoint = { host: '127.0.0.1', port: (proxy.address() as AddressInfo).port }
  return { endpoint, taken: () => Buffer.concat(parts) }
}

test('F2 a recording of a session holds neither names nor hashes', async () => {
  const tracker = await start()
  const { endpoint, taken } = await recorder(tracker.endpoint)
  const line = await dial(tracker, { endpoint })
  const answers = [
    await line.request(upload(own)),
    await line.request({ OP_CODE: Op.GET_LIST, ...as(own) }),
    await line.request({ OP_CODE: Op.GET_TORRENT, ...as(own), TORRENT_ID: 1, WITH_METAINFO: true }),
  ]
  const text = JSON.stringify([upload(own), ...answers])
  expect(text).toContain('kept secret.mkv')
  const recorded = taken()
  expect(recorded.length).toBeGreaterThan(500)
  expect(recorded.includes('kept secret')).toBe(false)
  expect(recorded.includes(idOf(own))).toBe(false)
  for (let at = 0; at + 32 <= text.length; at++)
    expect(recorded.includes(text.slice(at, at + 32)), text.slice(at, at + 32)).toBe(false)
})

test('the web page and announces are there over HTTPS too', async () => {
  const tracker = await start()
  const { host, port } = tracker.endpoint
  const fetched = (path: string): Promise<[number | undefined, string]> =>
    new Promise((resolve, reject) => {
      const sent = get({ host, port, path, ca: server.cert, agent: false }, (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (part: string) => (body += part))
        answer.on('end', () => resolve([answer.statusCode, body]))
      })
      sent.on('error', reject)
    })
  expect((await fetched('/health'))[0]).toBe(200)
  const [status, body] = await fetched(
    `/announce?info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=1&left=0`,
  )
  expect(status).toBe(200)
  expect(body).toContain('failure reason')
})
