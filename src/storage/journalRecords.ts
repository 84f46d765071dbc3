/** Bytes of a leaf, and of a record: the chunk, big-endian, and its leaf. */
const LEAF_SIZE = 32
export const RECORD_SIZE = 4 + LEAF_SIZE

/** Records that wait for the journal, as they will stand in it: an object for each would soon be most of the heap. */
export class JournalRecords {
  #bytes = Buffer.alloc(64 * RECORD_SIZE)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** All of them, strung together: a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * RECORD_SIZE)
  }

  /** The chunk of record `index`. */
  chunkAt(index: number): number {
    return this.#bytes.readUInt32BE(index * RECORD_SIZE)
  }

  add(chunk: number, leaf: Uint8Array): void {
    this.#reserve(1)
    const start = this.#count++ * RECORD_SIZE
    this.#bytes.writeUInt32BE(chunk, start)
    this.#bytes.set(leaf, start + 4)
  }

  /** Takes out those for whose chunks `isMeant`, in their order. */
  take(isMeant: (chunk: number) => boolean): JournalRecords {
    const taken = new JournalRecords()
    let kept = 0
    for (let index = 0; index < this.#count; index++) {
      const chunk = this.chunkAt(index)
      const start = index * RECORD_SIZE
      const end = start + RECORD_SIZE
      if (isMeant(chunk)) taken.add(chunk, this.#bytes.subarray(start + 4, end))
      else this.#bytes.copyWithin(kept++ * RECORD_SIZE, start, end)
    }
    this.#count = kept
    return taken
  }

  /** Puts `others` before these. */
  prepend(others: JournalRecords): void {
    this.#reserve(others.count)
    this.#bytes.copyWithin(others.bytes.length, 0, this.#count * RECORD_SIZE)
    this.#bytes.set(others.bytes, 0)
    this.#count += others.count
  }

  #reserve(more: number): void {
    const needed = (this.#count + more) * RECORD_SIZE
    if (needed <= this.#bytes.length) return
    const grown = Buffer.alloc(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.bytes)
    this.#bytes = grown
  }
}
