import type { WebSeed } from '../link/webSeed/webSeed.js'

/** When a web seed for which there was no room among the peers is tried again. Milliseconds. */
const BUSY_TIME = 10_000

/** Joins a web seed to the swarm; answers whether there was room. */
type Join = (seed: WebSeed) => boolean

/**
 * The web seeds of a download, each used from the start and again after the pause that follows a failure.
 *
 * Invariant: each is in the swarm, or a timer runs for it, until this is stopped.
 */
export class WebSeeds {
  readonly #seeds: ReadonlyMap<string, WebSeed>
  readonly #join: Join
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #isStopped = false

  constructor(seeds: readonly WebSeed[], join: Join) {
    this.#seeds = new Map(seeds.map((seed) => [seed.key, seed]))
    this.#join = join
  }

  has(key: string): boolean {
    return this.#seeds.has(key)
  }

  start(): void {
    for (const seed of this.#seeds.values()) this.#use(seed)
  }

  /** The source `key` is no longer in the swarm; of others than web seeds nothing follows. `pause` in milliseconds. */
  lose(key: string, pause: number): void {
    const seed = this.#seeds.get(key)
    if (seed === undefined || this.#isStopped) return
    this.#timers.set(
      key,
      setTimeout(() => this.#use(seed), pause),
    )
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #use(seed: WebSeed): void {
    if (!this.#join(seed)) this.lose(seed.key, BUSY_TIME)
  }
}
