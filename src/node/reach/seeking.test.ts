import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parsePeerId, type Endpoint } from '../../protocol/ids.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { detourOf, noteDetour } from '../../transport/route.js'
import { Betterment } from './betterment.js'
import { NotThere, type Introducer } from './rendezvous.js'
import { Seeking, type SeekOptions } from './seeking.js'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const target = parsePeerId('ab'.repeat(16))
if (target === undefined) throw new Error('no peer id')

const listen = async (): Promise<Endpoint> => {
  const server = createServer((socket) => void socket.on('error', () => undefined).resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

const connectionTo = async (endpoint: Endpoint): Promise<Socket> => {
  const socket = connect({ ...endpoint })
  await once(socket, 'connect')
  ends.push(() => socket.destroy())
  return socket
}

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')))
  })

/** A tracker by which nothing works but what is given. */
const introducer = (given: Partial<Introducer>): Introducer => ({
  callBack: () => Promise.reject(new Error('no')),
  punch: () => Promise.reject(new Error('no')),
  relay: () => Promise.reject(new Error('no')),
  ...given,
})

interface Sought {
  readonly seeking: Seeking
  readonly outcome: Promise<Socket | 'none'>
}

const seek = (
  rendezvous: readonly Introducer[],
  begin: (options: SeekOptions) => Seeking = (options) => new Seeking(options),
): Sought => {
  let settle: (outcome: Socket | 'none') => void = () => undefined
  const outcome = new Promise<Socket | 'none'>((resolve) => (settle = resolve))
  const seeking = begin({
    target,
    infoHash: undefined,
    rendezvous,
    isReachable: () => false,
    logger: silentLogger,
    now: () => performance.now(),
    events: { found: settle, exhausted: () => settle('none') },
  })
  ends.push(() => seeking.end())
  return { seeking, outcome }
}

test('F5 where a punch comes to nothing a relay is used at once', async () => {
  const socket = await connectionTo(await listen())
  const { seeking, outcome } = seek([introducer({ relay: () => Promise.resolve(socket) })])
  seeking.failDirect()
  expect(await outcome).toBe(socket)
  expect(seeking.isOn).toBe(false)
})

test('F5 the punch goes on beside the relay, and what comes second is dropped', async () => {
  const [first, second] = await Promise.all([listen().then(connectionTo), listen().then(connectionTo)])
  let bring: (socket: Socket) => void = () => undefined
  const late = new Promise<Socket>((resolve) => (bring = resolve))
  const { seeking, outcome } = seek([introducer({ punch: () => late, relay: () => Promise.resolve(first) })])
  seeking.failDirect()
  expect(await outcome).toBe(first)
  bring(second)
  await once(second, 'close')
})

test('F5 the tracker that knows the peer is asked, whichever it is', async () => {
  const socket = await connectionTo(await listen())
  const unknowing = introducer({ punch: () => Promise.reject(new NotThere('not here')) })
  const { seeking, outcome } = seek([unknowing, introducer({ punch: () => Promise.resolve(socket) })])
  seeking.failDirect()
  expect(await outcome).toBe(socket)
})

test('F5 a search ends when nobody knows the peer, and it cannot be dialled', async () => {
  const unknowing = introducer({ punch: () => Promise.reject(new NotThere('not here')) })
  const { seeking, outcome } = seek([unknowing])
  seeking.failDirect()
  expect(await outcome).toBe('none')
})

test('F5 a relay is left for a better way once there is one, which is then used', async () => {
  const better = await listen()
  const relayed = await connectionTo(await listen())
  noteDetour(relayed, 'relayed')
  const betterment = new Betterment(silentLogger, () => 1)
  ends.push(() => betterment.stop())
  const tracker = introducer({ punch: (_, signal) => never(signal), relay: () => Promise.resolve(relayed) })
  const begin = (options: SeekOptions): Seeking => betterment.seek(options, better)
  const closed = once(relayed, 'close')
  const { seeking, outcome } = seek([{ ...tracker, punch: () => Promise.reject(new Error('no')) }], begin)
  seeking.failDirect()
  expect(await outcome).toBe(relayed)
  await closed
  const again = await seek([tracker], begin).outcome
  if (again === 'none') throw new Error('the better way was lost')
  ends.push(() => again.destroy())
  expect(again.remotePort).toBe(better.port)
  expect(detourOf(again)).toBeUndefined()
})
