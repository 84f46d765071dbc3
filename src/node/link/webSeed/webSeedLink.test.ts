import { afterEach, beforeEach, expect, test } from 'vitest'
import { StreamSample } from '../../../storage/streamSample.contract.js'
import { WebServer } from '../../../transport/web/webServer.contract.js'
import type { LinkEvents } from '../link.js'
import { WebSeedLink } from './webSeedLink.js'

const SAMPLE = new StreamSample({ a: 50_000, gone: 10, pad: 3_000, b: 70_000, c: 5 }, 20_000)
const CHUNKS = Array.from({ length: SAMPLE.layout.chunkCount }, (_, chunk) => chunk)

let server: WebServer
let link: WebSeedLink
/** What the link told, in order. */
let told: string[]
let wake = (): void => undefined

beforeEach(async () => {
  server = await WebServer.start()
  for (const [index, { path }] of SAMPLE.content.files.entries())
    server.files.set(`/sample/${path.join('/')}`, SAMPLE.file(index))
  told = []
})
afterEach(async () => {
  link.close()
  await server.close()
})

const tell = (line: string): void => {
  told.push(line)
  wake()
}

/** Resolves once `isSo`. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise<void>((resolve) => (wake = resolve))
}

const open = (): void => {
  const { content, layout } = SAMPLE
  const nothing = (): void => undefined
  const events: LinkEvents = {
    state: () => tell('state'),
    chunk: (chunk, data) => tell(`${SAMPLE.data(chunk).equals(data) ? 'chunk' : 'wrong'} ${chunk}`),
    refused: (chunk, why) => tell(`${why} ${chunk}`),
    lost: (reason) => tell(`lost ${reason}`),
    has: nothing,
    hasNot: nothing,
    allows: nothing,
    choke: nothing,
    listens: nothing,
    peers: nothing,
  }
  link = new WebSeedLink({ url: server.url, content, layout, events })
}

test('each chunk asked for comes, by one request for each file', async () => {
  open()
  await until(() => told.includes('state'))
  link.request(CHUNKS)
  await until(() => told.length > CHUNKS.length)
  expect(told).toEqual(['state', ...CHUNKS.map((chunk) => `chunk ${chunk}`)])
  expect(server.requests.map(({ path }) => path)).toEqual(
    ['a', 'a', 'gone', 'b', 'c'].map((name) => `/sample/${name}`),
  )
})

test('a file that the server lacks costs the chunks that it is in; those after it come', async () => {
  server.files.delete('/sample/gone')
  open()
  await until(() => told.includes('state'))
  link.request(CHUNKS)
  await until(() => told.length > CHUNKS.length)
  const { first, count } = SAMPLE.layout.chunksOfFile(1)
  const lines = CHUNKS.map(
    (chunk) => `${chunk >= first && chunk < first + count ? 'missing' : 'chunk'} ${chunk}`,
  )
  expect(told.slice(1).sort()).toEqual(lines.sort())
})

test('what is cancelled before it was asked for is refused, and never asked for', async () => {
  open()
  await until(() => told.includes('state'))
  const apart = CHUNKS.filter((chunk) => chunk % 2 === 0)
  link.request([...apart, 1])
  link.cancel(1)
  await until(() => told.length > apart.length + 1)
  expect(told).toContain('cancelled 1')
  expect(told).not.toContain('chunk 1')
})

test('after it was closed nothing more is told', async () => {
  open()
  await until(() => told.includes('state'))
  link.request(CHUNKS)
  await until(() => told.length > 1)
  link.close()
  const before = told.length
  await server.close()
  expect(told).toHaveLength(before)
  server = await WebServer.start()
})
