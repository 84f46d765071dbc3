import type { TorrentId } from '../../protocol/ids.js'
import type { StoreLimits } from './limits.js'
import { PeerSet } from './peerSet.js'
import type { Content, TorrentRef } from './store.js'

/** A torrent as the store keeps it. */
export interface TorrentRecord {
  readonly id: TorrentId
  readonly key: string
  content: Content
  /** The name as it is searched. */
  searchName: string
  readonly seeders: PeerSet
  readonly leechers: PeerSet
}

const metainfoSize = (content: Content): number => content.metainfo?.length ?? 0
const fileCount = (content: Content): number => content.files?.length ?? 0

/**
 * The torrents by id and by content.
 *
 * Invariants: `#listed` holds those with a seeder, in order of id; `#dormant` those without any peer, the longest so
 * first, and only they are forgotten, when room is needed; the two sums are those of all torrents held.
 */
export class Catalog {
  readonly #limits: StoreLimits
  readonly #byId = new Map<TorrentId, TorrentRecord>()
  readonly #byKey = new Map<string, TorrentRecord>()
  readonly #listed: TorrentRecord[] = []
  readonly #dormant = new Set<TorrentRecord>()
  #nextId = 1
  #metainfoBytes = 0
  #files = 0

  constructor(limits: StoreLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#byId.size
  }

  get metainfoBytes(): number {
    return this.#metainfoBytes
  }

  get listed(): readonly TorrentRecord[] {
    return this.#listed
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
    const torrent: TorrentRecord = {
      id: this.#nextId++ as TorrentId,
      key,
      content,
      searchName: content.fileName.toLowerCase(),
      seeders: new PeerSet(),
      leechers: new PeerSet(),
    }
    this.#byId.set(torrent.id, torrent)
    this.#byKey.set(key, torrent)
    this.#dormant.add(torrent)
    this.#count(content, 1)
    return torrent
  }

  /** Replaces what is known of `torrent`, or returns the limit that stands against it. */
  replace(torrent: TorrentRecord, content: Content): string | undefined {
    const lacking = this.#makeRoom(0, content, torrent)
    if (lacking !== undefined) return lacking
    this.#count(torrent.content, -1)
    this.#count(content, 1)
    torrent.content = content
    torrent.searchName = content.fileName.toLowerCase()
    return undefined
  }

  /** To be called after the peers of `torrent` have changed. */
  refile(torrent: TorrentRecord): void {
    const place = this.#placeOf(torrent.id)
    const isListed = this.#listed[place] === torrent
    if (torrent.seeders.size > 0 && !isListed) this.#listed.splice(place, 0, torrent)
    if (torrent.seeders.size === 0 && isListed) this.#listed.splice(place, 1)
    if (torrent.seeders.size + torrent.leechers.size > 0) this.#dormant.delete(torrent)
    else this.#dormant.add(torrent)
  }

  /** The first place in `#listed` whose id is not below `id`. */
  #placeOf(id: TorrentId): number {
    let low = 0
    let high = this.#listed.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#listed[middle]?.id ?? id) < id) low = middle + 1
      else high = middle
    }
    return low
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
      this.#forget(oldest.value)
    }
  }

  #lacking(torrents: number, content: Content): string | undefined {
    const { torrents: most, metainfoBytes, files } = this.#limits
    if (this.#byId.size + torrents > most) return `the tracker holds ${most} torrents, its limit`
    if (this.#metainfoBytes + metainfoSize(content) > metainfoBytes) {
      return 'METAINFO: the tracker has no room left for it; it can be left out'
    }
    if (this.#files + fileCount(content) > files)
      return 'METAINFO: it has more files than the tracker has room for'
    return undefined
  }

  #forget(torrent: TorrentRecord): void {
    this.#byId.delete(torrent.id)
    this.#byKey.delete(torrent.key)
    this.#dormant.delete(torrent)
    this.#count(torrent.content, -1)
  }

  #count(content: Content, sign: 1 | -1): void {
    this.#metainfoBytes += sign * metainfoSize(content)
    this.#files += sign * fileCount(content)
  }
}
