import type { TorrentId } from '../../protocol/ids.js'
import type { Archive, Archived } from './archive.js'
import { IdList } from './idList.js'
import type { StoreLimits } from './limits.js'
import { PeerSet } from './peerSet.js'
import type { Content, ListedContent, TorrentRef } from './store.js'
import type { Swarm } from './swarm/swarm.js'

/** A torrent as the store keeps it. */
export interface TorrentRecord {
  readonly id: TorrentId
  readonly key: string
  content: ListedContent
  metainfoBytes: number
  /** As many as had completed it when it was loaded. */
  readonly completed: number
  /** The name as it is searched. */
  searchName: string
  /** Those that registered over JSON. */
  readonly seeders: PeerSet
  readonly leechers: PeerSet
  /** Those that BitTorrent clients can use; undefined where the content has no info-hash. */
  swarm: Swarm | undefined
}

const listedContent = (content: Content): ListedContent => {
  const { fileName, chunks, fileSize, rootHash, infoHash, infoHashV1, files, isProven } = content
  return { fileName, chunks, fileSize, rootHash, infoHash, infoHashV1, files, isProven }
}

const makeRecord = ({ id, key, content, metainfoBytes, completed }: Archived): TorrentRecord => ({
  id,
  key,
  content,
  metainfoBytes,
  completed,
  searchName: content.fileName.toLowerCase(),
  seeders: new PeerSet(),
  leechers: new PeerSet(),
  swarm: undefined,
})

const hasPeers = ({ seeders, leechers, swarm }: TorrentRecord): boolean =>
  seeders.size + leechers.size + (swarm?.members.length ?? 0) > 0

/**
 * The torrents by id and by content.
 *
 * Invariants: `listed` holds those with a seeder that registered, `listedForWires` those with any, both in order of id;
 * `#dormant` those without any peer, the longest so first, and only they are forgotten, when room is needed; the two sums
 * are those of all torrents held.
 */
export class Catalog {
  readonly listed = new IdList<TorrentRecord>()
  readonly listedForWires = new IdList<TorrentRecord>()
  readonly #limits: StoreLimits
  readonly #archive: Archive
  readonly #onForget: (torrent: TorrentRecord) => void
  readonly #byId = new Map<TorrentId, TorrentRecord>()
  readonly #byKey = new Map<string, TorrentRecord>()
  readonly #dormant = new Set<TorrentRecord>()
  #metainfoBytes = 0
  #files = 0

  constructor(limits: StoreLimits, archive: Archive, onForget: (torrent: TorrentRecord) => void) {
    this.#limits = limits
    this.#archive = archive
    this.#onForget = onForget
    for (const archived of archive.load()) this.#hold(makeRecord(archived))
  }

  get size(): number {
    return this.#byId.size
  }

  get metainfoBytes(): number {
    return this.#metainfoBytes
  }

  all(): Iterable<TorrentRecord> {
    return this.#byId.values()
  }

  byId(id: TorrentId): TorrentRecord | undefined {
    return this.#byId.get(id)
  }

  byKey(key: string): TorrentRecord | undefined {
    return this.#byKey.get(key)
  }

  find(ref: TorrentRef): TorrentRecord | undefined {
    const torrent = this.#byId.get(ref.torrentId)
    return ref.infoHash === undefined || torrent?.content.infoHash === ref.infoHash ? torrent : undefined
  }

  /** Gives `content` the next id, or returns the limit that stands against it. */
  add(key: string, content: Content): TorrentRecord | string {
    const lacking = this.#makeRoom(1, content, undefined)
    if (lacking !== undefined) return lacking
    const id = this.#archive.nextId()
    this.#archive.put(id, key, content)
    const metainfoBytes = content.metainfo?.length ?? 0
    return this.#hold(makeRecord({ id, key, content: listedContent(content), metainfoBytes, completed: 0 }))
  }

  /** Replaces what is known of `torrent`, or returns the limit that stands against it. */
  replace(torrent: TorrentRecord, content: Content): string | undefined {
    const lacking = this.#makeRoom(0, content, torrent)
    if (lacking !== undefined) return lacking
    this.#archive.put(torrent.id, torrent.key, content)
    this.#count(torrent, -1)
    torrent.content = listedContent(content)
    torrent.metainfoBytes = content.metainfo?.length ?? 0
    torrent.searchName = content.fileName.toLowerCase()
    this.#count(torrent, 1)
    return undefined
  }

  /** To be called after the peers of `torrent` have changed. */
  refile(torrent: TorrentRecord): void {
    this.listed.set(torrent, torrent.seeders.size > 0)
    this.listedForWires.set(torrent, torrent.seeders.size + (torrent.swarm?.seeders ?? 0) > 0)
    if (hasPeers(torrent)) this.#dormant.delete(torrent)
    else if (this.#byId.has(torrent.id)) this.#dormant.add(torrent)
  }

  /** Forgets a torrent, which may have peers. */
  forget(torrent: TorrentRecord): void {
    this.#archive.delete(torrent.id)
    this.#byId.delete(torrent.id)
    this.#byKey.delete(torrent.key)
    this.#dormant.delete(torrent)
    this.listed.set(torrent, false)
    this.listedForWires.set(torrent, false)
    this.#count(torrent, -1)
  }

  #hold(torrent: TorrentRecord): TorrentRecord {
    this.#byId.set(torrent.id, torrent)
    this.#byKey.set(torrent.key, torrent)
    this.#dormant.add(torrent)
    this.#count(torrent, 1)
    return torrent
  }

  /** Forgets dormant torrents other than `kept` until `content` fits, or returns the limit it meets. */
  #makeRoom(torrents: number, content: Content, kept: TorrentRecord | undefined): string | undefined {
    const dormant = this.#dormant.values()
    for (;;) {
      const lacking = this.#lacking(torrents, content)
      if (lacking === undefined) return undefined
      let oldest = dormant.next()
      if (oldest.value === kept && oldest.done !== true) oldest = dormant.next()
      if (oldest.done === true) return lacking
      this.#onForget(oldest.value)
      this.forget(oldest.value)
    }
  }

  #lacking(torrents: number, { metainfo, files }: Content): string | undefined {
    const { torrents: most, metainfoBytes, files: mostFiles } = this.#limits
    if (this.#byId.size + torrents > most) return `the tracker holds ${most} torrents, its limit`
    if (this.#metainfoBytes + (metainfo?.length ?? 0) > metainfoBytes) {
      return 'METAINFO: the tracker has no room left for it; it can be left out'
    }
    if (this.#files + (files?.length ?? 0) > mostFiles)
      return 'METAINFO: it has more files than the tracker has room for'
    return undefined
  }

  #count(torrent: TorrentRecord, sign: 1 | -1): void {
    this.#metainfoBytes += sign * torrent.metainfoBytes
    this.#files += sign * (torrent.content.files?.length ?? 0)
  }
}
