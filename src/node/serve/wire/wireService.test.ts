import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fromHex } from '../../../protocol/hex.js'
import { WireDecoder } from '../../../protocol/wire/decoder.js'
import { encodeMessage } from '../../../protocol/wire/encode.js'
import { messageLimit } from '../../../protocol/wire/frame.js'
import { encodeHandshake, HANDSHAKE } from '../../../protocol/wire/handshake.js'
import type { KnownMessage, WireMessage } from '../../../protocol/wire/message.js'
import { silentLogger } from '../../../support/silentLogger.contract.js'
import type { ShoalPeer, Transfer } from '../../api.js'
import { startPeer } from '../../node.js'

const data = randomBytes(100_000)
let folder: string
let peer: ShoalPeer
let transfer: Transfer
const sockets: Socket[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-wire-'))
  await writeFile(join(folder, 'film'), data)
  peer = await startPeer({
    host: '127.0.0.1',
    port: 0,
    anyPortIfTaken: false,
    trackers: [],
    peers: [],
    output: folder,
    state: join(folder, 'state'),
    seedLimit: undefined,
    downloadLimit: undefined,
    uploadLimit: undefined,
    allowUnverified: false,
    logger: silentLogger,
  })
  transfer = await peer.share(join(folder, 'film'))
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await peer.stop()
  await rm(folder, { recursive: true })
})

const dial = async (infoHash: Uint8Array, fast = true): Promise<Socket> => {
  const socket = connect(peer.endpoint.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  const features = { extension: true, fast, v2: true, dht: false, tls: false }
  socket.write(encodeHandshake({ features, infoHash, peerId: randomBytes(20) }))
  return socket
}
const v1 = (): Uint8Array => fromHex(transfer.status.infoHashV1 ?? '') ?? new Uint8Array()
const v2 = (): Uint8Array => (fromHex(transfer.status.infoHash ?? '') ?? new Uint8Array()).subarray(0, 20)

/** Sends and collects what is answered until `isEnough`. */
const converse = async (
  socket: Socket,
  messages: readonly KnownMessage[],
  isEnough: (heard: readonly WireMessage[]) => boolean,
): Promise<readonly WireMessage[]> => {
  const heard: WireMessage[] = []
  const decoder = new WireDecoder(messageLimit())
  let skip = HANDSHAKE
  for (const message of messages) socket.write(encodeMessage(message))
  return new Promise((resolve) => {
    socket.on('close', () => resolve(heard))
    socket.on('data', (bytes) => {
      const rest = bytes.subarray(Math.min(skip, bytes.length))
      skip -= bytes.length - rest.length
      decoder.push(rest, (message) => {
        heard.push(message.kind === 'piece' ? { ...message, data: new Uint8Array(message.data) } : message)
      })
      if (isEnough(heard)) resolve(heard)
    })
  })
}
const kinds = (heard: readonly WireMessage[]): string[] => heard.map(({ kind }) => kind)
const request = { kind: 'request', piece: 0, begin: 0, length: 16384 } as const

test('by either info-hash a client learns what there is, is unchoked when interested, and gets true blocks', async () => {
  for (const hash of [v1(), v2()]) {
    const socket = await dial(hash)
    const asked = [{ kind: 'interested' }, request] as const
    const heard = await converse(socket, asked, (all) => kinds(all).includes('piece'))
    expect(kinds(heard)).toEqual(['extended', 'haveAll', 'unchoke', 'piece'])
    const piece = heard.at(-1)
    expect(piece?.kind === 'piece' && Buffer.from(piece.data).equals(data.subarray(0, 16384))).toBe(true)
  }
})

test('what cannot be given is rejected: while choked, beyond the piece, of no such piece, no such hashes', async () => {
  const socket = await dial(v1())
  const bad = [
    request,
    { ...request, piece: 99 },
    { ...request, begin: 2 ** 30 },
    { ...request, length: 0 },
  ] as const
  const piecesRoot = randomBytes(32)
  const hashes = {
    kind: 'hashRequest',
    piecesRoot,
    baseLayer: 0,
    index: 0,
    length: 2,
    proofLayers: 0,
  } as const
  const heard = await converse(socket, [...bad, hashes], (all) => all.length >= 7)
  expect(kinds(heard).slice(2)).toEqual(['reject', 'reject', 'reject', 'reject', 'hashReject'])
})

test('an info-hash that nobody shares, and what is no handshake, is closed without an answer', async () => {
  for (const bytes of [randomBytes(20), new Uint8Array(20)]) {
    const socket = await dial(bytes)
    expect(await converse(socket, [], () => false)).toEqual([])
  }
})

test('whatever comes after a handshake, the peer stands and serves the next one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      const socket = await dial(v1())
      socket.end(bytes)
      socket.resume()
      await once(socket, 'close')
    }),
    { numRuns: 60 },
  )
  const heard = await converse(await dial(v1()), [{ kind: 'interested' }], (all) =>
    kinds(all).includes('unchoke'),
  )
  expect(kinds(heard)).toContain('unchoke')
})

test('a client that asks without reading is left, and costs what one connection may cost', async () => {
  const socket = await dial(v1())
  socket.pause()
  const flood = Buffer.concat(Array.from({ length: 20_000 }, () => encodeMessage(request)))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const before = process.memoryUsage().rss
  const pump = (): void => {
    while (!socket.destroyed && socket.write(flood));
  }
  socket.on('drain', pump)
  pump()
  await closed
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
})

test('while it is the only seeder it tells each client of other pieces, and of all once each was sent', async () => {
  await writeFile(join(folder, 'long'), randomBytes(64 * 16384))
  transfer = await peer.share(join(folder, 'long'))
  const clients = [await Hearer.dial(), await Hearer.dial()]
  await Promise.all(clients.map((client) => client.until(() => client.told.length > 0)))
  for (const client of clients) client.ask()
  await Promise.all(clients.map((client) => client.until(() => client.told.length === 64)))
  const [one = [], other = []] = clients.map(({ asked }) => asked.slice(0, 16))
  expect(one.filter((piece) => other.includes(piece))).toEqual([])
  const heard = await converse(await dial(v1()), [], (all) => kinds(all).includes('haveAll'))
  expect(kinds(heard)).toContain('haveAll')
})

test('what ends its being the only seeder may be in the midst of what leaves at once: the rest is given too', async () => {
  await writeFile(join(folder, 'long'), randomBytes(64 * 16384))
  transfer = await peer.share(join(folder, 'long'))
  const socket = await dial(v1())
  await converse(socket, [{ kind: 'interested' }], (all) => kinds(all).includes('unchoke'))
  const pieces = Array.from({ length: 64 }, (_, piece) => piece)
  const had = pieces.slice(32).map((piece) => ({ kind: 'have', piece }) as const)
  const asked = [...pieces.slice(0, 32), 40, 41, 42].map((piece) => ({ ...request, piece }))
  const decoder = new WireDecoder(messageLimit())
  let given = 0
  const until = (count: number): Promise<void> =>
    new Promise((resolve) =>
      socket.on('data', () => {
        if (given === count) resolve()
      }),
    )
  socket.on('data', (bytes) =>
    decoder.push(bytes, ({ kind }) => {
      if (kind === 'piece') given++
    }),
  )
  socket.write(Buffer.concat([...had, ...asked].map(encodeMessage)))
  await until(asked.length)
  socket.write(encodeMessage(request))
  await until(asked.length + 1)
})

/** A client that asks for each piece as soon as it is told of it. */
class Hearer {
  readonly told: number[] = []
  readonly asked: number[] = []
  readonly #socket: Socket
  #isAsking = false
  #wake: () => void = () => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    const decoder = new WireDecoder(messageLimit())
    let skip = HANDSHAKE
    socket.on('data', (bytes) => {
      const rest = bytes.subarray(Math.min(skip, bytes.length))
      skip -= bytes.length - rest.length
      decoder.push(rest, (message) => this.#hear(message))
      this.#wake()
    })
  }

  static async dial(): Promise<Hearer> {
    const socket = await dial(v1())
    socket.write(encodeMessage({ kind: 'interested' }))
    return new Hearer(socket)
  }

  ask(): void {
    this.#isAsking = true
    for (const piece of this.told) this.#askFor(piece)
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  #hear(message: WireMessage): void {
    if (message.kind !== 'have') return
    this.told.push(message.piece)
    if (this.#isAsking) this.#askFor(message.piece)
  }

  #askFor(piece: number): void {
    this.asked.push(piece)
    this.#socket.write(encodeMessage({ ...request, piece }))
  }
}
