import type { PeerId, TorrentId } from '../../protocol/ids.js'
import type { Content, ListedContent } from './store.js'

/** What is kept of a torrent, whoever is in it. */
export interface Archived {
  readonly id: TorrentId
  /** See contentKey. */
  readonly key: string
  readonly content: ListedContent
  /** Of the .torrent, 0 where there is none. */
  readonly metainfoBytes: number
  /** Peers that completed it. */
  readonly completed: number
}

/** Where a catalog keeps what it holds, so that it may outlast the process. */
export interface Archive {
  /** What an earlier run left, in order of id. */
  load(): Iterable<Archived>
  /** An id that was never given before. */
  nextId(): TorrentId
  put(id: TorrentId, key: string, content: Content): void
  delete(id: TorrentId): void
  /** How many completed it; may be lost where the process ends suddenly. */
  noteCompleted(id: TorrentId, completed: number): void
  metainfo(id: TorrentId): Uint8Array | undefined
  /** The ids that were proven in earlier runs, those first that were noted the longest ago. */
  loadProven(): Iterable<PeerId>
  /** That an id was proven for the first time, or was heard from again. */
  noteProven(peerId: PeerId, isNew: boolean): void
  forgetProven(peerId: PeerId): void
}

/** Keeps what a catalog does not hold itself for as long as the process runs. */
export class MemoryArchive implements Archive {
  readonly #metainfo = new Map<TorrentId, Uint8Array>()
  #lastId = 0

  load(): Iterable<Archived> {
    return []
  }

  nextId(): TorrentId {
    return ++this.#lastId as TorrentId
  }

  put(id: TorrentId, _key: string, { metainfo }: Content): void {
    if (metainfo !== undefined) this.#metainfo.set(id, metainfo)
  }

  delete(id: TorrentId): void {
    this.#metainfo.delete(id)
  }

  noteCompleted(): void {
    // The swarm knows.
  }

  metainfo(id: TorrentId): Uint8Array | undefined {
    return this.#metainfo.get(id)
  }

  loadProven(): Iterable<PeerId> {
    return []
  }

  noteProven(): void {
    // Who asks remembers it for as long as the process runs.
  }

  forgetProven(): void {
    // The same.
  }
}
