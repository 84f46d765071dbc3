import type { ListedPeer, TorrentEntry } from '../../protocol/json/answer.js'
import type { PeerId, TorrentId } from '../../protocol/ids.js'
import { Catalog, type TorrentRecord } from './catalog.js'
import { STORE_LIMITS, type StoreLimits } from './limits.js'
import { Members } from './members.js'
import { RowCache } from './rowCache.js'
import {
  contentKey,
  type Content,
  type Joining,
  type Leaving,
  type Page,
  type PageRequest,
  type Publication,
  type Registrant,
  type Role,
  type StoreCounts,
  type TorrentRef,
  type TorrentView,
  type TrackerStore,
} from './store.js'

export interface MemoryStoreOptions {
  readonly limits?: Partial<StoreLimits>
  /** From 0 up to 1; chooses peers. */
  readonly random?: () => number
}

/** A store that lasts as long as the process. All its operations are synchronous. */
export class MemoryStore implements TrackerStore {
  readonly #catalog: Catalog
  readonly #members: Members
  readonly #rows = new RowCache()
  readonly #random: () => number

  constructor(options: MemoryStoreOptions = {}) {
    const limits = { ...STORE_LIMITS, ...options.limits }
    this.#catalog = new Catalog(limits)
    this.#members = new Members(limits)
    this.#random = options.random ?? Math.random
  }

  publish(peer: Registrant, content: Content, now: number): Publication {
    if (this.#members.isForeign(peer)) return { outcome: 'foreign' }
    const key = contentKey(peer.peerId, content)
    const known = this.#catalog.byKey(key)
    const other = content.infoHash === undefined ? this.#members.seedsOther(peer, known) : undefined
    if (other !== undefined) return { outcome: 'already-seeding', torrentId: other.id }
    const limit = this.#members.lacking(peer, known)
    if (limit !== undefined) return { outcome: 'full', limit }
    const torrent = known === undefined ? this.#catalog.add(key, content) : this.#improve(known, content)
    if (typeof torrent === 'string') return { outcome: 'full', limit: torrent }
    this.#members.enter(peer, torrent, 'seeder', now)
    this.#catalog.refile(torrent)
    return { outcome: 'published', torrentId: torrent.id }
  }

  join(peer: Registrant, ref: TorrentRef, role: Role, now: number): Joining {
    if (this.#members.isForeign(peer)) return { outcome: 'foreign' }
    this.#members.hear(peer, now)
    const torrent = this.#catalog.find(ref)
    if (torrent === undefined) return { outcome: 'unknown' }
    const limit = this.#members.lacking(peer, torrent)
    if (limit !== undefined) return { outcome: 'full', limit }
    this.#members.enter(peer, torrent, role, now)
    this.#catalog.refile(torrent)
    return { outcome: 'joined' }
  }

  leave(peer: Registrant, ref: TorrentRef, now: number): Leaving {
    if (this.#members.isForeign(peer)) return 'foreign'
    const member = this.#members.hear(peer, now)
    const torrent = this.#catalog.find(ref)
    if (torrent === undefined) return 'unknown'
    if (member === undefined) return 'left'
    this.#members.exit(member, torrent)
    this.#catalog.refile(torrent)
    return 'left'
  }

  touch(peer: Registrant, now: number): void {
    if (!this.#members.isForeign(peer)) this.#members.hear(peer, now)
  }

  torrent(ref: TorrentRef, maxPeers: number): TorrentView | undefined {
    const torrent = this.#catalog.find(ref)
    return torrent && { content: torrent.content, ...this.#peersOf(torrent, maxPeers) }
  }

  metainfo(torrentId: TorrentId): Uint8Array | undefined {
    return this.#catalog.find({ torrentId, infoHash: undefined })?.content.metainfo
  }

  announce(): 'unregistered' {
    return 'unregistered'
  }

  accepts(): boolean {
    return false
  }

  scrape(infoHashes: readonly Uint8Array[]): readonly undefined[] {
    return infoHashes.map(() => undefined)
  }

  remove(): boolean {
    return false
  }

  page(request: PageRequest): Page {
    const { offset, limit } = request
    const matching = this.#matching(request.query, offset + limit + 1)
    return {
      rows: matching.slice(offset, offset + limit).map((torrent) => this.#rowOf(torrent, request.maxPeers)),
      hasMore: matching.length > offset + limit,
    }
  }

  expire(time: number): readonly (ListedPeer & { readonly peerId: PeerId })[] {
    const silent = this.#members.silentSince(time)
    for (const member of silent) {
      for (const torrent of [...member.torrents]) {
        this.#members.exit(member, torrent)
        this.#catalog.refile(torrent)
      }
    }
    return silent.map(({ peerId, listed }) => ({ ...listed, peerId }))
  }

  counts(): StoreCounts {
    return {
      torrents: this.#catalog.size,
      listed: this.#catalog.listed.length,
      peers: this.#members.size,
      registrations: this.#members.registrations,
      metainfoBytes: this.#catalog.metainfoBytes,
      swarms: 0,
      swarmPeers: 0,
    }
  }

  close(): void {
    // Nothing is held beyond the process.
  }

  /** Lets proven content take the place of what was only said. */
  #improve(torrent: TorrentRecord, content: Content): TorrentRecord | string {
    if (torrent.content.isProven || !content.isProven) return torrent
    return this.#catalog.replace(torrent, content) ?? torrent
  }

  /** The first `count` listed torrents that match. */
  #matching(query: string | undefined, count: number): readonly TorrentRecord[] {
    if (query === undefined || query === '') return this.#catalog.listed
    const wanted = query.toLowerCase()
    const found: TorrentRecord[] = []
    for (const torrent of this.#catalog.listed) {
      if (!torrent.searchName.includes(wanted)) continue
      if (found.push(torrent) >= count) break
    }
    return found
  }

  #rowOf(torrent: TorrentRecord, maxPeers: number): TorrentEntry {
    return this.#rows.rowOf(torrent, maxPeers, () => {
      const { fileName, chunks, fileSize, infoHash } = torrent.content
      return { fileName, chunks, fileSize, infoHash, ...this.#peersOf(torrent, maxPeers) }
    })
  }

  #peersOf({ id, seeders, leechers }: TorrentRecord, maxPeers: number) {
    return {
      torrentId: id,
      seeders: seeders.sample(maxPeers, this.#random),
      leechers: leechers.sample(maxPeers, this.#random),
    }
  }
}
