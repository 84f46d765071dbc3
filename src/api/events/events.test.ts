import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { FakeTransfer } from '../../../test/cli/fakePeer.js'
import type { Endpoint } from '../../protocol/ids.js'
import type { TorrentsEvent } from '../contract.js'
import { ask, fakePeer, open } from '../testApi.contract.js'
import { TotalsSum } from '../totals.js'
import { Events } from './events.js'
import { EventStream } from './eventStream.js'
import { TransferTable } from './transferTable.js'

interface Event {
  readonly id: string
  readonly event: string
  readonly data: unknown
}

/** What a page listens with. */
class Listener {
  readonly events: Event[] = []
  #rest = ''
  #end: () => void = () => undefined
  #waits: (() => void)[] = []

  static async open(endpoint: Endpoint, headers: Record<string, string> = {}): Promise<Listener> {
    const listener = new Listener()
    const sent = request({ ...endpoint, path: '/api/events', headers, agent: false }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.headers['content-type']).toBe('text/event-stream')
    response.setEncoding('utf8').on('data', (text: string) => listener.#take(text))
    response.on('error', () => undefined)
    listener.#end = () => sent.destroy()
    onTestFinished(listener.#end)
    return listener
  }

  close(): void {
    this.#end()
  }

  /** The first event of that name, of those that come or have come, for which `fits`. */
  async has(name: string, fits: (data: never) => boolean = () => true): Promise<Event> {
    for (;;) {
      const found = this.events.find(({ event, data }) => event === name && fits(data as never))
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waits.push(resolve))
    }
  }

  #take(text: string): void {
    const parts = `${this.#rest}${text}`.split('\n\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) {
      const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(part) ?? []
      if (id && event && data) this.events.push({ id, event, data: JSON.parse(data) as unknown })
    }
    for (const wait of this.#waits.splice(0)) wait()
  }
}

test('what is there before is not told, and what comes, changes and goes is', async () => {
  const peer = fakePeer()
  const old = new FakeTransfer({ name: 'old' })
  peer.transfers.push(old)
  const listener = await Listener.open((await open({ peer })).endpoint)
  expect((await listener.has('totals')).data).toMatchObject({ transfers: 1 })
  old.become({ done: 5, downloadRate: 7.4 })
  const changed = await listener.has('torrents')
  expect(changed.data).toMatchObject({
    added: [],
    changed: [{ key: `t${old.key}`, done: 5, downloadRate: 7 }],
    removed: [],
  })
  const young = new FakeTransfer({ name: 'young' })
  peer.transfers.push(young)
  await listener.has('torrents', ({ added }: TorrentsEvent) => added[0]?.name === 'young')
  young.become({ name: 'renamed' })
  await listener.has('torrents', ({ added }: TorrentsEvent) => added[0]?.name === 'renamed')
  peer.transfers.shift()
  await listener.has('torrents', ({ removed }: TorrentsEvent) => removed[0] === `t${old.key}`)
})

test('who was away is told all that changed since in one event, and nothing twice', async () => {
  const peer = fakePeer()
  const [gone, kept] = [new FakeTransfer({}), new FakeTransfer({})]
  peer.transfers.push(gone, kept)
  const { endpoint } = await open({ peer })
  const before = await Listener.open(endpoint)
  const { id } = await before.has('totals')
  before.close()
  peer.transfers.shift()
  kept.become({ done: 1 })
  kept.become({ done: 2 })
  const added = new FakeTransfer({ name: 'new' })
  peer.transfers.push(added)
  const after = await Listener.open(endpoint, { 'last-event-id': id })
  expect((await after.has('torrents')).data).toMatchObject({
    added: [{ name: 'new' }],
    changed: [{ key: `t${kept.key}`, done: 2 }],
    removed: [`t${gone.key}`],
  })
  expect(after.events.filter(({ event }) => event === 'torrents')).toHaveLength(1)
})

test.each(['00000000.1', 'rubbish', '99999999.999999999999999'])(
  'who was at another run, or says %j, is told to read anew',
  async (id) => {
    const listener = await Listener.open((await open()).endpoint, { 'last-event-id': id })
    await listener.has('reset')
  },
)

test('of more torrents than fit in one round each has its turn', async () => {
  const peer = fakePeer()
  for (let count = 0; count < 5_000; count++) peer.transfers.push(new FakeTransfer({ peers: [] }))
  const listener = await Listener.open((await open({ peer })).endpoint)
  await listener.has('totals')
  for (const transfer of peer.transfers) transfer.become({ done: 1 })
  const seen = new Set<string>()
  while (seen.size < 5_000) {
    const from = listener.events.length
    for (const { event, data } of listener.events.slice(0, from))
      if (event === 'torrents') for (const { key } of (data as TorrentsEvent).changed) seen.add(key)
    if (seen.size < 5_000) await listener.has('torrents', () => listener.events.length > from)
  }
  const sizes = listener.events.map(({ event, data }) =>
    event === 'torrents' ? (data as TorrentsEvent).changed.length : 0,
  )
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
})

test('those that listen are bounded', async () => {
  const { endpoint } = await open()
  for (let count = 0; count < 64; count++) await Listener.open(endpoint)
  expect((await ask(endpoint, { path: '/api/events' })).status).toBe(429)
})

test('those that ask while the first look is under way are bounded too', async () => {
  const events = new Events(fakePeer())
  const sink = { isBehind: false, send: () => undefined }
  const begun = Array.from({ length: 64 }, () => events.subscribe(sink, undefined))
  expect(events.isFull).toBe(true)
  const ends = await Promise.all(begun)
  expect(events.count).toBe(64)
  for (const end of ends) end()
  expect([events.count, events.isFull]).toEqual([0, false])
})

test('a reader that takes nothing is told nothing, and then all at once', () => {
  const table = new TransferTable()
  const look = (done: number): void => {
    table.begin()
    table.see(new FakeTransfer({ key: 1, done }).summary)
    table.end()
  }
  look(0)
  const sent: string[] = []
  const sink = { isBehind: false, send: (text: string) => void sent.push(text) }
  const stream = new EventStream({ epoch: '0123abcd', table, sink, lastId: undefined })
  sent.splice(0)
  sink.isBehind = true
  for (let done = 1; done < 100; done++) {
    look(done)
    stream.tell(new TotalsSum().document)
  }
  expect(sent).toEqual([])
  sink.isBehind = false
  stream.tell(new TotalsSum().document)
  expect(sent.join('').match(/event: torrents/g)).toHaveLength(1)
  expect(sent.join('')).toContain('"done":99')
})
