import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fromHex } from '../../../protocol/hex.js'
import { parseRootHash } from '../../../protocol/ids.js'
import {
  asker,
  content,
  hex,
  infoHashOf,
  peer,
  peerIdOf,
  proven,
  ref,
  simple,
  there,
} from '../sample.contract.js'
import { storeContract } from '../store.contract.js'
import type { TrackerStore } from '../store.js'
import { MIGRATIONS } from './schema.js'
import { openSqliteStore } from './sqlite.js'

let folder: string
const stores: TrackerStore[] = []
const fileOf = (name = 'tracker.sqlite') => join(folder, name)
const open = async (name?: string) => {
  const store = await openSqliteStore(fileOf(name))
  stores.push(store)
  return store
}
const reopen = async (store: TrackerStore) => {
  await store.close()
  stores.splice(stores.indexOf(store), 1)
  return open()
}
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'opened',
    (error: unknown) => (error as { code: string }).code,
  )

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shoal-store-'))
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  await rm(folder, { recursive: true, force: true })
})

let opened = 0
storeContract('SQLite', (limits, mode) =>
  openSqliteStore(fileOf(`${opened++}.sqlite`), { limits, mode: mode ?? 'catalog' }),
)

const folderOf = (number: number) => ({
  ...proven(number),
  files: [
    { path: 'ä/b', size: 3, rootHash: parseRootHash(hex(7, 64)) },
    { path: 'empty', size: 0, rootHash: undefined },
  ],
})

test('the catalog is there after a restart, as it was; peers are not', async () => {
  let store = await open()
  await store.publish(peer(1), simple('a name, "quoted"'), 0)
  await store.publish(peer(2), content(2), 0)
  await store.publish(peer(3), folderOf(3), 0)
  const views = () => Promise.all([1, 2, 3].map(async (id) => store.torrent(ref(id), 9, asker)))
  const before = await views()
  expect(before[0]?.seeders.size).toBe(1)
  store = await reopen(store)
  const after = await views()
  expect(after).toEqual(before.map((view) => ({ ...view, seeders: new Map(), leechers: new Map() })))
  expect(Buffer.from(there(await store.metainfo(ref(3).torrentId)))).toEqual(Buffer.alloc(100))
  expect(await store.metainfo(ref(2).torrentId)).toBeUndefined()
  expect(await store.counts()).toMatchObject({ torrents: 3, listed: 0, peers: 0, metainfoBytes: 100 })
  expect(await store.publish(peer(9), content(2), 0)).toEqual({ outcome: 'published', torrentId: 2 })
  expect(await store.accepts(there(fromHex(infoHashOf(3).slice(0, 40))))).toBe(true)
})

test('what was answered is on the disk: another reader finds it while the store is open', async () => {
  const store = await open()
  const publications = Array.from({ length: 20 }, async (_, number) =>
    store.publish(peer(number + 1), content(number + 1), 0),
  )
  await Promise.all(publications)
  const reader = new Database(fileOf(), { readonly: true })
  expect(reader.prepare('SELECT count(*) AS number FROM torrents').all()).toEqual([{ number: 20 }])
  reader.close()
})

test('ids are not given again after a restart, even those of what was removed', async () => {
  let store = await open()
  for (const number of [1, 2, 3]) await store.publish(peer(number), content(number), 0)
  expect(await store.remove(ref(3).torrentId)).toBe(true)
  store = await reopen(store)
  expect(await store.torrent(ref(3), 9, asker)).toBeUndefined()
  expect(await store.publish(peer(4), content(4), 0)).toEqual({ outcome: 'published', torrentId: 4 })
})

test('what proof replaced, and how many completed, outlast a restart', async () => {
  let store = await open()
  await store.publish(peer(1), { ...content(1), fileName: 'a lie' }, 0)
  await store.publish(peer(2), proven(1, 50), 0)
  const infoHash = there(fromHex(infoHashOf(1).slice(0, 40)))
  await store.announce(
    {
      infoHash,
      peerId: new Uint8Array(20),
      address: Uint8Array.of(9, 9, 9, 9),
      port: 1,
      role: 'seeder',
      event: 'completed',
      wanted: 0,
      families: 'IPv4',
      withPeerIds: false,
    },
    0,
  )
  store = await reopen(store)
  expect((await store.torrent(ref(1), 9, asker))?.content).toMatchObject({
    fileName: 'Film 1',
    isProven: true,
  })
  expect(await store.metainfo(ref(1).torrentId)).toHaveLength(50)
  expect(await store.scrape([infoHash])).toEqual([{ seeders: 0, leechers: 0, completed: 1 }])
})

test('F2 who has proven an id is on the disk before that is answered, in the order in which they were heard', async () => {
  const limits = { provenIds: 2 }
  let store = await openSqliteStore(fileOf('proven'), { limits })
  stores.push(store)
  for (const number of [1, 2]) await store.touch({ ...peer(number), isProven: true }, 0)
  await store.join({ ...peer(1), isProven: true }, ref(9), 'leecher', 0)
  const reader = new Database(fileOf('proven'), { readonly: true })
  expect(reader.prepare('SELECT count(*) AS number FROM proven').all()).toEqual([{ number: 2 }])
  reader.close()
  await store.close()
  stores.splice(stores.indexOf(store), 1)
  store = await openSqliteStore(fileOf('proven'), { limits })
  stores.push(store)
  expect(await store.publish(peer(1), content(1), 0)).toEqual({ outcome: 'unproven' })
  await store.touch({ ...peer(3), isProven: true }, 0)
  expect([1, 2, 3].map((number) => store.isProven(peerIdOf(number)))).toEqual([true, false, true])
})

test('a file of the first version is brought to this one, with what is in it', async () => {
  const old = new Database(fileOf())
  old.exec(`${MIGRATIONS[0]} PRAGMA user_version = 1`)
  old.exec(
    `INSERT INTO torrents VALUES (7, 'v2 ${infoHashOf(1)}', 'old', 2, 20000, NULL, '${infoHashOf(1)}', NULL, NULL, 0)`,
  )
  old.close()
  const store = await open()
  expect((await store.torrent(ref(7), 9, asker))?.content).toMatchObject({
    fileName: 'old',
    fileSize: 20_000,
  })
  expect(await store.publish(peer(1), content(2), 0)).toEqual({ outcome: 'published', torrentId: 8 })
  const reader = new Database(fileOf(), { readonly: true })
  expect(reader.pragma('user_version')).toEqual([{ user_version: MIGRATIONS.length }])
  reader.close()
})

test('a file that is none, of a later version, or where none can be, is refused by name', async () => {
  await writeFile(fileOf('bad'), 'this is no database, '.repeat(500))
  expect(await codeOf(open('bad'))).toBe('STORE_FAILED')
  const later = new Database(fileOf('later'))
  later.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
  later.close()
  await expect(open('later')).rejects.toThrow(/later Shoal/)
  expect(await codeOf(open('bad/tracker.sqlite'))).toBe('STORE_FAILED')
  expect(await codeOf(open('.'))).toBe('STORE_FAILED')
  await open('deep/in/folders.sqlite')
  expect((await stat(fileOf('deep/in/folders.sqlite'))).isFile()).toBe(true)
})

test('two trackers cannot have one file, and the next can once the first has closed it', async () => {
  const store = await open()
  expect(await codeOf(open())).toBe('STATE_LOCKED')
  await reopen(store)
})

test('while the file cannot be written no upload is confirmed, and what was refused is written when it can', async () => {
  const store = await open()
  const blocker = new Database(fileOf())
  blocker.exec('BEGIN IMMEDIATE')
  await expect(store.publish(peer(1), content(1), 0)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  blocker.exec('ROLLBACK')
  blocker.close()
  expect(await store.publish(peer(1), content(1), 0)).toEqual({ outcome: 'published', torrentId: 1 })
  expect((await (await reopen(store)).counts()).torrents).toBe(1)
})
