import { join } from 'node:path'
import type { ApiOptions, RunningApi } from '../api/server.js'
import type { CertificateSource } from '../api/tls/certificate.js'
import type { NodeOptions, ShoalPeer } from '../node/api.js'
import type { Tracker, TrackerOptions } from '../tracker/tracker.js'
import type { TrackerMode } from '../tracker/store/store.js'
import type { StoreUrl } from '../tracker/store/storeUrl.js'

export interface StoreChoice {
  readonly url: StoreUrl
  readonly mode: TrackerMode
  /** Where a file stands whose URL names none. */
  readonly folder: string
}

/** How a tracker is started. */
export interface TrackerStart extends Omit<TrackerOptions, 'store' | 'mode' | 'identity'> {
  /** Default: in memory, a catalog. */
  readonly store?: StoreChoice
  /** What it speaks TLS with; default: it speaks none. */
  readonly certificate?: CertificateSource | undefined
}

export type RunningTracker = Pick<Tracker, 'endpoint' | 'reload' | 'stop'> &
  Partial<Pick<Tracker, 'fingerprint'>>

/** What commands start. Loaded when it is first needed, so that --help costs nothing; tests hand in their own. */
export interface Services {
  startPeer(options: NodeOptions): Promise<ShoalPeer>
  startTracker(options: TrackerStart): Promise<RunningTracker>
  openApi(options: ApiOptions): Promise<RunningApi>
}

const startTracker = async ({
  store: choice,
  certificate,
  ...start
}: TrackerStart): Promise<RunningTracker> => {
  const { startTracker } = await import('../tracker/tracker.js')
  const { BUILT_PAGES } = await import('../support/webPages.js')
  const { openCertificate } = await import('../api/tls/certificate.js')
  const identity = certificate && (await openCertificate(certificate, Date.now()))
  const { versionOfPackage } = await import('../support/version.js')
  const options = { pages: BUILT_PAGES, version: versionOfPackage(), identity, ...start }
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
