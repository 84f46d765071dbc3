import { join } from 'node:path'
import type { ApiOptions, RunningApi } from '../api/server.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'
import type { TrackerMode } from '../tracker/store/store.js'
import type { StoreUrl } from '../tracker/store/storeUrl.js'

export interface StoreChoice {
  readonly url: StoreUrl
  readonly mode: TrackerMode
  /** Where a file stands whose URL names none. */
  readonly folder: string
}

/** How a tracker is started. */
export interface TrackerStart extends Endpoint {
  /** Seconds between the announces of a peer. */
  readonly interval: number
  readonly trustDeclared: boolean
  readonly connectionsPerAddress?: number
  readonly requestsPerSecond?: number
  /** Default: in memory, a catalog. */
  readonly store?: StoreChoice
  readonly logger: Logger
}

export interface RunningTracker {
  /** Where it listens, with the port that was taken. */
  readonly endpoint: Endpoint
  stop(): Promise<void>
}

/** What commands start. Loaded when it is first needed, so that --help costs nothing; tests hand in their own. */
export interface Services {
  startPeer(options: NodeOptions): Promise<ShoalPeer>
  startTracker(options: TrackerStart): Promise<RunningTracker>
  openApi(options: ApiOptions): Promise<RunningApi>
}

const startTracker = async ({ store: choice, ...options }: TrackerStart): Promise<RunningTracker> => {
  const { startTracker } = await import('../tracker/tracker.js')
  if (choice === undefined) return startTracker(options)
  const { openStore } = await import('../tracker/store/openStore.js')
  const store = await openStore(choice.url, choice.mode, join(choice.folder, 'tracker.sqlite'))
  try {
    return await startTracker({ ...options, store })
  } catch (error) {
    await store.close()
    throw error
  }
}

export const services: Services = {
  startPeer: async (options) => (await import('../node/node.js')).startPeer(options),
  startTracker,
  openApi: async (options) => (await import('../api/server.js')).openApi(options),
}
