import { ID_BYTES } from '../../../protocol/announce/announce.js'
import { ADDRESS_BYTES, isIPv4At, rangeAt, writeAddress } from '../addressRange.js'
import { KeyedHash } from './keyedHash.js'
import { BYTE, FLAG, NONE, PeerSlab, WORD } from './peerSlab.js'
import { SlotIndex } from './slotIndex.js'
import type { Swarm } from './swarm.js'

/** Bytes of an address in IPv6 form and a port. */
export const CONTACT_BYTES = ADDRESS_BYTES + 2

/** The contact in whole words. */
const CONTACT_WORDS = 5

/**
 * All peers of all swarms, each found by its swarm and where it listens.
 *
 * Invariant: each slot in use is in the index and among the members of its swarm.
 */
export class SwarmPeers {
  readonly slab = new PeerSlab()
  readonly #hash = new KeyedHash()
  readonly #index = new SlotIndex((slot) => this.#isProbed(slot))
  readonly #probe = new Uint8Array(4 * CONTACT_WORDS)
  #probedSwarm = NONE

  /** The peer of `swarm` that listens there, or NONE. */
  find(swarm: Swarm, address: Uint8Array, port: number): number {
    writeAddress(address, this.#probe, 0)
    this.#probe[ADDRESS_BYTES] = port >>> 8
    this.#probe[ADDRESS_BYTES + 1] = port & 0xff
    return this.#findProbed(swarm)
  }

  /** Adds the peer that `find` has just looked for and not found; `flags` without that of its family. */
  add(swarm: Swarm, peerId: Uint8Array, isSeeder: boolean, flags: number): number {
    const { slab } = this
    const slot = slab.allocate()
    const family = isIPv4At(this.#probe, 0) ? 0 : FLAG.isIPv6
    slab.write(slot, BYTE.contact, CONTACT_BYTES, this.#probe)
    slab.write(slot, BYTE.peerId, ID_BYTES, peerId)
    slab.setByte(slot, BYTE.flags, flags | family)
    slab.setByte(slot, BYTE.range, rangeAt(this.#probe, 0))
    slab.setWord(slot, WORD.swarm, swarm.index)
    this.#index.add(this.#hashOfProbe(swarm), slot)
    swarm.add(slab, slot, isSeeder)
    return slot
  }

  remove(swarm: Swarm, slot: number): void {
    this.#unindex(swarm, slot)
    swarm.remove(this.slab, slot)
    this.slab.release(slot)
  }

  /** Moves a peer to another swarm, unless it is in that already; returns whether it did. */
  move(slot: number, from: Swarm, to: Swarm): boolean {
    const isSeeder = from.isSeeder(this.slab, slot)
    this.#unindex(from, slot)
    if (this.#findProbed(to) !== NONE) {
      this.#index.add(this.#hashOfProbe(from), slot)
      return false
    }
    from.remove(this.slab, slot)
    this.slab.setWord(slot, WORD.swarm, to.index)
    this.#index.add(this.#hashOfProbe(to), slot)
    to.add(this.slab, slot, isSeeder)
    return true
  }

  /** Leaves the slot's contact in the probe. */
  #unindex(swarm: Swarm, slot: number): void {
    this.slab.read(slot, BYTE.contact, CONTACT_BYTES, this.#probe, 0)
    this.#index.remove(this.#hashOfProbe(swarm), slot)
  }

  #findProbed(swarm: Swarm): number {
    this.#probedSwarm = swarm.index
    return this.#index.find(this.#hashOfProbe(swarm))
  }

  #hashOfProbe(swarm: Swarm): number {
    return this.#hash.of(this.#probe, CONTACT_WORDS, swarm.index)
  }

  #isProbed(slot: number): boolean {
    return (
      this.slab.word(slot, WORD.swarm) === this.#probedSwarm &&
      this.slab.equals(slot, BYTE.contact, CONTACT_BYTES, this.#probe)
    )
  }
}
