import type { Client, LeechOptions, RunningClient, SeedOptions } from './client/client.js'

/** The clients that a test started, so that all of them end with it, whatever came of it. */
export class Running {
  readonly #clients: RunningClient[] = []

  async seed(client: Client, options: SeedOptions): Promise<RunningClient> {
    return this.#keep(await client.seed(options))
  }

  async leech(client: Client, options: LeechOptions): Promise<RunningClient> {
    return this.#keep(await client.leech(options))
  }

  async stop(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.stop()
  }

  #keep(client: RunningClient): RunningClient {
    this.#clients.push(client)
    return client
  }
}
