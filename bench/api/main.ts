import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open as openFile, rm } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { openApi } from '../../src/api/server.js'
import type { NodeOptions, ShoalPeer, Transfer, TransferSummary } from '../../src/node/api.js'
import { startPeer } from '../../src/node/node.js'
import { createLogger } from '../../src/support/log.js'

/** How late the event loop of a peer is while pages watch very many torrents, at rest and at full speed. */

const TORRENTS = 10_000
const CHANGING = 500
const SECONDS = 8
const SIZE = 3 * 1024 ** 3

const logger = createLogger('silent', () => undefined)

const optionsIn = (state: string): NodeOptions => ({
  host: '127.0.0.1',
  port: 0,
  anyPortIfTaken: false,
  trackers: [],
  peers: [],
  output: join(state, 'out'),
  state,
  seedLimit: undefined,
  downloadLimit: undefined,
  uploadLimit: undefined,
  allowUnverified: false,
  noSuperSeeding: true,
  noLocalDiscovery: true,
  logger,
})

const madeUp = (key: number): TransferSummary => ({
  key,
  name: `A torrent with a name of usual length, number ${key}`,
  torrentId: undefined,
  infoHash: undefined,
  infoHashV1: undefined,
  state: 'seeding',
  error: undefined,
  size: 1e9,
  done: 1e9,
  chunks: 61_036,
  chunksDone: 61_036,
  downloadRate: 0,
  uploadRate: 0,
  downloaded: 0,
  uploaded: 0,
  eta: undefined,
  peerCount: 0,
  path: `/home/somebody/downloads/A torrent with a name of usual length, number ${key}`,
  isFolder: false,
  fileCount: 1,
  isPrivate: false,
  addedAt: Date.now(),
  completedAt: undefined,
})

/** `peer` with very many transfers besides its own, of which some change at every look. */
const crowded = (peer: ShoalPeer): ShoalPeer => {
  let looks = 0
  const others = Array.from({ length: TORRENTS }, (_, index): Transfer => {
    const rest = madeUp(1_000_000 + index)
    const transfer = Object.create(null) as { summary: TransferSummary }
    Object.defineProperty(transfer, 'summary', {
      get: (): TransferSummary =>
        index < CHANGING ? { ...rest, uploaded: looks++, uploadRate: looks } : { ...rest },
    })
    return transfer as Transfer
  })
  return new Proxy(peer, {
    get: (target, name) => {
      if (name === 'transfers') return [...others, ...target.transfers]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** A page that listens, in this process: its work is measured too. */
const listen = async (port: number): Promise<() => number> => {
  const sent = request({ host: '127.0.0.1', port, path: '/api/events', agent: false }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let bytes = 0
  response.on('data', (part: Buffer) => (bytes += part.length)).on('error', () => undefined)
  return () => bytes
}

const measure = async (what: string, during: () => Promise<unknown>): Promise<void> => {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  await during()
  delay.disable()
  const late = (percent: number): string => (delay.percentile(percent) / 1e6 - 5).toFixed(1)
  console.log(
    `${what}: late by p50 ${late(50)} ms, p99 ${late(99)} ms, most ${(delay.max / 1e6 - 5).toFixed(1)} ms`,
  )
}

const writeSample = async (path: string): Promise<void> => {
  const block = randomBytes(16 * 1024 * 1024)
  const file = await openFile(path, 'w')
  for (let done = 0; done < SIZE; done += block.length) {
    block.writeUInt32BE(done / block.length)
    await file.write(block)
  }
  await file.close()
}

const seed = async (): Promise<void> => {
  const [, , , folder = '', path = ''] = process.argv
  const peer = await startPeer(optionsIn(folder))
  const transfer = await peer.share(path)
  process.send?.({ port: peer.endpoint.port, magnet: transfer.magnet })
  await once(process, 'disconnect')
  await peer.stop()
}

/** One download from `seeder` into a peer that is new, while pages watch it or not. */
const download = async (folder: string, seeder: Seeder, isWatched: boolean): Promise<void> => {
  const state = join(folder, isWatched ? 'watched' : 'alone')
  const peers = [{ host: '127.0.0.1', port: seeder.port }]
  const peer = await startPeer({ ...optionsIn(state), peers })
  const endpoint = { host: '127.0.0.1', port: 0 }
  const api = await openApi({ peer: crowded(peer), endpoint, anyPortIfTaken: false, state, logger })
  if (isWatched) {
    const bytes = await listen(api.endpoint.port)
    await measure(`${TORRENTS} torrents, ${CHANGING} change 4 times a second, at rest`, () =>
      pause(SECONDS * 1000),
    )
    console.log(`events: ${Math.round(bytes() / SECONDS / 1000)} kB a second to one page`)
  }
  const began = performance.now()
  const transfer = await peer.get(seeder.magnet, { seed: false })
  transfer.complete.catch(() => undefined)
  await measure(
    isWatched ? 'the same while it downloads at full speed' : 'a download that nobody watches',
    () => Promise.race([transfer.complete, pause(SECONDS * 1000)]),
  )
  const seconds = (performance.now() - began) / 1000
  console.log(`download: ${Math.round(transfer.summary.done / seconds / 1e6)} MB/s`)
  await api.close()
  await peer.stop()
  await rm(state, { recursive: true, force: true })
}

interface Seeder {
  readonly port: number
  readonly magnet: string
}

const main = async (): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-bench-api-'))
  const path = join(folder, 'sample')
  await writeSample(path)
  const child = fork(process.argv[1] ?? '', ['seed', join(folder, 'seeder'), path])
  const [seeder] = (await once(child, 'message')) as [Seeder]
  await download(folder, seeder, false)
  await download(folder, seeder, true)
  child.disconnect()
  await once(child, 'exit')
  await rm(folder, { recursive: true, force: true })
}

await (process.argv[2] === 'seed' ? seed() : main())
