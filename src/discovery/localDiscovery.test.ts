import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { encodeLocalAnnounce } from '../protocol/announce/localAnnounce.js'
import type { Family } from '../protocol/announce/compactPeers.js'
import type { Endpoint } from '../protocol/ids.js'
import { silentLogger } from '../support/silentLogger.contract.js'
import { LocalDiscovery, type LocalDiscoveryOptions } from './localDiscovery.js'
import { MulticastSocket } from './multicastSocket.js'

const endings: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const end of endings.splice(0)) end()
})

const loopback = (family: Family): readonly string[] => (family === 'IPv4' ? ['127.0.0.1'] : [])

const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4').bind(0)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

/** Somebody else in the group, who hears what is announced. */
class Neighbour {
  readonly heard: string[] = []
  readonly #socket: MulticastSocket
  #tell: () => void = () => undefined

  constructor(port: number, interfaces = loopback) {
    const onPacket = (packet: Uint8Array): void => {
      this.heard.push(Buffer.from(packet).toString())
      this.#tell()
    }
    const onFailure = (): void => undefined
    this.#socket = new MulticastSocket({ family: 'IPv4', port, interfaces, onPacket, onFailure })
    endings.push(() => this.#socket.close())
  }

  send(packet: Uint8Array): Promise<void> {
    return this.#socket.send(packet)
  }

  announce(port: number, ...infoHashes: readonly Uint8Array[]): Promise<void> {
    return this.send(encodeLocalAnnounce({ port, infoHashes, cookie: undefined }, this.#socket.group))
  }

  async hears(count: number): Promise<void> {
    while (this.heard.length < count) await new Promise<void>((resolve) => (this.#tell = resolve))
  }
}

/** Whether a packet to the group comes back on loopback; not every machine lets it. */
const canMulticast = async (): Promise<boolean> => {
  const neighbour = new Neighbour(await freePort())
  await neighbour.send(new Uint8Array(1))
  const heard = await Promise.race([
    neighbour.hears(1).then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 1000)),
  ])
  for (const end of endings.splice(0)) end()
  if (!heard) console.log('Skipped: no multicast on the loopback interface.')
  return heard
}

const hash = (byte: number): Uint8Array => new Uint8Array(20).fill(byte)

const discovery = (groupPort: number, options: Partial<LocalDiscoveryOptions> = {}): LocalDiscovery => {
  const made = new LocalDiscovery({
    port: 8001,
    families: ['IPv4', 'IPv6'],
    logger: silentLogger,
    now: () => performance.now(),
    groupPort,
    interfaces: loopback,
    ...options,
  })
  endings.push(() => made.close())
  return made
}

/** Joins, and resolves with the first peer found. */
const firstFound = (local: LocalDiscovery, ...infoHashes: readonly Uint8Array[]): Promise<Endpoint> =>
  new Promise((resolve) => {
    local.join({ infoHashes, onPeers: ([peer]) => peer && resolve(peer) })
  })

describe.skipIf(!(await canMulticast()))('on the local network', () => {
  test('two who have a torrent find each other, by either of its names', async () => {
    const group = await freePort()
    const second = discovery(group, { port: 8002 })
    const found = firstFound(second, hash(3), hash(2))
    const neighbour = new Neighbour(group)
    await neighbour.announce(1, hash(9))
    discovery(group, { port: 8001 }).join({ infoHashes: [hash(1), hash(2)], onPeers: () => undefined })
    expect(await found).toEqual({ host: '127.0.0.1', port: 8001 })
  })

  test('nobody finds itself, or those of other torrents', async () => {
    const group = await freePort()
    const neighbour = new Neighbour(group)
    await neighbour.send(new Uint8Array(1))
    await neighbour.hears(1)
    const local = discovery(group)
    const found: Endpoint[] = []
    local.join({ infoHashes: [hash(1)], onPeers: (peers) => found.push(...peers) })
    await neighbour.hears(2)
    await neighbour.announce(7, hash(2))
    await neighbour.send(Buffer.from('nonsense'))
    await neighbour.announce(8, hash(1))
    await vi.waitFor(() => expect(found).toEqual([{ host: '127.0.0.1', port: 8 }]))
  })

  test('who does not listen on IPv4 is not announced there', async () => {
    const group = await freePort()
    const neighbour = new Neighbour(group)
    for (const [port, family] of [
      [8001, 'IPv6'],
      [8002, 'IPv4'],
    ] as const)
      discovery(group, { port, families: [family] }).join({
        infoHashes: [hash(1)],
        onPeers: () => undefined,
      })
    await neighbour.hears(1)
    expect(neighbour.heard[0]).toContain('Port: 8002')
  })

  test('a torrent is announced when it begins, every five minutes, and to a stranger once a minute', async () => {
    const group = await freePort()
    const neighbour = new Neighbour(group)
    await neighbour.send(new Uint8Array(1))
    await neighbour.hears(1)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const local = discovery(group)
    let met = 0
    let tell: () => void = () => undefined
    const leave = local.join({ infoHashes: [hash(1)], onPeers: () => (met++, tell()) })
    const meets = async (count: number): Promise<void> => {
      while (met < count) await new Promise<void>((resolve) => (tell = resolve))
    }
    await neighbour.hears(2)
    expect(neighbour.heard[1]).toMatch(
      new RegExp(
        `^BT-SEARCH \\* HTTP/1.1\r\nHost: 239.192.152.143:${group}\r\nPort: 8001\r\nInfohash: (01){20}\r\n`,
      ),
    )
    const announces = (): number => neighbour.heard.filter((text) => text.includes('Port: 8001')).length
    vi.advanceTimersByTime(5 * 60_000 - 1)
    await neighbour.send(new Uint8Array(1))
    await neighbour.hears(3)
    expect(announces()).toBe(1)
    vi.advanceTimersByTime(1)
    await neighbour.hears(4)
    expect(announces()).toBe(2)
    for (const port of [1, 2, 3]) await neighbour.announce(port, hash(1))
    await meets(3)
    vi.advanceTimersByTime(59_999)
    await neighbour.send(new Uint8Array(1))
    await neighbour.hears(8)
    expect(announces()).toBe(2)
    vi.advanceTimersByTime(1)
    await neighbour.hears(9)
    expect(announces()).toBe(3)
    await neighbour.announce(1, hash(1))
    await meets(4)
    vi.advanceTimersByTime(4 * 60_000)
    await neighbour.send(new Uint8Array(1))
    await neighbour.hears(11)
    expect(announces()).toBe(3)
    leave()
    vi.advanceTimersByTime(60 * 60_000)
    await neighbour.send(new Uint8Array(1))
    await neighbour.hears(12)
    expect(announces()).toBe(3)
  })

  test('a flood is read as far as its bound', async () => {
    const group = await freePort()
    let time = 0
    const local = discovery(group, { now: () => time })
    const found: number[] = []
    local.join({ infoHashes: [hash(1)], onPeers: ([peer]) => found.push(peer?.port ?? 0) })
    const neighbour = new Neighbour(group)
    for (let port = 1; port <= 150; port++) await neighbour.announce(port, hash(1))
    await neighbour.hears(150)
    time = 1000
    await neighbour.announce(9999, hash(1))
    await vi.waitFor(() => expect(found).toContain(9999))
    expect(found.length).toBeGreaterThan(90)
    expect(found.length).toBeLessThanOrEqual(101)
  })
})

test('where there is no multicast nobody is found and nothing is said', async () => {
  const lines: string[] = []
  const line = (text: string | (() => string)): void =>
    void lines.push(typeof text === 'string' ? text : text())
  const logger = { ...silentLogger, info: line, warn: line, error: line }
  // A port of the system's own, and interfaces that are none.
  const local = discovery(1, { logger, interfaces: () => ['203.0.113.7', 'nonsense'] })
  local.join({ infoHashes: [hash(1)], onPeers: () => undefined })
  const port = await freePort()
  const other = discovery(port, { logger, interfaces: () => ['203.0.113.7', 'nonsense'] })
  other.join({ infoHashes: [hash(1)], onPeers: () => undefined })
  await freePort()
  expect(lines).toEqual([])
})
