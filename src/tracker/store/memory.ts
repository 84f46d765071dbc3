import type { ListedPeer, TorrentEntry } from '../../protocol/json/answer.js'
import type { PeerId, TorrentId } from '../../protocol/ids.js'
import { rangeOfHost, type AddressRange } from './addressRange.js'
import type { Announce, Announced, Denial, SwarmCounts } from './announce.js'
import { MemoryArchive, type Archive } from './archive.js'
import { Catalog, type TorrentRecord } from './catalog.js'
import { STORE_LIMITS, type StoreLimits } from './limits.js'
import { Members } from './members.js'
import { ProvenIds } from './proven.js'
import { RowCache } from './rowCache.js'
import {
  contentKey,
  infoHashesOf,
  type Asker,
  type Content,
  type Joining,
  type Leaving,
  type Page,
  type PageRequest,
  type Publication,
  type Registrant,
  type Role,
  type StoreCounts,
  type Stranger,
  type TorrentRef,
  type TorrentView,
  type TrackerMode,
  type TrackerStore,
} from './store.js'
import { addWirePeers } from './swarm/listing.js'
import { SwarmMirror } from './swarm/mirror.js'
import { Swarms } from './swarm/swarms.js'

export interface MemoryStoreOptions {
  readonly limits?: Partial<StoreLimits>
  /** Default: catalog. */
  readonly mode?: TrackerMode
  /** From 0 up to 1; chooses peers. */
  readonly random?: () => number
  /** Where the catalog stands besides; default: nowhere. */
  readonly archive?: Archive
}

/** What decides which peers an asker is told of. */
interface Audience {
  readonly range: AddressRange
  readonly speaksWire: boolean
}

const audienceOf = ({ host, wires }: Asker): Audience => ({
  range: rangeOfHost(host),
  speaksWire: wires.includes('bittorrent'),
})

/** A store that lasts as long as the process. All its operations are synchronous. */
export class MemoryStore implements TrackerStore {
  readonly #archive: Archive
  readonly #catalog: Catalog
  readonly #members: Members
  readonly #proven: ProvenIds
  readonly #swarms: Swarms
  readonly #rows = new RowCache()
  readonly #random: () => number

  constructor(options: MemoryStoreOptions = {}) {
    const limits = { ...STORE_LIMITS, ...options.limits }
    this.#random = options.random ?? Math.random
    this.#archive = options.archive ?? new MemoryArchive()
    this.#swarms = new Swarms({
      mode: options.mode ?? 'catalog',
      limits,
      random: this.#random,
      onChange: (id) => this.#refile(id),
      onCompleted: (id, completed) => this.#archive.noteCompleted(id, completed),
    })
    this.#catalog = new Catalog(limits, this.#archive, (torrent) => this.#leaveSwarm(torrent, false))
    this.#members = new Members(limits, new SwarmMirror(this.#swarms))
    const isRegistered = (peerId: PeerId): boolean => this.#members.find(peerId) !== undefined
    this.#proven = new ProvenIds(limits.provenIds, this.#archive, isRegistered)
    for (const torrent of this.#catalog.all()) this.#share(torrent)
  }

  publish(peer: Registrant, content: Content, now: number): Publication {
    const stranger = this.#admit(peer)
    if (stranger !== undefined) return { outcome: stranger }
    const key = contentKey(peer.peerId, content)
    const known = this.#catalog.byKey(key)
    const other = content.infoHash === undefined ? this.#members.seedsOther(peer, known) : undefined
    if (other !== undefined) return { outcome: 'already-seeding', torrentId: other.id }
    const limit = this.#members.lacking(peer, known)
    if (limit !== undefined) return { outcome: 'full', limit }
    const torrent = known === undefined ? this.#catalog.add(key, content) : this.#improve(known, content)
    if (typeof torrent === 'string') return { outcome: 'full', limit: torrent }
    if (torrent !== known || torrent.content.isProven) this.#share(torrent)
    this.#members.enter(peer, torrent, 'seeder', now)
    this.#catalog.refile(torrent)
    return { outcome: 'published', torrentId: torrent.id }
  }

  join(peer: Registrant, ref: TorrentRef, role: Role, now: number): Joining {
    const stranger = this.#admit(peer)
    if (stranger !== undefined) return { outcome: stranger }
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
    const stranger = this.#admit(peer)
    if (stranger !== undefined) return stranger
    const member = this.#members.hear(peer, now)
    const torrent = this.#catalog.find(ref)
    if (torrent === undefined) return 'unknown'
    if (member === undefined) return 'left'
    this.#members.exit(member, torrent)
    this.#catalog.refile(torrent)
    return 'left'
  }

  touch(peer: Registrant, now: number): void {
    if (this.#admit(peer) === undefined) this.#members.hear(peer, now)
  }

  isProven(peerId: PeerId): boolean {
    return this.#proven.has(peerId)
  }

  torrent(ref: TorrentRef, maxPeers: number, asker: Asker): TorrentView | undefined {
    const torrent = this.#catalog.find(ref)
    return torrent && { content: torrent.content, ...this.#peersOf(torrent, maxPeers, audienceOf(asker)) }
  }

  metainfo(torrentId: TorrentId): Uint8Array | undefined {
    return this.#archive.metainfo(torrentId)
  }

  page(request: PageRequest): Page {
    const { offset, limit, maxPeers } = request
    const audience = audienceOf(request.asker)
    const matching = this.#matching(audience, request.query, offset + limit + 1)
    return {
      rows: matching.slice(offset, offset + limit).map((torrent) => this.#rowOf(torrent, maxPeers, audience)),
      hasMore: matching.length > offset + limit,
    }
  }

  announce(announce: Announce, now: number): Announced | Denial {
    return this.#swarms.announce(announce, now)
  }

  accepts(infoHash: Uint8Array): boolean {
    return this.#swarms.accepts(infoHash)
  }

  scrape(infoHashes: readonly Uint8Array[]): readonly (SwarmCounts | undefined)[] {
    return infoHashes.map((infoHash) => this.#swarms.scrape(infoHash))
  }

  remove(torrentId: TorrentId): boolean {
    const torrent = this.#catalog.byId(torrentId)
    if (torrent === undefined) return false
    this.#members.empty(torrent)
    this.#leaveSwarm(torrent, true)
    this.#catalog.forget(torrent)
    return true
  }

  expire(time: number): readonly (ListedPeer & { readonly peerId: PeerId })[] {
    this.#swarms.expire(time)
    const silent = this.#members.silentSince(time)
    for (const { peerId } of silent) this.#drop(peerId)
    return silent.map(({ peerId, listed }) => ({ ...listed, peerId }))
  }

  counts(): StoreCounts {
    return {
      torrents: this.#catalog.size,
      listed: this.#catalog.listedForWires.items.length,
      peers: this.#members.size,
      registrations: this.#members.registrations,
      metainfoBytes: this.#catalog.metainfoBytes,
      swarms: this.#swarms.size,
      swarmPeers: this.#swarms.peers.slab.size,
    }
  }

  close(): void {
    // Nothing is held beyond the process.
  }

  /**
   * Why `peer` may not speak for its id, or undefined. Who proves an id for the first time finds nothing under it: what
   * stood there anybody may have said.
   */
  #admit(peer: Registrant): Stranger | undefined {
    const stranger = this.#members.strangerIn(peer, this.#proven.has(peer.peerId))
    if (stranger === undefined && peer.isProven === true && this.#proven.hear(peer.peerId))
      this.#drop(peer.peerId)
    return stranger
  }

  /** Takes a registered peer out of everything. */
  #drop(peerId: PeerId): void {
    const member = this.#members.find(peerId)
    if (member === undefined) return
    for (const torrent of [...member.torrents]) {
      this.#members.exit(member, torrent)
      this.#catalog.refile(torrent)
    }
  }

  /** Lets proven content take the place of what was only said. */
  #improve(torrent: TorrentRecord, content: Content): TorrentRecord | string {
    if (torrent.content.isProven || !content.isProven) return torrent
    return this.#catalog.replace(torrent, content) ?? torrent
  }

  #share(torrent: TorrentRecord): void {
    torrent.swarm = this.#swarms.share(torrent, infoHashesOf(torrent.content), torrent.swarm)
  }

  #leaveSwarm(torrent: TorrentRecord, isDenied: boolean): void {
    const { swarm } = torrent
    torrent.swarm = undefined
    if (swarm !== undefined) this.#swarms.forget(swarm, isDenied)
  }

  #refile(id: TorrentId): void {
    const torrent = this.#catalog.byId(id)
    if (torrent !== undefined) this.#catalog.refile(torrent)
  }

  /** The first `count` listed torrents that match. */
  #matching(audience: Audience, query: string | undefined, count: number): readonly TorrentRecord[] {
    const { items } = audience.speaksWire ? this.#catalog.listedForWires : this.#catalog.listed
    if (query === undefined || query === '') return items
    const wanted = query.toLowerCase()
    const found: TorrentRecord[] = []
    for (const torrent of items) {
      if (!torrent.searchName.includes(wanted)) continue
      if (found.push(torrent) >= count) break
    }
    return found
  }

  #rowOf(torrent: TorrentRecord, maxPeers: number, audience: Audience): TorrentEntry {
    return this.#rows.rowOf(torrent, maxPeers, 2 * audience.range + Number(audience.speaksWire), () => {
      const { fileName, chunks, fileSize, infoHash } = torrent.content
      return { fileName, chunks, fileSize, infoHash, ...this.#peersOf(torrent, maxPeers, audience) }
    })
  }

  #peersOf({ id, seeders, leechers, swarm }: TorrentRecord, maxPeers: number, audience: Audience) {
    const { range, speaksWire } = audience
    const tables = [
      seeders.sample(maxPeers, this.#random, range),
      leechers.sample(maxPeers, this.#random, range),
    ] as const
    if (speaksWire && swarm !== undefined) addWirePeers(this.#swarms, swarm, tables, maxPeers, range)
    return { torrentId: id, seeders: tables[0], leechers: tables[1] }
  }
}
