import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { aria2 } from '../../test/interop/client/aria2.js'
import type { Client, Format } from '../../test/interop/client/client.js'
import { libtorrent } from '../../test/interop/client/libtorrent.js'
import { Network, whyNoNetwork } from '../../test/interop/client/network.js'
import { LOOPBACK } from '../../test/interop/client/place.js'
import { Program } from '../../test/interop/client/program.js'
import { shoal } from '../../test/interop/client/shoal.js'
import { HttpTracker } from '../../test/interop/client/tracker.js'
import { makeFile, makeTorrent, readSize } from '../tools/files.js'
import { median, printTable } from '../tools/table.js'
import { limitUplink, runSwarm, type Run } from './swarm.js'

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const NAME = 'file.bin'

const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: '32M' },
    runs: { type: 'string', default: '3' },
    leechers: { type: 'string', default: '4,8,16' },
    /** Mbit/s of every peer. */
    uplink: { type: 'string', default: '20' },
    clients: { type: 'string', default: 'shoal,libtorrent,libtorrent-tuned,aria2' },
    folder: { type: 'string', default: '/dev/shm' },
    /** Has Shoal's peers meet by the HTTP tracker of the others, not by a tracker of Shoal. */
    announce: { type: 'boolean', default: false },
  },
})

const why = whyNoNetwork()
if (why !== undefined) {
  console.error(`error: ${why}`)
  process.exit(1)
}

const size = readSize(flags.size)
const uplink = Number(flags.uplink)
const runs = Number(flags.runs)
const folder = mkdtempSync(join(flags.folder, 'shoal-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const source = join(folder, 'source')

/** Seconds that no swarm can beat: max(F/us, N F / (us + the sum of ui)), every uplink being the same. */
const boundOf = (count: number): number => {
  const alone = (8 * size) / (uplink * 1e6)
  return Math.max(alone, (count * alone) / (count + 1))
}

const torrentOf = (format: Format): string => join(folder, `${format}.torrent`)

/** What is measured beside one another: hybrid where it can be read, which is what Shoal makes. */
const formatOf = ({ formats }: Client): Format => (formats.includes('hybrid') ? 'hybrid' : 'v1')

/** Where peers of the others meet, and where those of Shoal do. */
interface Trackers {
  readonly url: string
  readonly shoal: string | undefined
}

const clientsOf = (trackers: Trackers): readonly Client[] =>
  [shoal(trackers.shoal), libtorrent(), libtorrent('tuned'), aria2()].filter(({ name }) =>
    flags.clients.split(',').includes(name),
  )

const runOnce = async (client: Client, network: Network, trackers: Trackers): Promise<Run> => {
  const content = { name: NAME, size, folder: source, torrentFile: torrentOf(formatOf(client)) }
  const isByShoal = client.name === 'shoal' && trackers.shoal !== undefined
  return runSwarm(client, content, network.places, isByShoal ? undefined : trackers.url)
}

const startShoalTracker = async (host: string): Promise<{ program: Program; address: string }> => {
  const command = [
    process.execPath,
    PROGRAM,
    'tracker',
    '--host',
    host,
    '--port',
    '0',
    '--store',
    'memory:',
    '--json',
  ]
  const program = new Program({ name: 'shoal tracker', command, place: LOOPBACK, folder, patience: 10_000 })
  const [, port = ''] = await program.says(/"event":"listening".*"port":([0-9]+)/)
  return { program, address: `${host}:${port}` }
}

/** New trackers for every swarm, so that none hears of peers that are gone. */
const runWithTrackers = async (name: string, network: Network): Promise<Run> => {
  const http = await HttpTracker.start({ host: network.gateway })
  const own = flags.announce ? undefined : await startShoalTracker(network.gateway)
  try {
    const trackers = { url: http.url, shoal: own?.address }
    const client = clientsOf(trackers).find((each) => each.name === name)
    if (client === undefined) throw new Error(`no client ${name}`)
    return await runOnce(client, network, trackers)
  } finally {
    await http.close()
    await own?.program.kill()
  }
}

const rowOf = (count: number, name: string, done: readonly Run[]): string[] => {
  const bound = boundOf(count)
  const last = median(done.map((run) => run.last))
  return [
    String(count),
    name,
    last.toFixed(1),
    (last / bound).toFixed(2),
    (median(done.map((run) => run.middle)) / bound).toFixed(2),
    median(done.map((run) => run.copies)).toFixed(2),
    done.map((run) => (run.last / bound).toFixed(2)).join(' '),
  ]
}

/** All clients in turn, and again. */
const runAll = async (names: readonly string[], count: number): Promise<string[][]> => {
  const network = await Network.open(count + 1)
  for (const place of network.places) limitUplink(place, uplink)
  const done = new Map<string, Run[]>(names.map((name) => [name, []]))
  try {
    for (let round = 0; round < runs; round++)
      for (const [name, list] of done) list.push(await runWithTrackers(name, network))
  } finally {
    await network.close()
  }
  return [...done].map(([name, list]) => rowOf(count, name, list))
}

mkdirSync(source)
makeFile(join(source, NAME), size)
for (const format of ['v1', 'hybrid'] as const) makeTorrent(join(source, NAME), torrentOf(format), format)
const able = clientsOf({ url: '', shoal: undefined }).filter((client) => {
  const reason = client.whyUnavailable()
  if (reason !== undefined) console.log(`left out: ${client.name}: ${reason}`)
  return reason === undefined
})
const names = able.map(({ name }) => name)
const rows = []
for (const count of flags.leechers.split(',').map(Number)) rows.push(...(await runAll(names, count)))
console.log(`\n${flags.size}, one seeder, every uplink ${uplink} Mbit/s, medians of ${runs}`)
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)} at the end\n`,
)
printTable([
  ['leechers', 'client', 's', 'of bound', 'median leecher', 'copies sent by seeder', 'runs'],
  ...rows,
])
process.exit(0)
