import Database from 'libsql'
import { ShoalError } from '../../../protocol/errors.js'
import type { PeerId, TorrentId } from '../../../protocol/ids.js'
import type { Archive, Archived } from '../archive.js'
import type { Content } from '../store.js'
import { ALL_TORRENTS, archivedOf, PUT_TORRENT, valuesOf, type TorrentRow } from './rows.js'
import { migrate } from './schema.js'

/**
 * Milliseconds between two writes at least. Each waits for the disk, some milliseconds, and holds up this process; what
 * comes meanwhile is written together.
 */
const PAUSE = 20

/** Milliseconds after which counts are written that nobody waits for. */
const COUNT_PAUSE = 5_000

/** What is to be written of a torrent; undefined: it is to be deleted. */
type Write = { readonly key: string; readonly content: Content } | undefined

interface Batch {
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const makeBatch = (): Batch => {
  let resolve: () => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const written = new Promise<void>((fulfil, fail) => {
    resolve = fulfil
    reject = fail
  })
  // Nobody may be waiting; who does gets the error all the same.
  written.catch(() => undefined)
  return { written, resolve, reject }
}

const failure = (path: string, what: string, error: unknown): ShoalError =>
  error instanceof ShoalError
    ? error
    : new ShoalError('STORE_FAILED', `${path} cannot be ${what}: ${(error as Error).message}`, {
        cause: error,
      })

/**
 * A catalog in an SQLite file.
 *
 * Invariants: what `settled` resolved for is on the disk; what could not be written stays in `#writes` and is tried again
 * with what comes next.
 */
export class SqliteArchive implements Archive {
  readonly #database: Database.Database
  readonly #path: string
  readonly #writes = new Map<TorrentId, Write>()
  readonly #completed = new Map<TorrentId, number>()
  /** Ids that were proven, or are to be forgotten, in the order in which that is to be written. */
  readonly #proven = new Map<PeerId, boolean>()
  /** Whether somebody waits for what is in `#proven`. */
  #isUrgent = false
  #lastId: number
  #batch: Batch | undefined
  #timer: NodeJS.Timeout | undefined
  #wrote = -Infinity

  /** @throws ShoalError STORE_FAILED when the file cannot be opened, is no catalog, or one of a later version */
  constructor(path: string) {
    this.#path = path
    try {
      this.#database = new Database(path)
      this.#database.exec('PRAGMA journal_mode = WAL')
      this.#database.exec('PRAGMA synchronous = FULL')
      migrate(this.#database, path)
      this.#lastId = this.#readLastId()
    } catch (error) {
      throw failure(path, 'opened', error)
    }
  }

  load(): Iterable<Archived> {
    try {
      return (this.#database.prepare(ALL_TORRENTS).all() as TorrentRow[]).map(archivedOf)
    } catch (error) {
      throw failure(this.#path, 'read', error)
    }
  }

  nextId(): TorrentId {
    return ++this.#lastId as TorrentId
  }

  put(id: TorrentId, key: string, content: Content): void {
    this.#writes.set(id, { key, content })
  }

  delete(id: TorrentId): void {
    this.#writes.set(id, undefined)
    this.#completed.delete(id)
  }

  noteCompleted(id: TorrentId, completed: number): void {
    this.#completed.set(id, completed)
    this.#timer ??= this.#writeIn(COUNT_PAUSE)
  }

  loadProven(): Iterable<PeerId> {
    try {
      const rows = this.#database.prepare('SELECT peer_id FROM proven ORDER BY turn').all()
      return (rows as { readonly peer_id: PeerId }[]).map((row) => row.peer_id)
    } catch (error) {
      throw failure(this.#path, 'read', error)
    }
  }

  noteProven(peerId: PeerId, isNew: boolean): void {
    this.#isUrgent ||= isNew
    this.#proven.delete(peerId)
    this.#proven.set(peerId, true)
    this.#timer ??= this.#writeIn(COUNT_PAUSE)
  }

  forgetProven(peerId: PeerId): void {
    this.#proven.set(peerId, false)
    this.#timer ??= this.#writeIn(COUNT_PAUSE)
  }

  /** @throws ShoalError STORE_FAILED */
  metainfo(id: TorrentId): Uint8Array | undefined {
    if (this.#writes.has(id)) return this.#writes.get(id)?.content.metainfo
    try {
      const row = this.#database.prepare('SELECT bytes FROM metainfo WHERE id = ?').get(id)
      return (row as { readonly bytes: Uint8Array } | undefined)?.bytes
    } catch (error) {
      throw failure(this.#path, 'read', error)
    }
  }

  /** Undefined when everything is on the disk; otherwise settles with the write, by ShoalError STORE_FAILED if it fails. */
  settled(): Promise<void> | undefined {
    if (this.#writes.size === 0 && !this.#isUrgent) return undefined
    if (this.#batch === undefined) {
      this.#batch = makeBatch()
      clearTimeout(this.#timer)
      this.#timer = this.#writeIn(Math.max(0, this.#wrote + PAUSE - performance.now()))
    }
    return this.#batch.written
  }

  /** Writes what is left, and closes the file. @throws ShoalError STORE_FAILED */
  close(): void {
    this.#write()
    this.#database.close()
  }

  #writeIn(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      try {
        this.#write()
      } catch {
        // Whoever waits for it was told.
      }
    }, milliseconds)
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#batch
    this.#batch = undefined
    try {
      if (this.#writes.size + this.#completed.size + this.#proven.size > 0) this.#writeAll()
      this.#writes.clear()
      this.#completed.clear()
      this.#proven.clear()
      this.#isUrgent = false
      batch?.resolve()
    } catch (error) {
      const told = failure(this.#path, 'written', error)
      batch?.reject(told)
      throw told
    } finally {
      this.#wrote = performance.now()
    }
  }

  #writeAll(): void {
    const database = this.#database
    database.exec('BEGIN IMMEDIATE')
    try {
      for (const [id, write] of this.#writes) {
        database.prepare('DELETE FROM metainfo WHERE id = ?').run(id)
        if (write === undefined) database.prepare('DELETE FROM torrents WHERE id = ?').run(id)
        else this.#writeTorrent(id, write.key, write.content)
      }
      const count = database.prepare('UPDATE torrents SET completed = ? WHERE id = ?')
      for (const [id, completed] of this.#completed) count.run(completed, id)
      this.#writeProven()
      database.exec('COMMIT')
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  #writeTorrent(id: TorrentId, key: string, content: Content): void {
    this.#database.prepare(PUT_TORRENT).run(...valuesOf(id, key, content))
    if (content.metainfo === undefined) return
    this.#database.prepare('INSERT INTO metainfo (id, bytes) VALUES (?, ?)').run(id, content.metainfo)
  }

  #writeProven(): void {
    const drop = this.#database.prepare('DELETE FROM proven WHERE peer_id = ?')
    const add = this.#database.prepare('INSERT INTO proven (peer_id) VALUES (?)')
    for (const [peerId, isProven] of this.#proven) {
      drop.run(peerId)
      if (isProven) add.run(peerId)
    }
  }

  #readLastId(): number {
    const row = this.#database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'torrents'").get()
    return (row as { readonly seq: number } | undefined)?.seq ?? 0
  }
}
