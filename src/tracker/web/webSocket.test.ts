import { once } from 'node:events'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { JsonObject } from '../../protocol/json/fields.js'
import { silentLogger } from '../../support/silentLogger.contract.js'
import { MemoryStore } from '../store/memory.js'
import { startTracker, type Tracker, type TrackerOptions } from '../tracker.js'

const HASH = '\u00ff'.repeat(20)
const id = (letter: string): string => letter.repeat(20)

let tracker: Tracker
const open: Client[] = []

const start = async (options: Partial<TrackerOptions> = {}): Promise<void> => {
  const store = new MemoryStore({ mode: 'open' })
  tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, store, ...options })
}
beforeEach(() => start())
afterEach(async () => {
  for (const client of open.splice(0)) client.socket.terminate()
  await tracker.stop()
})

/** A WebTorrent client, but for WebRTC: its offers and answers are texts. */
class Client {
  readonly socket: WebSocket
  readonly letter: string
  readonly #heard: JsonObject[] = []
  #wake: (() => void) | undefined

  constructor(letter: string) {
    this.letter = letter
    this.socket = new WebSocket(`ws://127.0.0.1:${tracker.endpoint.port}/announce`)
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => {
      this.#heard.push(JSON.parse((data as Buffer).toString()) as JsonObject)
      this.#wake?.()
    })
    open.push(this)
  }

  static async connect(letter: string): Promise<Client> {
    const client = new Client(letter)
    await once(client.socket, 'open')
    return client
  }

  send(message: JsonObject): void {
    this.socket.send(JSON.stringify(message))
  }

  announce(more: JsonObject = {}): void {
    this.send({ action: 'announce', info_hash: HASH, peer_id: id(this.letter), left: null, ...more })
  }

  offer(...offerIds: readonly string[]): JsonObject {
    const offers = offerIds.map((offerId) => ({
      offer: { type: 'offer', sdp: `from ${this.letter}` },
      offer_id: id(offerId),
    }))
    return { numwant: offers.length, offers }
  }

  async next(): Promise<JsonObject> {
    for (;;) {
      const message = this.#heard.shift()
      if (message !== undefined) return message
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

test('an offer reaches another peer of the torrent, and its answer comes back to who made it', async () => {
  const [one, two] = await Promise.all([Client.connect('1'), Client.connect('2')])
  one.announce({ event: 'started', left: 0 })
  expect(await one.next()).toEqual({
    action: 'announce',
    interval: 120,
    info_hash: HASH,
    complete: 1,
    incomplete: 0,
  })
  two.announce({ event: 'started', ...two.offer('x', 'y') })
  expect(await two.next()).toMatchObject({ complete: 1, incomplete: 1 })
  expect(await one.next()).toEqual({
    action: 'announce',
    offer: { type: 'offer', sdp: 'from 2' },
    offer_id: id('x'),
    peer_id: id('2'),
    info_hash: HASH,
  })
  one.announce({ to_peer_id: id('2'), offer_id: id('x'), answer: { type: 'answer', sdp: 'from 1' } })
  expect(await two.next()).toEqual({
    action: 'announce',
    answer: { type: 'answer', sdp: 'from 1' },
    offer_id: id('x'),
    peer_id: id('1'),
    info_hash: HASH,
  })
})

test('a peer that came by WebSocket is given to no other, and a scrape counts its kind', async () => {
  const one = await Client.connect('1')
  one.announce({ event: 'completed', left: 0 })
  await one.next()
  const query = `info_hash=${'%FF'.repeat(20)}&peer_id=${id('p')}&port=1`
  const response = await fetch(`http://127.0.0.1:${tracker.endpoint.port}/announce?${query}`)
  expect(await response.text()).toContain('5:peers0:')
  one.send({ action: 'scrape', info_hash: [HASH] })
  expect(await one.next()).toEqual({
    action: 'scrape',
    files: { [HASH]: { complete: 1, incomplete: 0, downloaded: 1 } },
  })
})

test('who stops, or whose connection ends, is given to nobody', async () => {
  const [one, two, three] = await Promise.all(['1', '2', '3'].map((letter) => Client.connect(letter)))
  for (const client of [one, two]) {
    client?.announce()
    await client?.next()
  }
  one?.announce({ event: 'stopped' })
  expect(await one?.next()).toMatchObject({ incomplete: 1 })
  two?.socket.close()
  await expect.poll(async () => (await tracker.stats()).webSocketPeers).toBe(0)
  three?.announce(three.offer('x'))
  expect(await three?.next()).toMatchObject({ incomplete: 1 })
})

test('an answer of somebody who is not in the swarm is passed on to nobody', async () => {
  const [one, two] = await Promise.all([Client.connect('1'), Client.connect('2')])
  one.announce()
  await one.next()
  two.announce({ to_peer_id: id('1'), offer_id: id('x'), answer: { type: 'answer', sdp: 'forged' } })
  two.send({ action: 'scrape', info_hash: HASH })
  await two.next()
  one.send({ action: 'scrape', info_hash: HASH })
  expect(await one.next()).toMatchObject({ action: 'scrape' })
})

test('ten offers of one announce are passed on at most, and only descriptions', async () => {
  const others = await Promise.all(
    Array.from({ length: 12 }, (_, index) => Client.connect(String.fromCharCode(97 + index))),
  )
  for (const other of others) {
    other.announce()
    await other.next()
  }
  const one = await Client.connect('1')
  const { offers } = one.offer(...'ABCDEFGHIJKL') as { offers: JsonObject[] }
  one.announce({ offers: [{ offer: 'no description', offer_id: id('Z') }, ...offers] })
  await one.next()
  for (const other of others) other.send({ action: 'scrape', info_hash: HASH })
  const first = await Promise.all(others.map((other) => other.next()))
  expect(first.filter(({ offer }) => offer !== undefined)).toHaveLength(9)
})

test.each([
  ['no JSON', 'hello', 'message'],
  ['no object', '[1]', 'message'],
  ['no action', '{"info_hash":"x"}', 'action'],
  ['a short info-hash', '{"action":"announce","info_hash":"x"}', 'info_hash'],
  ['no peer id', JSON.stringify({ action: 'announce', info_hash: HASH }), 'peer_id'],
  [
    'characters that are no bytes',
    JSON.stringify({ action: 'announce', info_hash: '\u0100'.repeat(20) }),
    'info_hash',
  ],
])('a message with %s is refused by name', async (_what, text, field) => {
  const one = await Client.connect('1')
  one.socket.send(text)
  expect(await one.next()).toEqual({ 'failure reason': `${field} is missing or malformed` })
})

test('a message of more than 64 KiB ends the connection', async () => {
  const one = await Client.connect('1')
  one.socket.send('x'.repeat(65 * 1024))
  expect((await once(one.socket, 'close'))[0]).toBe(1009)
})

test('in a catalog only what is shared has a swarm', async () => {
  await tracker.stop()
  await start({ store: new MemoryStore() })
  const one = await Client.connect('1')
  one.announce()
  expect(await one.next()).toEqual({
    action: 'announce',
    info_hash: HASH,
    'failure reason': 'this torrent is not shared with this tracker',
  })
})

test('when the tracker stops clients are told that it goes', async () => {
  const one = await Client.connect('1')
  const closed = once(one.socket, 'close')
  await tracker.stop()
  expect((await closed)[0]).toBe(1001)
  await start()
})
