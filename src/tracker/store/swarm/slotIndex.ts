/** A part grows by itself, so no growth takes longer than that of this share of everything. */
const SHARDS = 256
const FIRST_CAPACITY = 16

/** Entries of a table of which three quarters are used at most: linear probing stays short. */
const isFull = (used: number, capacity: number): boolean => 4 * used >= 3 * capacity

/**
 * A hash table from keys that stand elsewhere to their slots: 8 bytes an entry, nothing for the collector to walk.
 *
 * Invariants: an entry stands at its hash's place in its part, or behind it with no gap between; `#used` counts them.
 */
export class SlotIndex {
  readonly #isProbed: (slot: number) => boolean
  /** For each entry its hash and its slot + 1; 0 where there is none. */
  readonly #shards = new Array<Int32Array>(SHARDS).fill(new Int32Array(2))
  readonly #used = new Int32Array(SHARDS)

  /** `isProbed` says whether a slot has the key that is being looked for. */
  constructor(isProbed: (slot: number) => boolean) {
    this.#isProbed = isProbed
  }

  /** The slot of the key that `isProbed` knows, whose hash is `hash`; -1 when there is none. */
  find(hash: number): number {
    const table = this.#shards[hash >>> 24] as Int32Array
    const mask = table.length - 1
    for (let at = (hash << 1) & mask; table[at + 1] !== 0; at = (at + 2) & mask) {
      if (table[at] !== hash) continue
      const slot = (table[at + 1] as number) - 1
      if (this.#isProbed(slot)) return slot
    }
    return -1
  }

  /** Adds a slot whose key is not in yet. */
  add(hash: number, slot: number): void {
    const shard = hash >>> 24
    const used = (this.#used[shard] as number) + 1
    const capacity = (this.#shards[shard] as Int32Array).length / 2
    if (isFull(used, capacity)) this.#grow(shard, Math.max(FIRST_CAPACITY, 2 * capacity))
    this.#used[shard] = used
    insert(this.#shards[shard] as Int32Array, hash, slot + 1)
  }

  remove(hash: number, slot: number): void {
    const table = this.#shards[hash >>> 24] as Int32Array
    const mask = table.length - 1
    let at = (hash << 1) & mask
    while (table[at + 1] !== slot + 1) at = (at + 2) & mask
    closeGap(table, at)
    this.#used[hash >>> 24] = (this.#used[hash >>> 24] as number) - 1
  }

  #grow(shard: number, capacity: number): void {
    const old = this.#shards[shard] as Int32Array
    const table = new Int32Array(2 * capacity)
    for (let at = 0; at < old.length; at += 2) {
      if (old[at + 1] !== 0) insert(table, old[at] as number, old[at + 1] as number)
    }
    this.#shards[shard] = table
  }
}

const insert = (table: Int32Array, hash: number, entry: number): void => {
  const mask = table.length - 1
  let at = (hash << 1) & mask
  while (table[at + 1] !== 0) at = (at + 2) & mask
  table[at] = hash
  table[at + 1] = entry
}

/** Empties the place `gap`, and moves up those behind it that would not be found any more. */
const closeGap = (table: Int32Array, gap: number): void => {
  const mask = table.length - 1
  for (let at = (gap + 2) & mask; table[at + 1] !== 0; at = (at + 2) & mask) {
    const home = ((table[at] as number) << 1) & mask
    if (((at - home) & mask) < ((at - gap) & mask)) continue
    table[gap] = table[at] as number
    table[gap + 1] = table[at + 1] as number
    gap = at
  }
  table[gap + 1] = 0
}
