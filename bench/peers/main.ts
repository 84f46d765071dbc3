import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { aria2 } from '../../test/interop/client/aria2.js'
import type { Client, Format } from '../../test/interop/client/client.js'
import { libtorrent } from '../../test/interop/client/libtorrent.js'
import { qbittorrent } from '../../test/interop/client/qbittorrent.js'
import { shoal } from '../../test/interop/client/shoal.js'
import { webtorrent } from '../../test/interop/client/webtorrent.js'
import { makeFile, makeTorrent, readSize } from '../tools/files.js'
import { median, printTable } from '../tools/table.js'
import { bare } from './bare.js'
import { runPair, type Content, type Run } from './pair.js'

const NAME = 'file.bin'
/** Load above which the machine is not ours. */
const BUSY = 2

const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: '256M' },
    runs: { type: 'string', default: '3' },
    formats: { type: 'string', default: 'v1,v2,hybrid' },
    clients: { type: 'string' },
    folder: { type: 'string', default: '/dev/shm' },
    anyway: { type: 'boolean', default: false },
  },
})

const size = readSize(flags.size)
const load = loadavg()[0] ?? 0
if (load > BUSY && !flags.anyway) {
  console.error(
    `error: the machine is busy (load ${load.toFixed(1)}), which would be measured; --anyway does it all the same`,
  )
  process.exit(1)
}

const folder = mkdtempSync(join(flags.folder, 'shoal-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const source = join(folder, 'source')
const original = join(source, NAME)

/** Without TLS, as all the others, and with it. */
const ALL: readonly Client[] = [
  bare(NAME, original),
  shoal(undefined, 'off'),
  shoal(undefined, 'required'),
  libtorrent('tuned'),
  libtorrent(),
  aria2(),
  webtorrent(),
  qbittorrent('installed'),
]

const chosen = (): readonly Client[] => {
  const names = flags.clients?.split(',') ?? ALL.map(({ name }) => name)
  const unknown = names.filter((name) => !ALL.some((client) => client.name === name))
  if (unknown.length > 0)
    throw new Error(`${unknown.join()}: clients are ${ALL.map(({ name }) => name).join()}`)
  return ALL.filter(({ name }) => names.includes(name))
}

/** A client with one format, and its runs that count. */
interface Entry {
  readonly client: Client
  readonly format: Format
  readonly content: Content
  readonly runs: Run[]
}

const leaveOut = (client: Client, format: string, why: string): void =>
  console.log(`left out: ${client.name} ${format}: ${why.trim().split('\n').at(-1)}`)

const prepare = (format: Format): Entry[] => {
  const torrentFile = join(folder, `${format}.torrent`)
  makeTorrent(original, torrentFile, format)
  return chosen().flatMap((client) => {
    const why = client.formats.includes(format) ? client.whyUnavailable() : 'it cannot read this format'
    if (why !== undefined) leaveOut(client, format, why)
    return why === undefined
      ? [{ client, format, content: { name: NAME, folder: source, torrentFile }, runs: [] }]
      : []
  })
}

/** The first run of each is not counted; one that fails leaves it out. */
const warmUp = async (entries: readonly Entry[]): Promise<Entry[]> => {
  const able: Entry[] = []
  for (const entry of entries) {
    const { client, format, content } = entry
    await runPair(client, content).then(
      () => able.push(entry),
      (error: unknown) => leaveOut(client, format, String(error)),
    )
  }
  return able
}

const rate = ({ seconds }: Run): number => size / 1e6 / seconds

const rateOf = (entries: readonly Entry[], name: string, format: Format): number =>
  median(
    entries
      .filter((entry) => entry.client.name === name && entry.format === format)
      .flatMap(({ runs }) => runs.map(rate)),
  )

const ratio = (value: number, other: number): string =>
  Number.isFinite(other) ? (value / other).toFixed(2) : '-'

const rowOf = (entries: readonly Entry[], { client, format, runs }: Entry): string[] => {
  const ours = median(runs.map(rate))
  const of = (value: (run: Run) => number, digits: number): string => median(runs.map(value)).toFixed(digits)
  return [
    format,
    client.name,
    ours.toFixed(0),
    ratio(ours, rateOf(entries, 'bare', format)),
    ratio(ours, rateOf(entries, 'libtorrent-tuned', format)),
    of(({ leecher }) => leecher.cpu / (size / 1e9), 2),
    of(({ seeder }) => seeder.cpu / (size / 1e9), 2),
    of(({ leecher }) => leecher.privateMiB, 0),
    of(({ seeder }) => seeder.privateMiB, 0),
    runs.map((run) => rate(run).toFixed(0)).join(' '),
  ]
}

const HEAD = [
  'format',
  'client',
  'MB/s',
  'of bare',
  'of libtorrent-tuned',
  'leecher CPU s/GB',
  'seeder CPU s/GB',
]
const MORE = ['leecher private MiB', 'seeder private MiB', 'runs']

mkdirSync(source)
makeFile(original, size)
const entries = await warmUp(flags.formats.split(',').flatMap((format) => prepare(format as Format)))
for (let round = 0; round < Number(flags.runs); round++)
  for (const { client, content, runs } of entries) runs.push(await runPair(client, content))
console.log(`\n${flags.size}, one seeder to one leecher, loopback, ${flags.folder}, medians of ${flags.runs}`)
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, load ${load.toFixed(1)} at the start\n`,
)
printTable([[...HEAD, ...MORE], ...entries.map((entry) => rowOf(entries, entry))])
process.exit(0)
