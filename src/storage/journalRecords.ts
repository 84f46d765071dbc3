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

  /** Adds `chunk` with leaf `index` of `leaves`, which are strung together; with zeros where there are none. */
  add(chunk: number, leaves: Uint8Array | undefined, index = 0): void {
    this.#reserve(1)
    const start = this.#count++ * RECORD_SIZE
    this.#bytes.writeUInt32BE(chunk, start)
    // One by one: views to copy from would cost more than the bytes.
    for (let place = 0; place < LEAF_SIZE; place++)
      this.#bytes[start + 4 + place] = leaves?.[index * LEAF_SIZE + place] ?? 0
  }

  /** Takes out those for whose chunks `isMeant`, in their order. */
  take(isMeant: (chunk: number) => boolean): JournalRecords {
    const taken = new JournalRecords()
    let kept = 0
    for (let index = 0; index < this.#count;) {
      const start = index
      const isTaken = isMeant(this.chunkAt(index++))
      while (index < this.#count && isMeant(this.chunkAt(index)) === isTaken) index++
      if (isTaken) taken.#append(this.#bytes.subarray(start * RECORD_SIZE, index * RECORD_SIZE))
      else this.#bytes.copyWithin(kept * RECORD_SIZE, start * RECORD_SIZE, index * RECORD_SIZE)
      if (!isTaken) kept += index - start
    }
    this.#count = kept
    return taken
  }

  /** Adds whole records. */
  #append(records: Uint8Array): void {
    const count = records.length / RECORD_SIZE
    this.#reserve(count)
    this.#bytes.set(records, this.#count * RECORD_SIZE)
    this.#count += count
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
