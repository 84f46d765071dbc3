import type { Departure } from '../../../engine/swarm/effect.js'
import type { Content } from '../../../protocol/metainfo/content.js'
import type { Layout } from '../../../protocol/metainfo/layout.js'
import { fileUrl } from '../../../protocol/metainfo/webSeedUrl.js'
import { FileMap } from '../../../storage/fileMap.js'
import { WebAgents } from '../../../transport/web/webAgents.js'
import { WebFault } from '../../../transport/web/webFault.js'
import { readWebRange } from '../../../transport/web/webRange.js'
import type { LinkEvents, PeerLink } from '../link.js'
import { ChunkCutter, takeRun, type ChunkRun } from './chunkRun.js'

/** Requests under way to one server: while one is answered others are on their way. Browsers take six. */
const MAX_REQUESTS = 4
/** Chunks asked for by one request: 4 MiB, so that what is lost with a connection is little. */
const MAX_RUN = 256
/** Chunks asked of one server and not there yet: 8 MiB, 80 ms at 100 MB/s. */
const MAX_CHUNKS_AHEAD = 512
/** Files that a server may lack before it is left: one that has lost a few is still good for the others. */
const MAX_ABSENT = 32
/** Files that are looked for before anything is asked for in earnest. */
const MAX_PROBES = 3

export interface WebSeedOptions {
  /** Of the web seed, as the torrent names it. */
  readonly url: string
  readonly content: Content
  readonly layout: Layout
  readonly events: LinkEvents
}

/**
 * Takes chunks from a web server (BEP 19), which has everything and serves everybody: a run of chunks is fetched by a
 * request for each file that it is in. Before it counts as connected, a byte is asked for, which tells whether the server
 * is there, has the file, and gives parts of it.
 *
 * Invariant: each chunk asked for is in `#waiting` or in a run under way until it came or was refused.
 */
export class WebSeedLink implements PeerLink {
  readonly wire = 'web'
  readonly #options: WebSeedOptions
  readonly #map: FileMap
  readonly #agents = new WebAgents()
  readonly #ending = new AbortController()
  readonly #waiting: number[] = []
  readonly #absent = new Set<number>()
  #underWay = 0
  #isOver = false

  constructor(options: WebSeedOptions) {
    this.#options = options
    this.#map = new FileMap(options.content)
    void this.#begin()
  }

  interest(): void {
    // It serves everybody, and said already what it has.
  }

  disinterest(): void {
    // The same.
  }

  request(chunks: readonly number[]): void {
    this.#waiting.push(...chunks)
    this.#pump()
  }

  cancel(chunk: number): void {
    const index = this.#waiting.indexOf(chunk)
    if (index < 0) return
    this.#waiting.splice(index, 1)
    this.#options.events.refused(chunk, 'cancelled')
  }

  findPeers(): void {
    // It knows none.
  }

  close(): void {
    this.#isOver = true
    this.#waiting.length = 0
    this.#ending.abort()
    this.#agents.destroy()
  }

  /** Looks whether it serves, by a byte of the first files. Never rejects. */
  async #begin(): Promise<void> {
    const files = [...this.#options.content.files.entries()].filter(([, { size }]) => size > 0)
    let fault = new WebFault('absent', 'there is nothing to fetch')
    for (const [file] of files.slice(0, MAX_PROBES)) {
      try {
        await this.#read(file, 0, 1, () => undefined)
        return this.#tellState()
      } catch (error) {
        fault = error as WebFault
        if (fault.kind !== 'absent') break
      }
    }
    this.#lose(fault)
  }

  #tellState(): void {
    if (this.#isOver) return
    this.#options.events.state({
      isChoking: false,
      has: undefined,
      limit: MAX_CHUNKS_AHEAD,
      tellsNews: true,
      prefersRows: true,
    })
  }

  #pump(): void {
    while (!this.#isOver && this.#underWay < MAX_REQUESTS) {
      const run = takeRun(this.#waiting, this.#options.layout, MAX_RUN)
      if (run === undefined) return
      this.#underWay++
      void this.#fetch(run)
    }
  }

  /** Never rejects. */
  async #fetch(run: ChunkRun): Promise<void> {
    const { layout, events } = this.#options
    const cutter = new ChunkCutter(layout, run.first, (chunk, data) => {
      if (!this.#isOver) events.chunk(chunk, data, undefined)
    })
    try {
      await this.#readRun(run, cutter)
    } catch (error) {
      this.#fail(run, cutter.next, error as WebFault)
    }
    this.#underWay--
    this.#pump()
  }

  /** In turns of its own, so that a swarm that is told of chunks asks for others before it is told of those. */
  async #readRun({ stream, offset, length }: ChunkRun, cutter: ChunkCutter): Promise<void> {
    await Promise.resolve()
    for (const part of this.#map.runsOf(stream, offset, length)) {
      if (part.file === undefined) cutter.pad(part.length)
      else await this.#read(part.file, part.offset, part.length, (bytes) => cutter.add(bytes))
    }
  }

  async #read(file: number, offset: number, length: number, onData: (bytes: Uint8Array) => void) {
    if (this.#absent.has(file)) throw new WebFault('absent', 'it does not have this file')
    const { url, content } = this.#options
    const range = { url: fileUrl(url, content, file), size: content.files[file]?.size ?? 0, offset, length }
    try {
      await readWebRange(range, { agents: this.#agents, signal: this.#ending.signal, onData })
    } catch (error) {
      if (error instanceof WebFault && error.kind === 'absent') this.#absent.add(file)
      throw error
    }
  }

  /**
   * The run ended before chunk `next` was there, in which the fault lies. A file that it lacks costs the chunks with bytes
   * of that file, and others are fetched again; all else costs the link.
   */
  #fail({ first, count }: ChunkRun, next: number, fault: WebFault): void {
    if (fault.kind !== 'absent' || this.#absent.size > MAX_ABSENT) return this.#lose(fault)
    const rest = Array.from({ length: first + count - next }, (_, index) => next + index)
    const missing = rest.filter((chunk) => this.#isAbsent(chunk))
    this.#waiting.unshift(...rest.filter((chunk) => !missing.includes(chunk)))
    for (const chunk of missing) if (!this.#isOver) this.#options.events.refused(chunk, 'missing')
  }

  #isAbsent(chunk: number): boolean {
    const { stream, offset, length } = this.#options.layout.spanOf(chunk)
    return this.#map
      .runsOf(stream, offset, length)
      .some(({ file }) => file !== undefined && this.#absent.has(file))
  }

  #lose({ kind, message }: WebFault): void {
    if (this.#isOver) return
    this.close()
    const reason: Departure = kind === 'absent' ? 'refused' : kind
    this.#options.events.lost(reason, message)
  }
}
