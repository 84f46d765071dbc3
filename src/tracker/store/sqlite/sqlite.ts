import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ShoalError } from '../../../protocol/errors.js'
import type { PeerId, TorrentId } from '../../../protocol/ids.js'
import { acquireLock, type Lock } from '../../../support/lockFile.js'
import type { Announce } from '../announce.js'
import { MemoryStore, type MemoryStoreOptions } from '../memory.js'
import type {
  Asker,
  Awaitable,
  Content,
  PageRequest,
  Publication,
  Registrant,
  Role,
  TorrentRef,
  TrackerStore,
} from '../store.js'
import { SqliteArchive } from './archive.js'

/**
 * A store whose catalog outlasts the process, in an SQLite file. Swarms are in memory: their peers announce themselves
 * anew within an interval. What is shared or removed, and who has proven an id, is on the disk before that is answered.
 */
class SqliteStore implements TrackerStore {
  readonly #archive: SqliteArchive
  readonly #memory: MemoryStore
  readonly #lock: Lock

  constructor(archive: SqliteArchive, lock: Lock, options: MemoryStoreOptions) {
    this.#archive = archive
    this.#memory = new MemoryStore({ ...options, archive })
    this.#lock = lock
  }

  publish(peer: Registrant, content: Content, now: number): Awaitable<Publication> {
    return this.#settled(this.#memory.publish(peer, content, now))
  }

  join(peer: Registrant, ref: TorrentRef, role: Role, now: number) {
    return this.#provenFirst(peer, this.#memory.join(peer, ref, role, now))
  }

  leave(peer: Registrant, ref: TorrentRef, now: number) {
    return this.#provenFirst(peer, this.#memory.leave(peer, ref, now))
  }

  touch(peer: Registrant, now: number): Awaitable<void> {
    return this.#provenFirst(peer, this.#memory.touch(peer, now))
  }

  isProven(peerId: PeerId): boolean {
    return this.#memory.isProven(peerId)
  }

  torrent(ref: TorrentRef, maxPeers: number, asker: Asker) {
    return this.#memory.torrent(ref, maxPeers, asker)
  }

  metainfo(torrentId: TorrentId) {
    return this.#memory.metainfo(torrentId)
  }

  page(request: PageRequest) {
    return this.#memory.page(request)
  }

  announce(announce: Announce, now: number) {
    return this.#memory.announce(announce, now)
  }

  accepts(infoHash: Uint8Array): boolean {
    return this.#memory.accepts(infoHash)
  }

  scrape(infoHashes: readonly Uint8Array[]) {
    return this.#memory.scrape(infoHashes)
  }

  remove(torrentId: TorrentId): Awaitable<boolean> {
    return this.#settled(this.#memory.remove(torrentId))
  }

  expire(time: number) {
    return this.#memory.expire(time)
  }

  counts() {
    return this.#memory.counts()
  }

  async close(): Promise<void> {
    try {
      this.#archive.close()
    } finally {
      await this.#lock.release()
    }
  }

  /** That somebody holds the key of an id is on the disk before the holder hears of it. */
  #provenFirst<Answer>(peer: Registrant, answer: Answer): Awaitable<Answer> {
    return peer.isProven === true ? this.#settled(answer) : answer
  }

  #settled<Answer>(answer: Answer): Awaitable<Answer> {
    return this.#archive.settled()?.then(() => answer) ?? answer
  }
}

const lockFor = async (path: string): Promise<Lock> => {
  let lock: Lock | undefined
  try {
    await mkdir(dirname(path), { recursive: true })
    lock = await acquireLock(`${path}.lock`)
  } catch (error) {
    throw new ShoalError('STORE_FAILED', `${path} cannot be opened: ${(error as Error).message}`, {
      cause: error,
    })
  }
  // Two would give the same ids to different content.
  if (lock === undefined) throw new ShoalError('STATE_LOCKED', `${path} is the store of a running tracker`)
  return lock
}

/**
 * Opens the store in the file `path`, which is made where it is missing.
 *
 * @throws ShoalError STATE_LOCKED while another process has it
 * @throws ShoalError STORE_FAILED when it cannot be opened or read
 */
export const openSqliteStore = async (
  path: string,
  options: Omit<MemoryStoreOptions, 'archive'> = {},
): Promise<TrackerStore> => {
  const lock = await lockFor(path)
  try {
    return new SqliteStore(new SqliteArchive(path), lock, options)
  } catch (error) {
    await lock.release()
    throw error
  }
}
