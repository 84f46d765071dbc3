import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectSecurely, createServer as createSecureServer, type TLSSocket } from 'node:tls'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openOwnKey, type OwnKey } from '../../src/support/tls/ownKey.js'
import type { NodeOptions, ShoalPeer, Transfer } from '../../src/node/api.js'
import { TestPeers } from '../../src/node/testPeers.contract.js'
import { peerIdOfKey, type Endpoint, type PeerId } from '../../src/protocol/ids.js'
import { Op, Ret } from '../../src/protocol/json/op.js'
import { encodeHandshake } from '../../src/protocol/wire/handshake.js'
import { wirePeerIdOf } from '../../src/protocol/wire/peerId.js'
import { createLogger } from '../../src/support/log.js'
import { requestOnce } from '../../src/transport/jsonConnection.js'
import { Recorder } from '../recorder.js'

const SIZE = 600_000
const NAME = 'a-film-with-a-long-name.mkv'

const logTo = (lines: string[]) => createLogger('warn', (_, line) => lines.push(line))

/** From now on the tracker lists `peerId` on another port of this machine. */
const list = async (tracker: Endpoint, peerId: PeerId, port: number, wires: readonly string[]) => {
  const sender = { IP_ADDRESS: '127.0.0.1', PORT: String(port), PEER_ID: peerId, WIRES: wires }
  const answer = await requestOnce(
    tracker,
    { OP_CODE: Op.START_SEED, TORRENT_ID: 1, ...sender },
    { timeout: 5000 },
  )
  expect(answer.RET_CODE).toBe(Ret.SUCCESS)
}

interface Sharing {
  readonly peers: TestPeers
  readonly tracker: Endpoint
  readonly seeder: ShoalPeer
  readonly path: string
}

const share = async (options: Partial<NodeOptions> = {}): Promise<Sharing> => {
  const peers = await TestPeers.open()
  const tracker = await peers.tracker()
  const seeder = await peers.peer('seeder', { trackers: [tracker], ...options })
  const path = await peers.write(NAME, SIZE)
  await (
    await seeder.share(path)
  ).complete
  return { peers, tracker, seeder, path }
}

const WIRES = ['json', 'bittorrent', 'tls']

/** What a line shows over which a whole file goes. */
const shownBy = async (options: Partial<NodeOptions>, wires: readonly string[]) => {
  const { peers, tracker, seeder, path } = await share(options)
  const recorder = await Recorder.before(seeder.endpoint)
  await list(tracker, seeder.peerId, recorder.endpoint.port, wires)
  const leecher = await peers.peer('leecher', { trackers: [tracker], ...options })
  await (
    await leecher.get('1', { seed: false })
  ).complete
  const content = await readFile(path)
  expect((await readFile(join(leecher.output, NAME))).equals(content)).toBe(true)
  expect(recorder.bytes).toBeGreaterThan(SIZE)
  return recorder.showed(content, NAME)
}

test.for([
  ['the BitTorrent wire', {}, WIRES],
  ['the JSON protocol', { isJsonOnly: true }, ['json', 'tls']],
  ['the wire, required', { encryption: 'required' }, WIRES],
] as const)('F2 who records a transfer by %s sees nothing of the file', async ([, options, wires]) => {
  expect(await shownBy(options, wires)).toEqual({ content: false, name: false })
})

test('the recorder sees what is not encrypted', async () => {
  const plain = { encryption: 'off' } as const
  expect(await shownBy(plain, ['json', 'bittorrent'])).toMatchObject({ content: true })
})

test('F2 a peer that nobody vouches for is spoken to inside TLS too, once it says that it can', async () => {
  const { peers, seeder, path } = await share()
  const recorder = await Recorder.before(seeder.endpoint)
  const { metainfo } = seeder.transfers[0] as Transfer
  const leecher = await peers.peer('leecher', { peers: [recorder.endpoint] })
  await (
    await leecher.get(metainfo as Uint8Array, { seed: false })
  ).complete
  expect(recorder.bytes).toBeGreaterThan(SIZE)
  expect(recorder.showed(await readFile(path), NAME)).toEqual({ content: false, name: false })
})

interface Middle {
  readonly port: number
  /** Whom it took in. */
  readonly taken: TLSSocket[]
}

/** Stands between with a key of its own, and passes on what it hears. */
const standBetween = async (target: Endpoint, own: OwnKey): Promise<Middle> => {
  const offer = { key: own.key, cert: own.cert, rejectUnauthorized: false }
  const taken: TLSSocket[] = []
  const server = createSecureServer({ ...offer, requestCert: true }, (caller) => {
    taken.push(caller)
    const onward = connectSecurely({ ...target, ...offer })
    const met = once(onward, 'secureConnect')
    for (const one of [caller, onward]) one.on('error', () => undefined)
    caller
      .on('data', (part: Buffer) => onward.write(part))
      .on('close', () => void met.then(() => onward.end()))
    onward.on('data', (part: Buffer) => caller.write(part)).on('close', () => caller.destroy())
    onTestFinished(() => void onward.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, taken }
}

test('F2 a man in the middle with a key of his own is refused, both sides say so in a line, and he is not asked again', async () => {
  const said = { leecher: [] as string[], seeder: [] as string[] }
  const { peers, tracker, seeder, path } = await share({ logger: logTo(said.seeder) })
  const own = await openOwnKey(join(peers.folder, 'middle.pem'))
  const shown = peerIdOfKey(own.fingerprint)
  const { port, taken } = await standBetween(seeder.endpoint, own)
  await list(tracker, seeder.peerId, port, WIRES)
  const other = await peers.peer('other', { trackers: [tracker], uploadLimit: SIZE / 4 })
  await (
    await other.share(path)
  ).complete
  const leecher = await peers.peer('leecher', { trackers: [tracker], logger: logTo(said.leecher) })
  await (
    await leecher.get('1', { seed: false })
  ).complete
  const refusal = `Peer 127.0.0.1:${port} is refused: its key is that of ${shown}, and ${seeder.peerId} is meant`
  expect(said.leecher.filter((line) => line.includes(shown))).toEqual([refusal])
  await vi.waitUntil(() => said.seeder.length > 0, { interval: 5, timeout: 5_000 })
  expect(said.seeder).toEqual([
    'Peer 127.0.0.1 is refused: TLS: it ended the connection before it said anything: it may not take this certificate',
  ])
  expect(taken).toHaveLength(1)
}, 30_000)

test('F2 who says that he is another than his key says is refused, by either dialect', async () => {
  const said: string[] = []
  const { peers, seeder } = await share({ logger: logTo(said) })
  const own = await openOwnKey(join(peers.folder, 'middle.pem'))
  const shown = peerIdOfKey(own.fingerprint)
  const posing = 'ab'.repeat(16) as PeerId
  const infoHash = Buffer.from(seeder.transfers[0]?.summary.infoHashV1 ?? '', 'hex')
  const features = { extension: true, fast: true, v2: true, dht: false, tls: true }
  const socket = connectSecurely({ ...seeder.endpoint, ...own, rejectUnauthorized: false })
  socket.write(encodeHandshake({ features, infoHash, peerId: wirePeerIdOf(posing) }))
  expect(await heardUntilClosed(socket)).toBe('')
  const secure = { identity: own, isExpected: () => true }
  const request = { OP_CODE: Op.GET_CHUNK, CHUNK_IDX: 0, PEER_ID: posing, PORT: '1' }
  const answer = await requestOnce(seeder.endpoint, request, { timeout: 5000, secure })
  expect(answer.RET_CODE).toBe(Ret.FORBIDDEN)
  expect(said).toEqual([
    `Peer 127.0.0.1 is refused: its key is that of ${shown}, and it says that it is another peer`,
    `Peer 127.0.0.1 is refused: its key is that of ${shown}, and it says that it is ${posing}`,
  ])
})

const heardUntilClosed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let heard = ''
    socket.on('error', () => undefined)
    socket.on('data', (part: Buffer) => (heard += part.toString('latin1')))
    socket.on('close', () => resolve(heard))
  })

test('F2 with TLS required plain peers are refused, whoever connects', async () => {
  const { peers, tracker, seeder } = await share({ encryption: 'required' })
  const infoHash = Buffer.from(seeder.transfers[0]?.summary.infoHashV1 ?? '', 'hex')
  const features = { extension: true, fast: true, v2: true, dht: false, tls: false }
  for (const first of [
    encodeHandshake({ features, infoHash, peerId: randomBytes(20) }),
    // As a handshake that obfuscates begins.
    Buffer.concat([Buffer.of(0xff), randomBytes(95)]),
  ]) {
    const socket = connect(seeder.endpoint)
    socket.write(first)
    expect(await heardUntilClosed(socket)).not.toContain('BitTorrent protocol ')
  }
  const request = { OP_CODE: Op.GET_CHUNK, CHUNK_IDX: 0 }
  const answer = await requestOnce(seeder.endpoint, request, { timeout: 5000 })
  expect(answer).toMatchObject({ RET_CODE: Ret.FORBIDDEN, ERROR: 'this peer speaks inside TLS alone' })
  const begun: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (part) => {
      begun.push(part)
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  await list(tracker, seeder.peerId, port, [])
  const leecher = await peers.peer('leecher', { trackers: [tracker], encryption: 'required' })
  const fetched = await leecher.get('1', { seed: false })
  void fetched.complete.catch(() => undefined)
  await vi.waitUntil(() => begun.length > 1, { interval: 5, timeout: 10_000 })
  for (const part of begun) expect([...part.subarray(0, 2)]).toEqual([0x16, 0x03])
})

test('who is listed with TLS is never asked without, also where the handshake fails', async () => {
  const { peers, tracker, seeder } = await share()
  const begun: number[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (part) => {
      begun.push(part[0] ?? 0)
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  await list(tracker, seeder.peerId, (server.address() as AddressInfo).port, WIRES)
  const leecher = await peers.peer('leecher', { trackers: [tracker] })
  const fetched = await leecher.get('1', { seed: false })
  void fetched.complete.catch(() => undefined)
  await vi.waitUntil(() => begun.length > 1, { interval: 5, timeout: 10_000 })
  expect(new Set(begun)).toEqual(new Set([0x16]))
})
