import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Endpoint, LeechOptions, RunningClient, SeedOptions } from './client.js'
import { LOOPBACK, type Place } from './place.js'
import { freePort, isReachable } from './port.js'
import { Program } from './program.js'
import { HttpTracker } from './tracker.js'

const PATIENCE = 25_000

/** What a client was told to do, and when that is done. */
export interface Told {
  readonly complete: Promise<void>
}

/** What every driver has: a process in a place, a port, a folder for its state, things to close. */
export class Session {
  readonly name: string
  readonly place: Place
  readonly endpoint: Endpoint
  /** For settings and state of the client. */
  readonly folder: string
  readonly #patience: number
  #program: Program | undefined
  #closing: (() => Promise<void>)[] = []

  private constructor(name: string, place: Place, port: number, folder: string, patience: number) {
    this.name = name
    this.place = place
    this.endpoint = { host: place.host, port }
    this.folder = folder
    this.#patience = patience
  }

  /** Opens one for `use`; where that fails, nothing of it is left. */
  static async open(
    name: string,
    { place = LOOPBACK, port, patience = PATIENCE }: SeedOptions | LeechOptions,
    use: (session: Session) => Promise<Told>,
  ): Promise<RunningClient> {
    const folder = await mkdtemp(join(tmpdir(), `shoal-${name}-`))
    const session = new Session(name, place, port ?? (await freePort()), folder, patience)
    try {
      const { complete } = await use(session)
      complete.catch(() => undefined)
      const { pid } = session.program
      return { pid, endpoint: session.endpoint, complete, stop: async () => session.#close() }
    } catch (error) {
      await session.#close()
      throw error
    }
  }

  get program(): Program {
    if (this.#program === undefined) throw new Error(`${this.name} was not started`)
    return this.#program
  }

  start(...command: readonly string[]): Program {
    const { name, place, folder } = this
    this.#program = new Program({ name, command, place, folder, patience: this.#patience })
    return this.#program
  }

  /** Resolves once the port for peers accepts connections. */
  async reachable(endpoint: Endpoint = this.endpoint): Promise<void> {
    await this.program.waitFor(`port ${endpoint.port}`, async () => isReachable(endpoint))
  }

  /** For a client that has no word for "ask this peer": it is told by a tracker of its own. */
  async trackerFor({ tracker, peers = [] }: LeechOptions): Promise<string> {
    if (tracker !== undefined) return tracker
    const own = await HttpTracker.start({ host: this.place.gateway, peers })
    this.#closing.push(async () => own.close())
    return own.url
  }

  async #close(): Promise<void> {
    await this.#program?.kill()
    for (const close of this.#closing.splice(0)) await close()
    await rm(this.folder, { recursive: true, force: true })
  }
}
