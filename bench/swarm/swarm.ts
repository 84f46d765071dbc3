import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client, RunningClient } from '../../test/interop/client/client.js'
import type { Place } from '../../test/interop/client/place.js'
import { isIdentical } from '../tools/files.js'
import { median } from '../tools/table.js'

/** What one swarm took. */
export interface Run {
  /** Seconds until the last leecher was done, and until the middle one was. */
  readonly last: number
  readonly middle: number
  /** Bytes that left the seeder, of all layers, as copies of the content. */
  readonly copies: number
}

export interface Content {
  readonly name: string
  readonly size: number
  /** The folder in which it stands. */
  readonly folder: string
  readonly torrentFile: string
}

/** Milliseconds that a swarm may take. */
const PATIENCE = 240_000

/** Lets at most so much leave the place: everything, headers and acknowledgements too. */
export const limitUplink = ({ prefix }: Place, megabits: number): void => {
  const limit = ['rate', `${megabits}mbit`, 'burst', '32kb', 'latency', '50ms']
  const [file = '', ...words] = [...prefix, 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...limit]
  execFileSync(file, words)
}

/** Bytes that left the network namespace of the process. */
const bytesSent = (pid: number): number => {
  const line = /^\s*eth0:(.*)$/m.exec(readFileSync(`/proc/${pid}/net/dev`, 'utf8'))?.[1] ?? ''
  return Number(line.trim().split(/\s+/)[8])
}

/** Holds each leecher that is ready until all are, so that none begins before the others. */
class Gate {
  readonly opened: Promise<void>
  #missing: number
  #open: () => void = () => undefined

  constructor(count: number) {
    this.#missing = count
    this.opened = new Promise((resolve) => (this.#open = resolve))
  }

  async pass(): Promise<void> {
    if (--this.#missing === 0) this.#open()
    return this.opened
  }
}

/** Has every place but the first fetch from the others; the first seeds. */
class Swarm {
  readonly #client: Client
  readonly #content: Content
  readonly #tracker: { readonly tracker?: string }
  readonly #out: string
  readonly #running: RunningClient[] = []

  constructor(client: Client, content: Content, tracker: string | undefined, out: string) {
    this.#client = client
    this.#content = content
    this.#tracker = tracker === undefined ? {} : { tracker }
    this.#out = out
  }

  async run([first, ...others]: readonly Place[]): Promise<Run> {
    if (first === undefined) throw new Error('no place for a seeder')
    const { torrentFile, folder, size } = this.#content
    const options = { ...this.#tracker, patience: PATIENCE }
    const seeder = this.#keep(await this.#client.seed({ torrentFile, folder, place: first, ...options }))
    const gate = new Gate(others.length)
    const sent = bytesSent(seeder.pid)
    const began = gate.opened.then(() => performance.now())
    const ends = await Promise.all(others.map(async (place, index) => this.#fetch(place, index, gate)))
    const seconds = ends.map((end) => end / 1000)
    const start = (await began) / 1000
    const copies = (bytesSent(seeder.pid) - sent) / size
    this.#requireCopies(others.length)
    return { last: Math.max(...seconds) - start, middle: median(seconds) - start, copies }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map(async (client) => client.stop()))
  }

  async #fetch(place: Place, index: number, gate: Gate): Promise<number> {
    const options = { ...this.#tracker, keepsSeeding: true, patience: PATIENCE, place }
    const what = { torrent: this.#content.torrentFile, folder: join(this.#out, String(index)) }
    const leecher = await this.#client.leech({ ...what, ...options, onReady: async () => gate.pass() })
    this.#keep(leecher)
    await leecher.complete
    return performance.now()
  }

  #requireCopies(count: number): void {
    const { folder, name } = this.#content
    for (let index = 0; index < count; index++)
      if (!isIdentical(join(folder, name), join(this.#out, String(index), name)))
        throw new Error(`copy ${index} differs`)
  }

  #keep(client: RunningClient): RunningClient {
    this.#running.push(client)
    return client
  }
}

/**
 * Fetches the content once to every place but the first.
 *
 * @param tracker URL of the HTTP tracker that all announce to, where the client has no other way
 */
export const runSwarm = async (
  client: Client,
  content: Content,
  places: readonly Place[],
  tracker: string | undefined,
): Promise<Run> => {
  const out = mkdtempSync(join(content.folder, '..', 'copies-'))
  const swarm = new Swarm(client, content, tracker, out)
  try {
    return await swarm.run(places)
  } finally {
    await swarm.stop()
    rmSync(out, { recursive: true })
  }
}
