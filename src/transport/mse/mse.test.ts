import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { equalBytes } from '../../protocol/bytes.js'
import { PLAINTEXT, RC4, type MseStream } from '../../protocol/mse/handshake.js'
import { obfuscatedHash } from '../../protocol/mse/keys.js'
import { acceptMse } from './acceptMse.js'
import { connectMse, type ConnectOptions } from './connectMse.contract.js'

const infoHash = randomBytes(20)
const obfuscated = obfuscatedHash((data) => createHash('sha1').update(data).digest(), infoHash)
const infoHashOf = (asked: Uint8Array): Uint8Array | undefined =>
  equalBytes(asked, obfuscated) ? infoHash : undefined

let server: Server
const sockets: Socket[] = []
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true })
  server.on('connection', (socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

/** Both ends of a new connection. */
const pair = async (): Promise<readonly [Socket, Socket]> => {
  const accepted = once(server, 'connection')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  const [other] = (await accepted) as [Socket]
  return [socket, other]
}
const accept = (socket: Socket, time?: number): Promise<MseStream | undefined> =>
  new Promise((resolve) => acceptMse(socket, { infoHashOf, ...(time !== undefined && { time }) }, resolve))
const begin = (socket: Socket, options: Partial<ConnectOptions> = {}): Promise<MseStream | undefined> =>
  new Promise((resolve) => connectMse(socket, { infoHash, initial: Buffer.from('IA'), ...options }, resolve))

const receive = async (socket: Socket, stream: MseStream | undefined, length: number): Promise<string> => {
  const parts: Uint8Array[] = [stream?.received ?? Buffer.alloc(0)]
  const count = (): number => Buffer.concat(parts).length
  while (count() < length) {
    const [part] = (await once(socket, 'data')) as [Buffer]
    stream?.decrypt?.(part)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('latin1')
}

test.each([
  [PLAINTEXT, false],
  [RC4, true],
  [PLAINTEXT | RC4, false],
])(
  'two sockets agree when %d is offered, and what follows arrives as it was sent',
  async (methods, isHidden) => {
    const [socket, other] = await pair()
    const [ours, theirs] = await Promise.all([begin(socket, { methods }), accept(other)])
    expect([ours?.encrypt !== undefined, theirs?.encrypt !== undefined]).toEqual([isHidden, isHidden])
    expect(theirs && equalBytes(theirs.infoHash, infoHash)).toBe(true)
    const text = 'x'.repeat(50_000)
    const bytes = Buffer.from(text)
    socket.write(ours?.encrypt?.(bytes) ?? bytes)
    other.write(theirs?.encrypt?.(bytes) ?? bytes)
    expect(await receive(socket, ours, text.length)).toBe(text)
    expect(await receive(other, theirs, text.length + 2)).toBe(`IA${text}`)
  },
)

test('a torrent that is not served, and a side that ends or resets, destroy the connection', async () => {
  const [socket, other] = await pair()
  const both = [begin(socket, { infoHash: randomBytes(20) }), accept(other)]
  expect(await Promise.all(both)).toEqual([undefined, undefined])
  expect([socket.destroyed, other.destroyed]).toEqual([true, true])
  for (const leave of [(one: Socket) => one.end(), (one: Socket) => one.resetAndDestroy()]) {
    const [leaving, left] = await pair()
    const end = accept(left)
    leaving.write(randomBytes(96))
    leave(leaving)
    expect(await end).toBeUndefined()
    expect(left.destroyed).toBe(true)
  }
})

test('who says nothing, or not enough, is left when the time is over', async () => {
  const [socket, other] = await pair()
  other.write(randomBytes(300))
  expect(await begin(socket, { time: 20 })).toBeUndefined()
  expect(socket.destroyed).toBe(true)
  const [silent, waiting] = await pair()
  expect(await accept(waiting, 20)).toBeUndefined()
  expect([waiting.destroyed, silent.destroyed]).toEqual([true, false])
})

test('garbage is left before it ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 628, maxLength: 2000 }), async (garbage) => {
      const [socket, other] = await pair()
      const end = accept(other)
      socket.write(garbage)
      socket.resume()
      expect(await end).toBeUndefined()
      socket.destroy()
    }),
    { numRuns: 30 },
  )
})
