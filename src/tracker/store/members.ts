import type { PeerId } from '../../protocol/ids.js'
import { rangeOfHost } from './addressRange.js'
import type { TorrentRecord } from './catalog.js'
import { NO_MEMORY, type StoreLimits } from './limits.js'
import type { PeerRecord } from './peerSet.js'
import type { Registrant, Role, Stranger } from './store.js'

/** Told which registered peers are in which torrents, and where they listen. */
export interface Mirror {
  enter(torrent: TorrentRecord, peer: PeerRecord, role: Role): void
  exit(torrent: TorrentRecord, peer: PeerRecord): void
}

/** A peer with the torrents it is in. */
interface Member extends PeerRecord {
  readonly torrents: Set<TorrentRecord>
}

const isSame = (left: Registrant['listed'], right: Registrant['listed']): boolean =>
  left.host === right.host && left.port === right.port && left.wires.join() === right.wires.join()

/**
 * The registered peers and what they are in.
 *
 * Invariants: `#members` is in order of the time last heard; a member is in at least one torrent, and in exactly one of
 * that torrent's two sets; `#registrations` is the sum over all members.
 */
export class Members {
  readonly #limits: StoreLimits
  readonly #mirror: Mirror
  readonly #members = new Map<PeerId, Member>()
  #registrations = 0

  constructor(limits: StoreLimits, mirror: Mirror) {
    this.#limits = limits
    this.#mirror = mirror
  }

  get size(): number {
    return this.#members.size
  }

  get registrations(): number {
    return this.#registrations
  }

  find(peerId: PeerId): Member | undefined {
    return this.#members.get(peerId)
  }

  /** Why `peer` may not speak for its id, or undefined; `isKeyed`: the id was proven by whoever holds its key. */
  strangerIn(peer: Registrant, isKeyed: boolean): Stranger | undefined {
    if (peer.isProven === true) return undefined
    if (isKeyed) return 'unproven'
    const member = this.#members.get(peer.peerId)
    return member !== undefined && member.source !== peer.source ? 'foreign' : undefined
  }

  /** The torrent that `member` seeds besides `torrent`, if any. */
  seedsOther(peer: Registrant, torrent: TorrentRecord | undefined): TorrentRecord | undefined {
    const member = this.#members.get(peer.peerId)
    for (const other of member?.torrents ?? []) {
      if (other !== torrent && member !== undefined && other.seeders.has(member)) return other
    }
    return undefined
  }

  /** The limit that stands against `peer` in `torrent` (undefined: one to come), or undefined. */
  lacking(peer: Registrant, torrent: TorrentRecord | undefined): string | undefined {
    const { peers, peersPerTorrent, torrentsPerPeer, registrations } = this.#limits
    const member = this.#members.get(peer.peerId)
    if (member !== undefined && torrent !== undefined && member.torrents.has(torrent)) return undefined
    if (member === undefined && peer.onlyIfKnown === true) return NO_MEMORY
    if (member === undefined && this.#members.size >= peers)
      return `the tracker knows ${peers} peers, its limit`
    if (torrent !== undefined && torrent.seeders.size + torrent.leechers.size >= peersPerTorrent) {
      return `the torrent has ${peersPerTorrent} peers, the limit`
    }
    if ((member?.torrents.size ?? 0) >= torrentsPerPeer)
      return `the peer is in ${torrentsPerPeer} torrents, the limit`
    if (this.#registrations >= registrations)
      return `the tracker holds ${registrations} registrations, its limit`
    return undefined
  }

  /** Notes that `peer`, which may speak for its id, was heard from. */
  hear(peer: Registrant, now: number): Member | undefined {
    const member = this.#members.get(peer.peerId)
    if (member === undefined) return undefined
    this.#members.delete(peer.peerId)
    this.#members.set(peer.peerId, member)
    member.lastHeard = now
    member.source = peer.source
    if (!isSame(member.listed, peer.listed)) this.#move(member, peer.listed)
    return member
  }

  #move(member: Member, listed: Registrant['listed']): void {
    for (const torrent of member.torrents) this.#mirror.exit(torrent, member)
    member.listed = listed
    member.range = rangeOfHost(listed.host)
    for (const torrent of member.torrents) {
      const role = torrent.seeders.has(member) ? 'seeder' : 'leecher'
      torrent[`${role}s`].noteMove()
      this.#mirror.enter(torrent, member, role)
    }
  }

  /** Puts `peer`, for which nothing is lacking, into `torrent`. */
  enter(peer: Registrant, torrent: TorrentRecord, role: Role, now: number): void {
    const member = this.hear(peer, now) ?? this.#admit(peer, now)
    if (!member.torrents.has(torrent)) this.#registrations++
    member.torrents.add(torrent)
    if (role === 'seeder') {
      torrent.leechers.delete(member)
      torrent.seeders.add(member)
    } else if (!torrent.seeders.has(member)) torrent.leechers.add(member)
    this.#mirror.enter(torrent, member, torrent.seeders.has(member) ? 'seeder' : 'leecher')
  }

  exit(member: Member, torrent: TorrentRecord): void {
    if (!member.torrents.delete(torrent)) return
    torrent.seeders.delete(member)
    torrent.leechers.delete(member)
    this.#mirror.exit(torrent, member)
    this.#registrations--
    if (member.torrents.size === 0) this.#members.delete(member.peerId)
  }

  /** Takes everybody out of `torrent`. */
  empty(torrent: TorrentRecord): void {
    for (const set of [torrent.seeders, torrent.leechers]) {
      for (const { peerId } of set.all()) {
        const member = this.#members.get(peerId)
        if (member !== undefined) this.exit(member, torrent)
      }
    }
  }

  /** The members last heard from before `time`. */
  silentSince(time: number): readonly Member[] {
    const silent: Member[] = []
    for (const member of this.#members.values()) {
      if (member.lastHeard >= time) break
      silent.push(member)
    }
    return silent
  }

  #admit(peer: Registrant, now: number): Member {
    const member: Member = {
      ...peer,
      range: rangeOfHost(peer.listed.host),
      lastHeard: now,
      torrents: new Set(),
    }
    this.#members.set(peer.peerId, member)
    return member
  }
}
