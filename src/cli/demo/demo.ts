import { basename, resolve } from 'node:path'
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { ShoalError } from '../../protocol/errors.js'
import type { Endpoint } from '../../protocol/ids.js'
import { formatBytes } from '../../support/units.js'
import type { Call } from '../definition.js'
import { plainLine, transferLine } from '../progress/bar.js'
import type { Shown } from '../progress/shown.js'
import { formatEndpoint } from '../settings.js'
import { safeName, tableLines } from '../text.js'
import type { ChildEvent, EventOf } from './childEvent.js'
import { hashFile, writeSample } from './sample.js'
import type { Child } from './child.js'
import type { Stage } from './stage.js'

const SAMPLE_SIZE = 64 * 1024 * 1024
const LEECHERS = ['leecher1', 'leecher2'] as const

/**
 * Seconds that the seeder takes to send the file once: with a narrow uplink, as it has in life, the leechers have to help
 * each other, and there is something to see.
 */
const SEEDER_TIME = 3
const LEAST_RATE = 1024 * 1024

/** The whole demo may take this long, in milliseconds, and a second more for each MiB. */
const BASE_TIME = 120_000

type DemoCall = Pick<Call, 'output' | 'interrupt' | 'words'>

/** What is shared, and the SHA-256 that every copy must have. */
interface Original {
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** A leecher that is complete. */
interface Copy {
  readonly name: string
  readonly port: number
  readonly complete: EventOf<'complete'>
}

const prepare = async ({ words, output, interrupt }: DemoCall, stage: Stage): Promise<Original> => {
  const given = words[0]
  const path = given === undefined ? stage.path('sample.bin') : resolve(given)
  if (given === undefined) {
    output.note(`Making a sample of ${formatBytes(SAMPLE_SIZE)}…`)
    await writeSample(path, SAMPLE_SIZE, interrupt.signal)
  }
  const found = await stat(path)
  if (!found.isFile())
    throw new ShoalError('USAGE', `The demo shares one file, and ${safeName(path)} is none.`)
  return { path, size: found.size, sha256: await hashFile(path, interrupt.signal) }
}

const LOOPBACK = ['--host', '127.0.0.1', '--port', '0'] as const

const startTracker = async (stage: Stage): Promise<Endpoint> => {
  const { host, port } = await stage
    .start('tracker', ['tracker', '--store', 'memory:', ...LOOPBACK])
    .waitFor('listening')
  return { host, port }
}

interface Seeder {
  readonly port: number
  readonly torrentId: string
}

/** Bytes a second that the seeder sends at most. */
const uplinkOf = ({ size }: Original): number => Math.max(LEAST_RATE, Math.ceil(size / SEEDER_TIME))

const startSeeder = async (stage: Stage, tracker: Endpoint, original: Original): Promise<Seeder> => {
  const limit = ['--upload-limit', String(uplinkOf(original))]
  const flags = [...LOOPBACK, '--tracker', formatEndpoint(tracker), '--state', stage.path('seeder', 'state')]
  const seeder = stage.start('seeder', ['share', original.path, ...flags, ...limit])
  const { port } = await seeder.waitFor('listening')
  const { torrentId } = await seeder.waitFor('shared')
  if (torrentId === undefined)
    throw new ShoalError('TRACKER_UNREACHABLE', "The demo's tracker gave the share no id.")
  return { port, torrentId: String(torrentId) }
}

interface Leecher {
  readonly name: string
  readonly child: Child
  readonly port: number
}

/** A peer with a console, that does nothing yet. */
const startLeecher = async (
  stage: Stage,
  tracker: Endpoint,
  name: string,
  onProgress: (shown: Shown) => void,
): Promise<Leecher> => {
  const onEvent = (event: ChildEvent): void => {
    if (event.event === 'progress') onProgress({ ...event, name })
  }
  const words = ['peer', '127.0.0.1', '0', tracker.host, String(tracker.port), '--no-http']
  const folders = ['--state', stage.path(name, 'state'), '--output', stage.path(name, 'output')]
  const child = stage.start(name, [...words, ...folders], onEvent)
  const { port } = await child.waitFor('listening')
  return { name, child, port }
}

/** Chooses "Download a file" in the console, and waits for the end of it. */
const download = async ({ name, child, port }: Leecher, torrentId: string): Promise<Copy> => {
  child.type('2', torrentId)
  return { name, port, complete: await child.waitFor('complete') }
}

/** Both begin in one moment, whichever program was up first: alone with the seeder, one would need no help. */
const downloadAll = async (
  { stage, tracker, torrentId }: { stage: Stage; tracker: Endpoint; torrentId: string },
  onProgress: (shown: Shown) => void,
): Promise<{ copies: readonly Copy[]; seconds: number }> => {
  const leechers = await Promise.all(LEECHERS.map((name) => startLeecher(stage, tracker, name, onProgress)))
  const start = performance.now()
  const copies = await Promise.all(leechers.map((leecher) => download(leecher, torrentId)))
  return { copies, seconds: (performance.now() - start) / 1000 }
}

/** Shows each leecher's latest progress: bars on a terminal, else a line for each quarter. */
const progressOf = ({ output }: DemoCall): ((shown: Shown) => void) => {
  const latest = new Map<string, Shown>()
  const quarters = new Map<string, number>()
  return (shown) => {
    latest.set(shown.name, shown)
    const { board } = output
    if (board !== undefined)
      return board.draw([...latest.values()].map((each) => transferLine(each, board.columns)))
    const quarter = shown.size === 0 ? 4 : Math.floor((4 * shown.done) / shown.size)
    if (quarter > (quarters.get(shown.name) ?? 0)) output.note(plainLine(shown))
    quarters.set(shown.name, quarter)
  }
}

/** Who sent how much to whom, by the ports that the programs listen on. */
const sayMoved = (
  { output }: DemoCall,
  copies: readonly Copy[],
  names: ReadonlyMap<number, string>,
): void => {
  const moved = copies.flatMap(({ name, complete }) =>
    complete.peers.map(({ port, downloaded }) => ({
      from: names.get(port) ?? `port ${port}`,
      to: name,
      bytes: downloaded,
    })),
  )
  for (const each of moved) output.event({ event: 'moved', ...each })
  const rows = moved.map(({ from, to, bytes }) => [from, to, formatBytes(bytes)])
  for (const line of tableLines([['FROM', 'TO', 'BYTES'], ...rows])) output.line(line)
}

/** Reads every copy and compares; says which differ. */
const verifyCopies = async (
  call: DemoCall,
  copies: readonly Copy[],
  original: Original,
): Promise<boolean> => {
  const { output, interrupt } = call
  let areEqual = true
  for (const { name, complete } of copies) {
    const sha256 = await hashFile(complete.path, interrupt.signal)
    const isEqual = sha256 === original.sha256
    areEqual &&= isEqual
    output.event({ event: isEqual ? 'verified' : 'different', name, sha256 })
    output.line(`${name} ${isEqual ? 'verified' : 'DIFFERS:'} SHA-256 ${sha256}`)
  }
  return areEqual
}

const perform = async (call: DemoCall, stage: Stage, original: Original): Promise<boolean> => {
  const { output } = call
  output.note(`Starting a tracker, a seeder of ${safeName(basename(original.path))} and two leechers…`)
  output.note(`The seeder sends ${formatBytes(uplinkOf(original))}/s at most; the leechers help each other.`)
  const tracker = await startTracker(stage)
  const seeder = await startSeeder(stage, tracker, original)
  const onProgress = progressOf(call)
  const { copies, seconds } = await downloadAll({ stage, tracker, torrentId: seeder.torrentId }, onProgress)
  output.board?.draw([])
  output.note(`Both copies of ${formatBytes(original.size)} complete after ${seconds.toFixed(1)} s.`)
  sayMoved(
    call,
    copies,
    new Map([[seeder.port, 'seeder'], ...copies.map((copy) => [copy.port, copy.name] as const)]),
  )
  return verifyCopies(call, copies, original)
}

const failAfter = async (milliseconds: number, signal: AbortSignal): Promise<never> => {
  await delay(milliseconds, undefined, { signal, ref: false })
  throw new ShoalError('INTERNAL', `The demo was not done after ${Math.round(milliseconds / 1000)} seconds.`)
}

/** Runs the whole system on `stage`; resolves to whether every copy is equal to the original. */
export const runDemo = async (call: DemoCall, stage: Stage): Promise<boolean> => {
  const { interrupt } = call
  const original = await interrupt.race(prepare(call, stage))
  const done = new AbortController()
  const time = BASE_TIME + (1000 * original.size) / (1024 * 1024)
  const timeout = failAfter(time, done.signal)
  try {
    return await interrupt.race(Promise.race([perform(call, stage, original), timeout]))
  } finally {
    timeout.catch(() => undefined)
    done.abort()
    call.output.board?.draw([])
  }
}
