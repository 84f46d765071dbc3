import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parseTicket, type Ticket } from '../../protocol/ids.js'
import type { JsonObject } from '../../protocol/json/fields.js'
import { Op } from '../../protocol/json/op.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { JsonConnection } from '../../transport/jsonConnection.js'
import { joinRelay } from '../../transport/relay/joinRelay.js'
import { from, peerId } from '../simpleClient.contract.js'
import { startTracker, type Tracker, type TrackerOptions } from '../tracker.js'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const start = async (options: Partial<TrackerOptions> = {}): Promise<Tracker> => {
  const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, ...options })
  ends.push(() => tracker.stop())
  return tracker
}

/** A connection to the tracker from an address of this machine. */
const dial = async (tracker: Tracker, localAddress: string): Promise<JsonConnection> => {
  const connection = await JsonConnection.open(tracker.endpoint, { timeout: 10_000, localAddress })
  ends.push(() => connection.close())
  return connection
}

const ask = async (
  tracker: Tracker,
  localAddress: string,
  request: JsonObject,
): Promise<JsonObject & { readonly connection: JsonConnection }> => {
  const connection = await dial(tracker, localAddress)
  return { ...(await connection.request(request)), connection }
}

/** Somebody who listens, and counts what comes. */
const listen = async (
  host: string,
  port = 0,
): Promise<{ port: number; connections: number; bytes: number }> => {
  const seen = { port, connections: 0, bytes: 0 }
  const server = createServer((socket) => {
    seen.connections++
    socket.on('data', (data) => (seen.bytes += data.length))
    socket.on('error', () => undefined)
  })
  server.listen(port, host)
  await once(server, 'listening')
  ends.push(() => server.close())
  seen.port = (server.address() as AddressInfo).port
  return seen
}

/** Has peer `number` wait for calls, and returns what says the next of them. */
const awaitCalls = async (tracker: Tracker, number: number, host: string, extra: JsonObject = {}) => {
  const connection = await dial(tracker, host)
  const request = { OP_CODE: Op.AWAIT_CALLS, ...from(number), ...extra }
  expect(await connection.request(request)).toMatchObject({ RET_CODE: 200, CALLS: [], IP_ADDRESS: host })
  return async (): Promise<JsonObject[]> => (await connection.request(request)).CALLS as JsonObject[]
}

test('F5 a peer learns whether it is reached, by a call back that sends nothing', async () => {
  const tracker = await start()
  const peer = await listen('127.0.0.2')
  const check = { OP_CODE: Op.CHECK_REACHABILITY, ...from(1, peer.port) }
  const reached = await ask(tracker, '127.0.0.2', check)
  expect(reached).toMatchObject({ RET_CODE: 200, REACHABLE: true, IP_ADDRESS: '127.0.0.2' })
  expect(await ask(tracker, '127.0.0.3', check)).toMatchObject({ RET_CODE: 200, REACHABLE: false })
  expect(peer).toMatchObject({ connections: 1, bytes: 0 })
})

test('F5 the tracker cannot be made to connect or send to a third party', async () => {
  const tracker = await start({ trustDeclared: true })
  const third = await listen('127.0.0.9')
  const posing = { ...from(1, third.port), IP_ADDRESS: '127.0.0.9' }
  const next = await awaitCalls(tracker, 2, '127.0.0.3')
  const requests = [
    { OP_CODE: Op.CHECK_REACHABILITY, ...posing },
    { OP_CODE: Op.AWAIT_CALLS, ...posing, RELAY: true },
    { OP_CODE: Op.CALL_BACK, ...posing, TARGET: peerId(2), INFO_HASH: 'ab'.repeat(32) },
    { OP_CODE: Op.RELAY, ...posing, TARGET: peerId(2) },
  ]
  for (const request of requests) {
    const answer = await ask(tracker, '127.0.0.2', request)
    expect(JSON.stringify({ ...answer, connection: undefined })).not.toContain('127.0.0.9')
  }
  // Who is called is told of the address that asked, too.
  expect(await next()).toMatchObject([
    { KIND: 'CALL_BACK', IP_ADDRESS: '127.0.0.2', PORT: String(third.port) },
    { KIND: 'RELAY', PEER_ID: peerId(1) },
  ])
  expect(third).toMatchObject({ connections: 0, bytes: 0 })
})

test('F5 calls back are few for each address', async () => {
  const tracker = await start()
  const check = { OP_CODE: Op.CHECK_REACHABILITY, ...from(1) }
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(tracker, '127.0.0.2', check)))
  expect(answers.filter(({ RET_CODE }) => RET_CODE === 200)).toHaveLength(4)
  expect(answers.filter(({ RET_CODE }) => RET_CODE === 450)).toHaveLength(16)
  expect(await ask(tracker, '127.0.0.3', check)).toMatchObject({ RET_CODE: 200 })
})

test('F5 a punch tells both sides from which port the other came, at the same time', async () => {
  const tracker = await start()
  const next = await awaitCalls(tracker, 2, '127.0.0.3')
  const asker = await dial(tracker, '127.0.0.2')
  const asked = asker.request({ OP_CODE: Op.PUNCH, ...from(1), TARGET: peerId(2) })
  const [call] = await next()
  expect(call).toMatchObject({ KIND: 'PUNCH', PEER_ID: peerId(1) })
  const answer = { OP_CODE: Op.ANSWER_PUNCH, ...from(2), TICKET: call?.TICKET }
  // Another address cannot answer in its place.
  expect(await ask(tracker, '127.0.0.4', answer)).toMatchObject({ RET_CODE: 404 })
  const other = await dial(tracker, '127.0.0.3')
  expect(await other.request(answer)).toMatchObject({
    RET_CODE: 200,
    IP_ADDRESS: '127.0.0.2',
    PORT: String(asker.localPort),
  })
  expect(await asked).toMatchObject({ RET_CODE: 200, IP_ADDRESS: '127.0.0.3', PORT: String(other.localPort) })
  expect(await other.request(answer)).toMatchObject({ RET_CODE: 404 })
})

test('F5 who keeps no connection cannot be called, and nobody waits under its id at another address', async () => {
  const tracker = await start()
  for (const OP_CODE of [Op.PUNCH, Op.RELAY])
    expect(await ask(tracker, '127.0.0.2', { OP_CODE, ...from(1), TARGET: peerId(2) })).toMatchObject({
      RET_CODE: 404,
    })
  await awaitCalls(tracker, 2, '127.0.0.3')
  const posing = { OP_CODE: Op.AWAIT_CALLS, ...from(2) }
  expect(await ask(tracker, '127.0.0.4', posing)).toMatchObject({ RET_CODE: 403 })
  expect((await tracker.stats()).waiting).toBe(1)
})

/** The ticket of a relay between two peers, which the second is told of. */
const arrange = async (
  tracker: Tracker,
  [asker, host]: readonly [number, string],
  [target, next]: readonly [number, () => Promise<JsonObject[]>],
): Promise<Ticket | undefined> => {
  const answer = await ask(tracker, host, { OP_CODE: Op.RELAY, ...from(asker), TARGET: peerId(target) })
  answer.connection.close()
  if (answer.RET_CODE !== 200) return undefined
  const [call] = await next()
  expect(call?.TICKET).toBe(answer.TICKET)
  return parseTicket(String(answer.TICKET))
}

const join = async (tracker: Tracker, ticket: Ticket, localAddress: string): Promise<Socket> => {
  const socket = await joinRelay(tracker.endpoint, ticket, new AbortController().signal, localAddress)
  ends.push(() => socket.destroy())
  return socket
}

const received = async (socket: Socket, bytes: number): Promise<Buffer> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of socket as AsyncIterable<Buffer>) {
    parts.push(part)
    size += part.length
    if (size >= bytes) break
  }
  return Buffer.concat(parts)
}

test('F5 a relay carries what two peers say, and ends when one of them does', async () => {
  const tracker = await start()
  const next = await awaitCalls(tracker, 2, '127.0.0.3')
  const ticket = (await arrange(tracker, [1, '127.0.0.2'], [2, next])) ?? ('' as Ticket)
  const [one, other] = await Promise.all([
    join(tracker, ticket, '127.0.0.2'),
    join(tracker, ticket, '127.0.0.3'),
  ])
  expect((await tracker.stats()).relay.pairs).toBe(1)
  const data = Buffer.alloc(300_000, 'shoal ')
  one.write(data)
  const ended = once(one, 'close')
  one.resume()
  expect(data.equals(await received(other, data.length))).toBe(true)
  await ended
  await expect.poll(async () => (await tracker.stats()).relay.pairs).toBe(0)
  expect((await tracker.stats()).relay.bytes).toBe(data.length)
  await expect(join(tracker, ticket, '127.0.0.2')).rejects.toThrow('refuses')
})

test('F5 a reachable peer that offers to carry is chosen before the tracker', async () => {
  const tracker = await start()
  const carrier = await listen('127.0.0.5')
  const carries = await awaitCalls(tracker, 5, '127.0.0.5', { RELAY: true, PORT: String(carrier.port) })
  await ask(tracker, '127.0.0.5', { OP_CODE: Op.CHECK_REACHABILITY, ...from(5, carrier.port) })
  await awaitCalls(tracker, 2, '127.0.0.3')
  const answer = await ask(tracker, '127.0.0.2', { OP_CODE: Op.RELAY, ...from(1), TARGET: peerId(2) })
  expect(answer).toMatchObject({ RET_CODE: 200, IP_ADDRESS: '127.0.0.5', PORT: String(carrier.port) })
  expect(await carries()).toEqual([{ KIND: 'CARRY', TICKET: answer.TICKET }])
})

test('F5 a relay under 100 abusive clients keeps its limits, and serves honest ones', async () => {
  const rate = 2 * 1024 * 1024
  const tracker = await start({ maxRelayed: 10, relayRate: rate })
  const abuser = '127.0.0.66'
  const begun = performance.now()
  let worst = 0
  const watch = setInterval(
    () => void tracker.stats().then(({ relay }) => (worst = Math.max(worst, relay.pairs))),
    5,
  )
  ends.push(() => clearInterval(watch))
  const flood = Buffer.alloc(256 * 1024)
  const abuse = Array.from({ length: 50 }, async (_, index) => {
    const target = 1000 + index
    const next = await awaitCalls(tracker, target, abuser)
    const ticket = await arrange(tracker, [2000 + index, abuser], [target, next])
    if (ticket === undefined) return
    // Each is two clients; every third leaves the other side waiting, and others come with tickets of nobody.
    const guess = join(tracker, parseTicket(index.toString(16).padStart(32, 'f')) ?? ticket, abuser)
    await expect(guess).rejects.toThrow()
    const sides =
      index % 3 === 0 ? [join(tracker, ticket, abuser)] : [0, 1].map(() => join(tracker, ticket, abuser))
    for (const side of sides)
      side.then(
        (socket) => {
          socket.on('error', () => undefined)
          const pour = (): boolean => !socket.destroyed && socket.write(flood, pour)
          pour()
          socket.resume()
        },
        () => undefined,
      )
  })
  await Promise.all(abuse)
  const next = await awaitCalls(tracker, 2, '127.0.0.3')
  const ticket = (await arrange(tracker, [1, '127.0.0.2'], [2, next])) ?? ('' as Ticket)
  const [one, other] = await Promise.all([
    join(tracker, ticket, '127.0.0.2'),
    join(tracker, ticket, '127.0.0.3'),
  ])
  const data = Buffer.alloc(100_000, 'honest ')
  one.write(data)
  expect(data.equals(await received(other, data.length))).toBe(true)
  const { relay } = await tracker.stats()
  // Those of one address are 8 at most.
  expect(worst).toBeGreaterThanOrEqual(8)
  expect(worst).toBeLessThanOrEqual(9)
  const seconds = (performance.now() - begun) / 1000
  expect(relay.bytes).toBeLessThanOrEqual(rate * (seconds + 1))
})
