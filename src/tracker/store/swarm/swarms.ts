import { ID_BYTES } from '../../../protocol/announce/announce.js'
import type { TorrentId } from '../../../protocol/ids.js'
import type { Announce, Announced, Denial, SwarmCounts } from '../announce.js'
import { ADDRESS_BYTES, rangeAt, writeAddress } from '../addressRange.js'
import type { StoreLimits } from '../limits.js'
import type { TrackerMode } from '../store.js'
import { SwarmDirectory } from './directory.js'
import { NO_PEERS, packPeers, type PackedPeers } from './pack.js'
import { BYTE, FLAG, NONE, WORD } from './peerSlab.js'
import { Sampler, type Wish } from './sampler.js'
import { Silence } from './silence.js'
import type { SharedTorrent, Swarm } from './swarm.js'
import { SwarmPeers } from './swarmPeers.js'

export interface SwarmsOptions {
  readonly mode: TrackerMode
  readonly limits: Pick<StoreLimits, 'swarms' | 'swarmPeers'>
  /** From 0 up to 1. */
  readonly random: () => number
  /** Called when the peers of what was shared have changed. */
  readonly onChange: (torrent: TorrentId) => void
  /** Called with how many completed what was shared. */
  readonly onCompleted: (torrent: TorrentId, completed: number) => void
}

const NO_COUNTS: SwarmCounts = { seeders: 0, leechers: 0, completed: 0 }

const countsOf = ({ seeders, leechers, completed }: Swarm): SwarmCounts => ({ seeders, leechers, completed })

/**
 * The swarms that are announced.
 *
 * Invariant: a swarm is there while something was shared under one of its info-hashes, or it has a peer.
 */
export class Swarms {
  readonly peers = new SwarmPeers()
  readonly sampler: Sampler
  readonly #options: SwarmsOptions
  readonly #directory: SwarmDirectory
  readonly #silence = new Silence(this.peers.slab)
  /** Places of those that an announce is answered with; made larger as more are wanted. */
  #chosen = new Int32Array(64)
  readonly #address = new Uint8Array(ADDRESS_BYTES)

  constructor(options: SwarmsOptions) {
    this.#options = options
    this.#directory = new SwarmDirectory(options.mode === 'open')
    this.sampler = new Sampler(this.peers.slab, options.random)
  }

  get size(): number {
    return this.#directory.size
  }

  announce(announce: Announce, now: number): Announced | Denial {
    const isStopped = announce.event === 'stopped'
    const isNewRefused = announce.onlyIfKnown === true && !isStopped
    const known = this.#directory.names.find(announce.infoHash)
    if (known === undefined && isNewRefused && this.#directory.isOpenTo(announce.infoHash)) return 'unknown'
    const swarm = known ?? this.#open(announce.infoHash, isStopped)
    if (typeof swarm === 'string') return swarm
    if (swarm === undefined) return { ...NO_COUNTS, ...NO_PEERS, isListed: false }
    const slot = this.peers.find(swarm, announce.address, announce.port)
    if (isStopped) {
      this.#stop(swarm, slot, announce.peerId)
      return { ...countsOf(swarm), ...NO_PEERS, isListed: false }
    }
    if (slot === NONE && isNewRefused) return 'unknown'
    const self = slot === NONE ? this.#admit(swarm, announce, now) : this.#hear(swarm, slot, announce, now)
    const { ipv4, ipv6, peerIds } = this.#chooseFor(swarm, announce, self)
    const { seeders, leechers, completed } = swarm
    return { seeders, leechers, completed, isListed: self !== NONE, ipv4, ipv6, peerIds }
  }

  accepts(infoHash: Uint8Array): boolean {
    return this.#directory.names.find(infoHash) !== undefined || this.#directory.isOpenTo(infoHash)
  }

  scrape(infoHash: Uint8Array): SwarmCounts | undefined {
    const swarm = this.#directory.names.find(infoHash)
    if (swarm !== undefined) return countsOf(swarm)
    return this.#directory.isOpenTo(infoHash) ? NO_COUNTS : undefined
  }

  /**
   * Has each of `infoHashes` lead to the swarm of `torrent`, which may be `known` already, and returns that. One that
   * leads to another torrent is taken from it only by proof.
   */
  share(
    torrent: SharedTorrent,
    infoHashes: readonly Uint8Array[],
    known: Swarm | undefined,
  ): Swarm | undefined {
    let swarm = known
    for (const infoHash of infoHashes) {
      this.#directory.allow(infoHash)
      const other = this.#directory.names.find(infoHash)
      if (other === swarm && other !== undefined) continue
      if (!mayTake(torrent, other)) continue
      if (other !== undefined && other.torrent === undefined) swarm = this.#merge(other, swarm)
      else this.#directory.names.set(infoHash, (swarm ??= this.#directory.create()))
    }
    if (swarm !== undefined && swarm.torrent === undefined) swarm.completed += torrent.completed
    if (swarm !== undefined) swarm.torrent = torrent
    return swarm
  }

  /** Forgets a swarm with all that is in it; with `isDenied` announces of its info-hashes are not taken any more. */
  forget(swarm: Swarm, isDenied: boolean): void {
    swarm.torrent = undefined
    const names = this.#directory.names.deleteAll(swarm)
    if (isDenied) for (const name of names) this.#directory.deny(name)
    for (const slot of [...swarm.members]) this.#remove(swarm, slot)
    this.#directory.dropIfUnused(swarm)
  }

  /** Drops the announced peers last heard before `time`. */
  expire(time: number): void {
    this.#silence.sweep(time, (slot) => {
      const swarm = this.#directory.at(this.peers.slab.word(slot, WORD.swarm))
      if (swarm !== undefined) this.#unannounce(swarm, slot)
    })
  }

  /** Adds a peer that registered over JSON, at an address that is one, or notes that it did. */
  register(swarm: Swarm, address: Uint8Array, port: number, peerId: Uint8Array, isSeeder: boolean): void {
    const { slab } = this.peers
    const slot = this.peers.find(swarm, address, port)
    if (slot === NONE) {
      if (slab.size >= this.#options.limits.swarmPeers) return
      this.peers.add(swarm, peerId, isSeeder, FLAG.registered)
    } else {
      this.#setFlags(swarm, slot, slab.byte(slot, BYTE.flags) | FLAG.registered)
      slab.write(slot, BYTE.peerId, ID_BYTES, peerId)
      this.#setRole(swarm, slot, isSeeder)
    }
    this.#noteChange(swarm)
  }

  /** Ends what `register` began, unless another registered there meanwhile. */
  unregister(swarm: Swarm, address: Uint8Array, port: number, peerId: Uint8Array): void {
    const { slab } = this.peers
    const slot = this.peers.find(swarm, address, port)
    if (slot === NONE || !slab.equals(slot, BYTE.peerId, ID_BYTES, peerId)) return
    const flags = slab.byte(slot, BYTE.flags) & ~FLAG.registered
    this.#setFlags(swarm, slot, flags)
    if ((flags & FLAG.announced) === 0) this.#remove(swarm, slot)
    this.#noteChange(swarm)
  }

  /** The swarm of an info-hash that leads to none yet; undefined where none is needed. */
  #open(infoHash: Uint8Array, isStopped: boolean): Swarm | Denial | undefined {
    if (!this.#directory.isOpenTo(infoHash)) return 'unregistered'
    if (isStopped) return undefined
    if (this.size >= this.#options.limits.swarms) return 'full'
    if (this.peers.slab.size >= this.#options.limits.swarmPeers) return 'full'
    const swarm = this.#directory.create()
    this.#directory.names.set(infoHash, swarm)
    return swarm
  }

  /** Moves everybody from `from` into `to`, and what led there; returns the one that is left. */
  #merge(from: Swarm, to: Swarm | undefined): Swarm {
    if (to === undefined) return from
    for (const slot of [...from.members]) {
      if (this.peers.move(slot, from, to)) continue
      this.#remove(from, slot)
    }
    to.completed += from.completed
    for (const name of this.#directory.names.deleteAll(from)) this.#directory.names.set(name, to)
    this.#directory.dropIfUnused(from)
    return to
  }

  /** Adds a peer that announced itself; NONE where there is no room. */
  #admit(swarm: Swarm, announce: Announce, now: number): number {
    const { slab } = this.peers
    if (slab.size >= this.#options.limits.swarmPeers) return NONE
    const paused = announce.event === 'paused' ? FLAG.paused : 0
    const isSeeder = announce.role === 'seeder'
    const slot = this.peers.add(swarm, announce.peerId, isSeeder, FLAG.announced | paused)
    slab.setHeard(slot, now)
    this.#silence.file(slot)
    if (announce.event === 'completed') this.#complete(swarm)
    this.#noteChange(swarm)
    return slot
  }

  /** Notes that a peer announced itself again. */
  #hear(swarm: Swarm, slot: number, announce: Announce, now: number): number {
    const { slab } = this.peers
    const isSeeder = announce.role === 'seeder'
    const wasSeeder = swarm.isSeeder(slab, slot)
    const before = slab.byte(slot, BYTE.flags)
    const paused = announce.event === 'paused' ? FLAG.paused : 0
    this.#setFlags(swarm, slot, (before & ~FLAG.paused) | FLAG.announced | paused)
    slab.setHeard(slot, now)
    if ((before & FLAG.announced) === 0) this.#silence.file(slot)
    if ((before & FLAG.registered) === 0) slab.write(slot, BYTE.peerId, ID_BYTES, announce.peerId)
    if (announce.event === 'completed' && !wasSeeder) this.#complete(swarm)
    if (isSeeder !== wasSeeder) {
      this.#setRole(swarm, slot, isSeeder)
      this.#noteChange(swarm)
    }
    return slot
  }

  #stop(swarm: Swarm, slot: number, peerId: Uint8Array): void {
    const { slab } = this.peers
    if (slot === NONE || !slab.equals(slot, BYTE.peerId, ID_BYTES, peerId)) return
    if ((slab.byte(slot, BYTE.flags) & FLAG.announced) === 0) return
    this.#silence.unfile(slot)
    this.#unannounce(swarm, slot)
  }

  /** Ends the announcement of a peer that is not filed any more; it stays while it is registered. */
  #unannounce(swarm: Swarm, slot: number): void {
    const { slab } = this.peers
    const flags = slab.byte(slot, BYTE.flags) & ~(FLAG.announced | FLAG.paused)
    this.#setFlags(swarm, slot, flags)
    if ((flags & FLAG.registered) === 0) this.#remove(swarm, slot)
    this.#noteChange(swarm)
    this.#directory.dropIfUnused(swarm)
  }

  #remove(swarm: Swarm, slot: number): void {
    if ((this.peers.slab.byte(slot, BYTE.flags) & FLAG.announced) !== 0) this.#silence.unfile(slot)
    this.peers.remove(swarm, slot)
  }

  #setFlags(swarm: Swarm, slot: number, flags: number): void {
    if (flags === this.peers.slab.byte(slot, BYTE.flags)) return
    this.peers.slab.setByte(slot, BYTE.flags, flags)
    swarm.refresh(this.peers.slab, slot)
  }

  #setRole(swarm: Swarm, slot: number, isSeeder: boolean): void {
    if (isSeeder === swarm.isSeeder(this.peers.slab, slot)) return
    if (isSeeder) swarm.promote(this.peers.slab, slot)
    else swarm.demote(this.peers.slab, slot)
  }

  #complete(swarm: Swarm): void {
    swarm.completed++
    if (swarm.torrent !== undefined) this.#options.onCompleted(swarm.torrent.id, swarm.completed)
  }

  #noteChange(swarm: Swarm): void {
    if (swarm.torrent !== undefined) this.#options.onChange(swarm.torrent.id)
  }

  #chooseFor(swarm: Swarm, announce: Announce, self: number): PackedPeers {
    if (announce.wanted <= 0 || swarm.members.length === 0) return NO_PEERS
    const { slab } = this.peers
    const place = self === NONE ? NONE : slab.word(self, WORD.place)
    const range = self === NONE ? this.#rangeOf(announce.address) : slab.byte(self, BYTE.range)
    if (this.#chosen.length < announce.wanted) this.#chosen = new Int32Array(announce.wanted)
    const count = this.sampler.choose(swarm, wishOf(announce, swarm, range, place), this.#chosen)
    return packPeers(slab, swarm, this.#chosen, count, announce.withPeerIds)
  }

  #rangeOf(address: Uint8Array): number {
    writeAddress(address, this.#address, 0)
    return rangeAt(this.#address, 0)
  }
}

/** Whether `torrent` may have an info-hash that leads to `other`. */
const mayTake = (torrent: SharedTorrent, other: Swarm | undefined): boolean =>
  other?.torrent === undefined || (torrent.content.isProven && !other.torrent.content.isProven)

/** Whom an announce may be given. Who has all that it wants has nothing to take from others that do. */
const wishOf = (
  { role, event, wanted, families }: Announce,
  swarm: Swarm,
  range: number,
  self: number,
): Wish => {
  const isDone = role === 'seeder' || event === 'paused'
  return {
    first: isDone ? swarm.seeders : 0,
    end: swarm.members.length,
    count: wanted,
    mask: (families === 'both' ? 0 : FLAG.isIPv6) | (isDone ? FLAG.paused : 0),
    flags: families === 'IPv6' ? FLAG.isIPv6 : 0,
    range,
    self,
  }
}
