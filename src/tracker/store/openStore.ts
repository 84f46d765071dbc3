import { MemoryStore } from './memory.js'
import type { TrackerMode, TrackerStore } from './store.js'
import type { StoreUrl } from './storeUrl.js'

/**
 * Opens a store; `defaultPath` is the file of one whose URL names none. What a kind needs is loaded only when it is used:
 * a peer never does.
 *
 * @throws ShoalError STORE_FAILED, STORE_UNREACHABLE, STATE_LOCKED
 */
export const openStore = async (
  url: StoreUrl,
  mode: TrackerMode,
  defaultPath: string,
): Promise<TrackerStore> => {
  switch (url.kind) {
    case 'memory':
      return new MemoryStore({ mode })
    case 'sqlite':
      return (await import('./sqlite/sqlite.js')).openSqliteStore(url.path ?? defaultPath, { mode })
    case 'redis':
      return (await import('./redis/redis.js')).openRedisStore(url, { mode })
  }
}
