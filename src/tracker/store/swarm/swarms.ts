import { ID_BYTES } from '../../../protocol/announce/announce.js'
import { toHex } from '../../../protocol/hex.js'
import type { TorrentId } from '../../../protocol/ids.js'
import type { Announce, Announced, Denial, SwarmCounts } from '../announce.js'
import { ADDRESS_BYTES, rangeAt, writeAddress } from '../addressRange.js'
import type { StoreLimits } from '../limits.js'
import type { TrackerMode } from '../store.js'
import { Names } from './names.js'
import { NO_PEERS, packPeers, type PackedPeers } from './pack.js'
import { BYTE, FLAG, NONE, WORD } from './peerSlab.js'
import { Sampler } from './sampler.js'
import { Silence } from './silence.js'
import { Swarm, type SharedTorrent } from './swarm.js'
import { SwarmPeers } from './swarmPeers.js'

/** Info-hashes of removed torrents that are remembered, for open mode: 100 bytes each. The oldest is forgotten first. */
const MAX_DENIED = 100_000

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
  readonly #names = new Names()
  /** By index; undefined where it is free. */
  readonly #swarms: (Swarm | undefined)[] = []
  readonly #free: number[] = []
  readonly #silence = new Silence(this.peers.slab)
  readonly #denied = new Set<string>()
  readonly #chosen: number[] = []
  readonly #address = new Uint8Array(ADDRESS_BYTES)

  constructor(options: SwarmsOptions) {
    this.#options = options
    this.sampler = new Sampler(this.peers.slab, options.random)
  }

  get size(): number {
    return this.#swarms.length - this.#free.length
  }

  announce(announce: Announce, now: number): Announced | Denial {
    const isStopped = announce.event === 'stopped'
    const swarm = this.#names.find(announce.infoHash) ?? this.#open(announce.infoHash, isStopped)
    if (typeof swarm === 'string') return swarm
    if (swarm === undefined) return { ...NO_COUNTS, ...NO_PEERS, isListed: false }
    const slot = this.peers.find(swarm, announce.address, announce.port)
    if (isStopped) {
      this.#stop(swarm, slot, announce.peerId)
      return { ...countsOf(swarm), ...NO_PEERS, isListed: false }
    }
    const self = slot === NONE ? this.#admit(swarm, announce, now) : this.#hear(swarm, slot, announce, now)
    const { ipv4, ipv6, peerIds } = this.#chooseFor(swarm, announce, self)
    const { seeders, leechers, completed } = swarm
    return { seeders, leechers, completed, isListed: self !== NONE, ipv4, ipv6, peerIds }
  }

  accepts(infoHash: Uint8Array): boolean {
    return this.#names.find(infoHash) !== undefined || this.#isOpenTo(infoHash)
  }

  scrape(infoHash: Uint8Array): SwarmCounts | undefined {
    const swarm = this.#names.find(infoHash)
    if (swarm !== undefined) return countsOf(swarm)
    return this.#isOpenTo(infoHash) ? NO_COUNTS : undefined
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
      this.#denied.delete(toHex(infoHash))
      const other = this.#names.find(infoHash)
      if (other === swarm && other !== undefined) continue
      if (!mayTake(torrent, other)) continue
      if (other !== undefined && other.torrent === undefined) swarm = this.#merge(other, swarm)
      else this.#names.set(infoHash, (swarm ??= this.#create()))
    }
    if (swarm !== undefined && swarm.torrent === undefined) swarm.completed += torrent.completed
    if (swarm !== undefined) swarm.torrent = torrent
    return swarm
  }

  /** Forgets a swarm with all that is in it; with `isDenied` announces of its info-hashes are not taken any more. */
  forget(swarm: Swarm, isDenied: boolean): void {
    swarm.torrent = undefined
    const names = this.#names.deleteAll(swarm)
    if (isDenied) for (const name of names) this.#deny(toHex(name))
    for (const slot of [...swarm.members]) this.#remove(swarm, slot)
    this.#dropIfUnused(swarm)
  }

  /** Drops the announced peers last heard before `time`. */
  expire(time: number): void {
    this.#silence.sweep(time, (slot) => {
      const swarm = this.#swarms[this.peers.slab.word(slot, WORD.swarm)]
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

  #isOpenTo(infoHash: Uint8Array): boolean {
    return this.#options.mode === 'open' && (this.#denied.size === 0 || !this.#denied.has(toHex(infoHash)))
  }

  /** The swarm of an info-hash that leads to none yet; undefined where none is needed. */
  #open(infoHash: Uint8Array, isStopped: boolean): Swarm | Denial | undefined {
    if (!this.#isOpenTo(infoHash)) return 'unregistered'
    if (isStopped) return undefined
    if (this.size >= this.#options.limits.swarms) return 'full'
    if (this.peers.slab.size >= this.#options.limits.swarmPeers) return 'full'
    const swarm = this.#create()
    this.#names.set(infoHash, swarm)
    return swarm
  }

  #create(): Swarm {
    const swarm = new Swarm(this.#free.pop() ?? this.#swarms.length)
    this.#swarms[swarm.index] = swarm
    return swarm
  }

  #dropIfUnused(swarm: Swarm): void {
    if (swarm.members.length > 0 || swarm.torrent !== undefined || this.#swarms[swarm.index] !== swarm) return
    this.#names.deleteAll(swarm)
    this.#swarms[swarm.index] = undefined
    this.#free.push(swarm.index)
  }

  /** Moves everybody from `from` into `to`, and what led there; returns the one that is left. */
  #merge(from: Swarm, to: Swarm | undefined): Swarm {
    if (to === undefined) return from
    for (const slot of [...from.members]) {
      if (this.peers.move(slot, from, to)) continue
      this.#remove(from, slot)
    }
    to.completed += from.completed
    for (const name of this.#names.deleteAll(from)) this.#names.set(name, to)
    this.#dropIfUnused(from)
    return to
  }

  #deny(name: string): void {
    if (this.#options.mode !== 'open') return
    for (const oldest of this.#denied) {
      if (this.#denied.size < MAX_DENIED) break
      this.#denied.delete(oldest)
    }
    this.#denied.add(name)
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
    this.#dropIfUnused(swarm)
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
    // Who has all that it wants has nothing to take from others that do.
    const isDone = announce.role === 'seeder' || announce.event === 'paused'
    writeAddress(announce.address, this.#address, 0)
    this.#chosen.length = 0
    this.sampler.choose(
      swarm,
      {
        first: isDone ? swarm.seeders : 0,
        end: swarm.members.length,
        count: announce.wanted,
        mask: (announce.families === 'both' ? 0 : FLAG.isIPv6) | (isDone ? FLAG.paused : 0),
        flags: announce.families === 'IPv6' ? FLAG.isIPv6 : 0,
        range: rangeAt(this.#address, 0),
        self: self === NONE ? NONE : this.peers.slab.word(self, WORD.place),
      },
      this.#chosen,
    )
    return packPeers(this.peers.slab, swarm, this.#chosen, announce.withPeerIds)
  }
}

/** Whether `torrent` may have an info-hash that leads to `other`. */
const mayTake = (torrent: SharedTorrent, other: Swarm | undefined): boolean =>
  other?.torrent === undefined || (torrent.content.isProven && !other.torrent.content.isProven)
