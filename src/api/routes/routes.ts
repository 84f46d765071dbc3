import type { Route } from './route.js'
import { getStatus } from './status.js'
import { getPeers, stopTorrent } from './torrents.js'

/** Every route. Whatever is added here is guarded, and proven to be by the test that reads this list. */
export const routes: readonly Route[] = [getStatus, getPeers, stopTorrent]
