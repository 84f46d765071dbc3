import type { ApiOptions, RunningApi } from '../api/server.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import type { Tracker, TrackerOptions } from '../tracker/tracker.js'

/** How a tracker is started. */
export type TrackerStart = TrackerOptions

export type RunningTracker = Pick<Tracker, 'endpoint' | 'reload' | 'stop'>

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
