import { ID_BYTES } from '../../../protocol/announce/announce.js'
import { KeyedHash } from './keyedHash.js'
import { SlotIndex } from './slotIndex.js'
import type { Swarm } from './swarm.js'

const FIRST_CAPACITY = 1024
const WORDS = ID_BYTES / 4

/**
 * Which swarm an info-hash of 20 bytes leads to; those of a hybrid torrent lead to one.
 *
 * Invariant: a slot below `#swarms.length` is in use, and in `#index`, or it is in `#free`.
 */
export class Names {
  #bytes = new Uint8Array(FIRST_CAPACITY * ID_BYTES)
  readonly #swarms: (Swarm | undefined)[] = []
  readonly #free: number[] = []
  readonly #hash = new KeyedHash()
  readonly #index: SlotIndex
  #probe: Uint8Array = new Uint8Array(ID_BYTES)

  constructor() {
    this.#index = new SlotIndex((slot) => this.#isProbed(slot))
  }

  find(infoHash: Uint8Array): Swarm | undefined {
    this.#probe = infoHash
    const slot = this.#index.find(this.#hash.of(infoHash, WORDS, 0))
    return slot < 0 ? undefined : this.#swarms[slot]
  }

  /** Has `infoHash` lead to `swarm`, wherever it led before. */
  set(infoHash: Uint8Array, swarm: Swarm): void {
    this.delete(infoHash)
    const slot = this.#free.pop() ?? this.#swarms.length
    if ((slot + 1) * ID_BYTES > this.#bytes.length) this.#grow()
    this.#bytes.set(infoHash, slot * ID_BYTES)
    this.#swarms[slot] = swarm
    swarm.names = [...swarm.names, slot]
    this.#index.add(this.#hash.of(infoHash, WORDS, 0), slot)
  }

  delete(infoHash: Uint8Array): void {
    this.#probe = infoHash
    const slot = this.#index.find(this.#hash.of(infoHash, WORDS, 0))
    if (slot >= 0) this.#deleteSlot(slot)
  }

  /** Takes away all that lead to `swarm`, and returns them. */
  deleteAll(swarm: Swarm): readonly Uint8Array[] {
    const names = swarm.names.map((slot) => this.#bytes.slice(slot * ID_BYTES, (slot + 1) * ID_BYTES))
    for (const name of names) this.delete(name)
    return names
  }

  #deleteSlot(slot: number): void {
    const swarm = this.#swarms[slot]
    if (swarm !== undefined) swarm.names = swarm.names.filter((name) => name !== slot)
    this.#swarms[slot] = undefined
    this.#index.remove(this.#hash.of(this.#bytes.subarray(slot * ID_BYTES), WORDS, 0), slot)
    this.#free.push(slot)
  }

  #isProbed(slot: number): boolean {
    const start = slot * ID_BYTES
    for (let byte = 0; byte < ID_BYTES; byte++) {
      if (this.#bytes[start + byte] !== this.#probe[byte]) return false
    }
    return true
  }

  #grow(): void {
    const bytes = new Uint8Array(2 * this.#bytes.length)
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}
