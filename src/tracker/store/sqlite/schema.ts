import type Database from 'libsql'
import { ShoalError } from '../../../protocol/errors.js'

/**
 * What brings a file from each version to the next; PRAGMA user_version says which it has. A step that was released is
 * never changed: files of that version are out there.
 *
 * AUTOINCREMENT keeps the largest id ever given, so that none is given twice.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE torrents (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     key TEXT NOT NULL UNIQUE,
     file_name TEXT NOT NULL,
     chunks INTEGER NOT NULL,
     file_size INTEGER,
     root_hash TEXT,
     info_hash TEXT,
     info_hash_v1 TEXT,
     files TEXT,
     is_proven INTEGER NOT NULL
   );
   CREATE TABLE metainfo (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);`,
  'ALTER TABLE torrents ADD COLUMN completed INTEGER NOT NULL DEFAULT 0;',
  // Who was noted last has the largest turn.
  'CREATE TABLE proven (turn INTEGER PRIMARY KEY, peer_id TEXT NOT NULL UNIQUE);',
]

const versionOf = (database: Database.Database): number => {
  const [row] = database.pragma('user_version') as readonly { readonly user_version: number }[]
  return row?.user_version ?? 0
}

/**
 * Brings the file to the version that this program knows.
 *
 * @throws ShoalError STORE_FAILED for a file of a later version, or one that is no catalog
 */
export const migrate = (database: Database.Database, path: string): void => {
  const version = versionOf(database)
  if (version > MIGRATIONS.length) {
    const found = `version ${version}, and this program knows ${MIGRATIONS.length}`
    throw new ShoalError('STORE_FAILED', `${path} was written by a later Shoal: it has ${found}`)
  }
  for (let step = version; step < MIGRATIONS.length; step++) {
    database.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[step]} PRAGMA user_version = ${step + 1}; COMMIT`)
  }
}
