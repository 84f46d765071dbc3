import type { TorrentId } from '../../../protocol/ids.js'
import { entryOf } from './entry.js'
import { BYTE, FLAG, WORD, type PeerSlab } from './peerSlab.js'

/** What a swarm knows of the torrent that was shared. */
export interface SharedTorrent {
  readonly id: TorrentId
  /** Peers that had completed it before. */
  readonly completed: number
  readonly content: { readonly isProven: boolean }
}

/**
 * The peers of one torrent that BitTorrent clients can use: the clients themselves, and JSON peers that speak their wire.
 *
 * Invariants: `members` has the slots of seeders first, `seeders` of them, and then those of leechers; each slot's
 * `place` says where it stands; `entries` says of each what its record does.
 */
export class Swarm {
  readonly members: number[] = []
  /** What choosing needs of each of `members`, in the same order: see entryOf. */
  readonly entries: number[] = []
  /** What leads here, as Names keeps it. */
  names: readonly number[] = []
  seeders = 0
  /** Peers that said 'completed'. */
  completed = 0
  /** Goes up with each change of who is in it, and as what. */
  changes = 0
  /** What was shared, where something was. */
  torrent: SharedTorrent | undefined

  /** `index` is its place in the table of all. */
  constructor(readonly index: number) {}

  get leechers(): number {
    return this.members.length - this.seeders
  }

  isSeeder(slab: PeerSlab, slot: number): boolean {
    return slab.word(slot, WORD.place) < this.seeders
  }

  add(slab: PeerSlab, slot: number, isSeeder: boolean): void {
    this.changes++
    this.#put(slab, slot, this.members.length)
    if (isSeeder) this.promote(slab, slot)
  }

  remove(slab: PeerSlab, slot: number): void {
    if (this.isSeeder(slab, slot)) this.demote(slab, slot)
    this.changes++
    const place = slab.word(slot, WORD.place)
    const last = this.members.pop() as number
    this.entries.pop()
    if (last !== slot) this.#put(slab, last, place)
  }

  /** Makes a leecher a seeder. */
  promote(slab: PeerSlab, slot: number): void {
    this.changes++
    this.#swap(slab, slot, this.seeders++)
  }

  /** Makes a seeder a leecher. */
  demote(slab: PeerSlab, slot: number): void {
    this.changes++
    this.#swap(slab, slot, --this.seeders)
  }

  /** To be called when the flags of a member have changed. */
  refresh(slab: PeerSlab, slot: number): void {
    this.#put(slab, slot, slab.word(slot, WORD.place))
  }

  #swap(slab: PeerSlab, slot: number, place: number): void {
    const other = this.members[place] as number
    this.#put(slab, other, slab.word(slot, WORD.place))
    this.#put(slab, slot, place)
  }

  #put(slab: PeerSlab, slot: number, place: number): void {
    this.members[place] = slot
    this.entries[place] = entryOf(slab, slot, (slab.byte(slot, BYTE.flags) & FLAG.isIPv6) !== 0)
    slab.setWord(slot, WORD.place, place)
  }
}
