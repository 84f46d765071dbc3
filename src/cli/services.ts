import type { ApiOptions, RunningApi } from '../api/server.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import type { Endpoint } from '../protocol/ids.js'
import type { Logger } from '../support/log.js'

/** How a tracker is started. */
export interface TrackerStart extends Endpoint {
  /** Seconds between the announces of a peer. */
  readonly interval: number
  readonly trustDeclared: boolean
  readonly connectionsPerAddress?: number
  readonly requestsPerSecond?: number
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

export const services: Services = {
  startPeer: async (options) => (await import('../node/node.js')).startPeer(options),
  startTracker: async (options) => (await import('../tracker/tracker.js')).startTracker(options),
  openApi: async (options) => (await import('../api/server.js')).openApi(options),
}
