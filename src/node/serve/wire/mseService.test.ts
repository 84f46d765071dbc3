import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLOSING_TIME } from '../../../protocol/limits.js'
import { fromHex } from '../../../protocol/hex.js'
import { PLAINTEXT, RC4, type MseStream } from '../../../protocol/mse/handshake.js'
import { WireDecoder } from '../../../protocol/wire/decoder.js'
import { encodeMessage } from '../../../protocol/wire/encode.js'
import { messageLimit } from '../../../protocol/wire/frame.js'
import { encodeHandshake, HANDSHAKE } from '../../../protocol/wire/handshake.js'
import { silentLogger } from '../../../support/silentLogger.contract.js'
import { connectMse } from '../../../transport/mse/connectMse.contract.js'
import type { ShoalPeer, Transfer } from '../../api.js'
import { startPeer } from '../../node.js'

const data = randomBytes(100_000)
let folder: string
let peer: ShoalPeer
let transfer: Transfer
const sockets: Socket[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-mse-'))
  await writeFile(join(folder, 'film'), data)
  await writeFile(join(folder, 'other'), 'other')
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

const hash = (hex: string | undefined): Uint8Array => (fromHex(hex ?? '') ?? new Uint8Array()).subarray(0, 20)
const v1 = (): Uint8Array => hash(transfer.status.infoHashV1)
const v2 = (): Uint8Array => hash(transfer.status.infoHash)

const dial = async (): Promise<Socket> => {
  const socket = connect(peer.endpoint.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

interface Greeting {
  /** What the obfuscated handshake is about. */
  readonly infoHash: Uint8Array
  readonly methods: number
  /** What the handshake of the wire is about. */
  readonly wireHash?: Uint8Array
  readonly isAlong?: boolean
}

/** Connects; the handshake of the wire and what is asked go along with the obfuscated one, or after it. */
const open = async (socket: Socket, greeting: Greeting): Promise<MseStream | undefined> => {
  const { infoHash, methods, wireHash = infoHash, isAlong = true } = greeting
  const features = { extension: false, fast: true, v2: true, dht: false, tls: false }
  const wire = Buffer.concat([
    encodeHandshake({ features, infoHash: wireHash, peerId: randomBytes(20) }),
    encodeMessage({ kind: 'interested' }),
  ])
  const initial = isAlong ? wire : new Uint8Array()
  const stream = await new Promise<MseStream | undefined>((resolve) =>
    connectMse(socket, { infoHash, initial, methods }, resolve),
  )
  if (!isAlong) socket.write(stream?.encrypt?.(wire) ?? wire)
  return stream
}

/** Asks for the first block once that is allowed; what it was, or undefined when the connection is closed before. */
const firstBlock = (socket: Socket, stream: MseStream | undefined): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    const decoder = new WireDecoder(messageLimit())
    let skip = HANDSHAKE
    const ask = encodeMessage({ kind: 'request', piece: 0, begin: 0, length: 16384 })
    const read = (bytes: Uint8Array): void => {
      const rest = bytes.subarray(Math.min(skip, bytes.length))
      skip -= bytes.length - rest.length
      decoder.push(rest, (message) => {
        if (message.kind === 'unchoke') socket.write(stream?.encrypt?.(ask) ?? ask)
        if (message.kind === 'piece') resolve(Buffer.from(message.data))
      })
    }
    socket.on('close', () => resolve(undefined))
    socket.on('data', (bytes) => {
      stream?.decrypt?.(bytes)
      read(bytes)
    })
    if (stream !== undefined) read(stream.received)
  })

test.each([
  ['plain, the handshake along', PLAINTEXT | RC4, true],
  ['plain, the handshake after it', PLAINTEXT, false],
  ['in RC4, the handshake along', RC4, true],
  ['in RC4, the handshake after it', RC4, false],
])('a client that obfuscates gets true blocks by either info-hash: %s', async (_, methods, isAlong) => {
  for (const infoHash of [v1(), v2()]) {
    const socket = await dial()
    const stream = await open(socket, { infoHash, methods, isAlong })
    expect(stream?.encrypt === undefined).toBe(methods !== RC4)
    expect((await firstBlock(socket, stream))?.equals(data.subarray(0, 16384))).toBe(true)
  }
})

test('a torrent that is not shared, or no longer, is closed without an answer', async () => {
  expect(await open(await dial(), { infoHash: randomBytes(20), methods: RC4 })).toBeUndefined()
  const infoHash = v1()
  await transfer.stop()
  expect(await open(await dial(), { infoHash, methods: RC4 })).toBeUndefined()
})

test('the handshake of the wire must be about the torrent of the obfuscated one', async () => {
  const other = await peer.share(join(folder, 'other'))
  const socket = await dial()
  const wireHash = hash(other.status.infoHashV1)
  const stream = await open(socket, { infoHash: v1(), methods: RC4, wireHash })
  expect(await firstBlock(socket, stream)).toBeUndefined()
  const hybrid = await dial()
  const agreed = await open(hybrid, { infoHash: v1(), methods: RC4, wireHash: v2() })
  expect(await firstBlock(hybrid, agreed)).toBeDefined()
})

test('a peer stops also while handshakes are under way and obfuscated connections are open', async () => {
  const [waiting, served] = [await dial(), await dial()]
  waiting.write(Buffer.alloc(96, 3))
  await once(waiting, 'data')
  const stream = await open(served, { infoHash: v1(), methods: RC4 })
  expect(await firstBlock(served, stream)).toBeDefined()
  const closed = Promise.all([waiting, served].map((socket) => once(socket, 'close')))
  waiting.resume()
  const begun = performance.now()
  await peer.stop()
  await closed
  expect(performance.now() - begun).toBeLessThan(CLOSING_TIME)
})
