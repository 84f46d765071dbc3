import { mkdirSync, readFileSync, watch } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, vi } from 'vitest'
import type { Endpoint } from '../../../src/protocol/ids.js'
import { Op, Ret } from '../../../src/protocol/json/op.js'
import { silentLogger } from '../../../src/support/silentLogger.contract.js'
import { startTracker, type Tracker, type TrackerOptions } from '../../../src/tracker/tracker.js'
import { ask } from '../../../src/tracker/simpleClient.contract.js'
import { makeContent, sha256, type Content } from './content.js'
import { OtherPeer, type Behaviour, type Message } from './otherPeer.js'
import { Program } from './program.js'

export const LOOPBACK = ['--host', '127.0.0.1', '--port', '0'] as const

export const address = ({ host, port }: Endpoint): string => `${host}:${port}`

export interface GetOptions {
  readonly out?: string
  readonly state?: string
  /** Paths inside `out` and what they must hold as soon as they are there; default: the content at its name. */
  readonly expected?: readonly Pick<Content, 'name' | 'data'>[]
}

/** Everything one test starts, in a folder of its own. Nothing of it is left when the test ends. */
export class World {
  readonly folder: string
  readonly trackers: Tracker[] = []
  /** What stood at a final name and was not what it should be. */
  readonly corrupt: string[] = []
  readonly #programs: Program[] = []
  readonly #others: OtherPeer[] = []
  /** What is done at the end, once every process is gone. */
  readonly endings: (() => void)[] = []
  #count = 0

  constructor(folder: string) {
    this.folder = folder
  }

  static async make(): Promise<World> {
    return new World(await mkdtemp(join(tmpdir(), 'shoal-e2e-')))
  }

  path(...names: string[]): string {
    return join(this.folder, ...names)
  }

  async content(name: string, size: number): Promise<Content> {
    return makeContent(this.path('input'), name, size)
  }

  /** A tracker in this process, on a real port. */
  async tracker(options: Partial<TrackerOptions> = {}): Promise<string> {
    const tracker = await startTracker({ host: '127.0.0.1', port: 0, logger: silentLogger, ...options })
    this.trackers.push(tracker)
    return address(tracker.endpoint)
  }

  /** A tracker as a process that can be killed. */
  async trackerProgram(...words: string[]): Promise<{ program: Program; at: string; port: number }> {
    const all = words.includes('--port') ? words : [...words, '--port', '0']
    const program = this.run('tracker', '--host', '127.0.0.1', '--json', ...all)
    const port = await program.port()
    return { program, at: `127.0.0.1:${port}`, port }
  }

  run(...words: string[]): Program {
    const program = new Program(words, this.folder)
    this.#programs.push(program)
    return program
  }

  /** A peer that shares `path`, once a tracker lists it. */
  async share(
    tracker: string,
    content: Content,
    ...flags: string[]
  ): Promise<{ program: Program; id: number }> {
    const program = this.startShare(tracker, content, ...flags)
    return { program, id: Number((await program.event('shared')).torrentId) }
  }

  startShare(tracker: string, content: Content, ...flags: string[]): Program {
    const port = flags.includes('--port') ? [] : ['--port', '0']
    const state = flags.includes('--state') ? [] : ['--state', this.path(`seeder-${++this.#count}`)]
    const where = ['--host', '127.0.0.1', ...port, '--tracker', tracker]
    return this.run('share', content.path, ...where, ...state, '--json', '--log-level', 'info', ...flags)
  }

  /** A peer of the test, listed as a seeder of `content`. Without `metainfo` the tracker knows its root only. */
  async seeder(
    tracker: string,
    content: Content,
    behave?: Behaviour,
    { metainfo = true } = {},
  ): Promise<{ other: OtherPeer; id: number }> {
    const other = await this.other(content, behave)
    const { TORRENT_ID } = await this.ask(tracker, {
      OP_CODE: Op.UPLOAD_FILE,
      ...other.identity,
      FILE_NAME: content.name,
      NUM_OF_CHUNKS: content.chunks,
      FILE_SIZE: content.data.length,
      ROOT_HASH: content.rootHash,
      INFO_HASH: content.infoHash,
      ...(metainfo ? { METAINFO: Buffer.from(content.torrent).toString('base64') } : {}),
    })
    return { other, id: Number(TORRENT_ID) }
  }

  /** A peer of the test that no tracker knows. */
  async other(content: Content, behave?: Behaviour): Promise<OtherPeer> {
    const other = await OtherPeer.start(content, behave)
    this.#others.push(other)
    return other
  }

  /** A peer of the test, listed as one more seeder of torrent `id`. */
  async alsoSeeds(tracker: string, content: Content, id: number, behave: Behaviour): Promise<OtherPeer> {
    const other = await this.other(content, behave)
    const said = { TORRENT_ID: id, INFO_HASH: content.infoHash }
    await this.ask(tracker, { OP_CODE: Op.START_SEED, ...other.identity, ...said })
    return other
  }

  /** One request to a tracker, which must succeed. */
  async ask(tracker: string, request: Message): Promise<Message> {
    const port = Number(tracker.split(':').at(-1))
    const answer = await ask({ host: '127.0.0.1', port }, request)
    if (answer.RET_CODE !== Ret.SUCCESS && answer.RET_CODE !== Ret.NO_AVAILABLE_TORRENTS)
      throw new Error(`the tracker refused: ${JSON.stringify(answer)}`)
    return answer
  }

  /** The tracker's list. */
  async list(tracker: string): Promise<Message[]> {
    const identity = { IP_ADDRESS: '127.0.0.1', PORT: '1', PEER_ID: 'ff'.repeat(16) }
    const answer = await this.ask(tracker, { OP_CODE: Op.GET_LIST, ...identity })
    return answer.TORRENT_LIST as Message[]
  }

  /** A peer that fetches `what`; its output folder is watched, so that nothing corrupt is ever at the final name. */
  get(
    what: string | number,
    content: Pick<Content, 'name' | 'data'>,
    flags: readonly string[],
    options: GetOptions = {},
  ): Program {
    const out = options.out ?? this.path(`out-${++this.#count}`)
    const state = options.state ?? `${out}-state`
    this.guard(out, options.expected ?? [content])
    const where = [...LOOPBACK, '-o', out, '--state', state, '--json', '--log-level', 'info']
    return this.run('get', String(what), ...where, ...flags)
  }

  /** Fetches with `flags` to the end and compares. */
  async fetched(what: string | number, content: Content, ...flags: string[]): Promise<Program> {
    const out = this.path(`out-${++this.#count}`)
    const program = this.get(what, content, ['--no-seed', ...flags], { out })
    await program.exits(0)
    await this.expectFile(join(out, content.name), content)
    return program
  }

  async expectFile(path: string, { data }: Pick<Content, 'data'>): Promise<void> {
    expect(sha256(await readFile(path))).toBe(sha256(data))
  }

  async torrentFile(content: Content): Promise<string> {
    const path = this.path(`${content.name}.torrent`)
    await writeFile(path, content.torrent)
    return path
  }

  /** From now on whatever stands at these names in `out` must be as expected. */
  guard(out: string, expected: readonly Pick<Content, 'name' | 'data'>[]): void {
    mkdirSync(out, { recursive: true })
    const check = (): void => {
      for (const { name, data } of expected) {
        const found = readIfThere(join(out, name))
        if (found !== undefined && !found.equals(data)) this.corrupt.push(join(out, name))
      }
    }
    const watcher = watch(out, check)
    this.endings.push(() => {
      watcher.close()
      check()
    })
  }

  async close(): Promise<void> {
    for (const program of this.#programs) program.process.kill('SIGKILL')
    await Promise.all(this.#programs.map((program) => program.exit()))
    await Promise.all(this.#others.map((other) => other.close()))
    await Promise.all(this.trackers.map((tracker) => tracker.stop()))
    for (const end of this.endings) end()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
    expect(this.corrupt, 'corrupt at its final name').toEqual([])
  }
}

const readIfThere = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

// Every wait of a test is bounded by itself and says then what did not come; this bound is for what has none.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

/** A test with a world of its own, which is gone afterwards. */
export const test = base.extend<{ world: World }>({
  // eslint wants no empty pattern; vitest wants a pattern.
  world: async ({}, use) => {
    const world = await World.make()
    try {
      await use(world)
    } finally {
      await world.close()
    }
  },
})
