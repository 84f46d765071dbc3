import { MemoryStore } from './memory.js'
import type { TrackerMode, TrackerStore } from './store.js'

/** Where torrents and peers are kept, as `--store` names it. */
export type StoreUrl =
  | { readonly kind: 'memory' }
  /** A file. */
  | { readonly kind: 'sqlite'; readonly path: string }

/** Loads what a kind needs only when it is used: a peer never does. */
export const openStore = async (url: StoreUrl, mode: TrackerMode): Promise<TrackerStore> => {
  switch (url.kind) {
    case 'memory':
      return new MemoryStore({ mode })
    case 'sqlite':
      return (await import('./sqlite/sqlite.js')).openSqliteStore(url.path, { mode })
  }
}
