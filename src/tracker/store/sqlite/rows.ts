import type { FileEntry } from '../../../protocol/json/answer.js'
import type { InfoHash, InfoHashV1, RootHash, TorrentId } from '../../../protocol/ids.js'
import type { Archived } from '../archive.js'
import type { Content } from '../store.js'

/** A row of `torrents`, with the size of its metainfo. What stands there was checked when it was shared. */
export interface TorrentRow {
  readonly id: TorrentId
  readonly key: string
  readonly file_name: string
  readonly chunks: number
  readonly file_size: number | null
  readonly root_hash: RootHash | null
  readonly info_hash: InfoHash | null
  readonly info_hash_v1: InfoHashV1 | null
  readonly files: string | null
  readonly is_proven: number
  readonly completed: number
  readonly metainfo_bytes: number
}

const filesIn = (text: string): readonly FileEntry[] =>
  (JSON.parse(text) as readonly [string, number, RootHash?][]).map(([path, size, rootHash]) => ({
    path,
    size,
    rootHash,
  }))

export const archivedOf = (row: TorrentRow): Archived => ({
  id: row.id,
  key: row.key,
  completed: row.completed,
  metainfoBytes: row.metainfo_bytes,
  content: {
    fileName: row.file_name,
    chunks: row.chunks,
    fileSize: row.file_size ?? undefined,
    rootHash: row.root_hash ?? undefined,
    infoHash: row.info_hash ?? undefined,
    infoHashV1: row.info_hash_v1 ?? undefined,
    files: row.files === null ? undefined : filesIn(row.files),
    isProven: row.is_proven !== 0,
  },
})

/** The files of a folder as one text. */
const filesText = (files: readonly FileEntry[] | undefined): string | null =>
  files === undefined
    ? null
    : JSON.stringify(
        files.map(({ path, size, rootHash }) => (rootHash ? [path, size, rootHash] : [path, size])),
      )

export const PUT_TORRENT = `
  INSERT INTO torrents (id, key, file_name, chunks, file_size, root_hash, info_hash, info_hash_v1, files, is_proven)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    file_name = excluded.file_name, chunks = excluded.chunks, file_size = excluded.file_size,
    root_hash = excluded.root_hash, info_hash = excluded.info_hash, info_hash_v1 = excluded.info_hash_v1,
    files = excluded.files, is_proven = excluded.is_proven`

/** What PUT_TORRENT is given. */
export const valuesOf = (
  id: TorrentId,
  key: string,
  content: Content,
): readonly (string | number | null)[] => [
  id,
  key,
  content.fileName,
  content.chunks,
  content.fileSize ?? null,
  content.rootHash ?? null,
  content.infoHash ?? null,
  content.infoHashV1 ?? null,
  filesText(content.files),
  content.isProven ? 1 : 0,
]

export const ALL_TORRENTS = `
  SELECT torrents.*, coalesce(length(metainfo.bytes), 0) AS metainfo_bytes
  FROM torrents LEFT JOIN metainfo USING (id) ORDER BY id`
