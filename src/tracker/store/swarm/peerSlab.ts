/** One megabyte at a time: room is taken as it is needed, and nothing is ever copied to grow. */
const CHUNK_BITS = 14
const CHUNK_RECORDS = 2 ** CHUNK_BITS
const RECORD_BYTES = 64

/** Where a byte field of a record begins. A contact is an address in IPv6 form and a port, most significant byte first. */
export const BYTE = { contact: 0, flags: 18, range: 19, peerId: 20 } as const

/** What a record's flags say. */
export const FLAG = {
  /** A partial seed (BEP 21). */
  paused: 1,
  /** Registered over JSON: it stays until that ends. */
  registered: 2,
  /** Announced by a BitTorrent client: it stays until it is not heard from. */
  announced: 4,
  isIPv6: 8,
} as const

/** The fields of four bytes, counted in such. */
export const WORD = { swarm: 12, place: 13, previous: 14, next: 15 } as const

/** The time last heard, counted in eights of bytes. */
const HEARD = 5

/** In place of a slot. */
export const NONE = -1

interface Chunk {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly times: Float64Array
}

const makeChunk = (): Chunk => {
  const buffer = new ArrayBuffer(CHUNK_RECORDS * RECORD_BYTES)
  return { bytes: new Uint8Array(buffer), words: new Int32Array(buffer), times: new Float64Array(buffer) }
}

/**
 * Peers of swarms as records of 64 bytes, each in its slot: a million peers as objects would be a gigabyte, and seconds
 * of the collector's time.
 *
 * Invariant: slots not in use are linked by their `next` from `#free`.
 */
export class PeerSlab {
  readonly #chunks: Chunk[] = []
  #free = NONE
  #size = 0

  /** Slots in use. */
  get size(): number {
    return this.#size
  }

  /** A slot, with what an earlier peer left in it. */
  allocate(): number {
    if (this.#free === NONE) this.#extend()
    const slot = this.#free
    this.#free = this.word(slot, WORD.next)
    this.#size++
    return slot
  }

  release(slot: number): void {
    this.setWord(slot, WORD.next, this.#free)
    this.#free = slot
    this.#size--
  }

  byte(slot: number, field: number): number {
    return this.#bytes(slot)[this.#start(slot) + field] as number
  }

  setByte(slot: number, field: number, value: number): void {
    this.#bytes(slot)[this.#start(slot) + field] = value
  }

  word(slot: number, field: number): number {
    return this.#chunk(slot).words[this.#start(slot) / 4 + field] as number
  }

  setWord(slot: number, field: number, value: number): void {
    this.#chunk(slot).words[this.#start(slot) / 4 + field] = value
  }

  /** Milliseconds. */
  heard(slot: number): number {
    return this.#chunk(slot).times[this.#start(slot) / 8 + HEARD] as number
  }

  setHeard(slot: number, time: number): void {
    this.#chunk(slot).times[this.#start(slot) / 8 + HEARD] = time
  }

  /** Copies `length` bytes of `field` to `into` at `at`. */
  read(slot: number, field: number, length: number, into: Uint8Array, at: number): void {
    const bytes = this.#bytes(slot)
    const start = this.#start(slot) + field
    for (let byte = 0; byte < length; byte++) into[at + byte] = bytes[start + byte] as number
  }

  /** Fills `field` with the first `length` bytes of `from`. */
  write(slot: number, field: number, length: number, from: Uint8Array): void {
    const bytes = this.#bytes(slot)
    const start = this.#start(slot) + field
    for (let byte = 0; byte < length; byte++) bytes[start + byte] = from[byte] as number
  }

  /** Whether `field` begins with the first `length` bytes of `other`. */
  equals(slot: number, field: number, length: number, other: Uint8Array): boolean {
    const bytes = this.#bytes(slot)
    const start = this.#start(slot) + field
    // From the end: the ports and the last bytes of addresses differ most.
    for (let byte = length - 1; byte >= 0; byte--) if (bytes[start + byte] !== other[byte]) return false
    return true
  }

  #chunk(slot: number): Chunk {
    return this.#chunks[slot >>> CHUNK_BITS] as Chunk
  }

  #bytes(slot: number): Uint8Array {
    return this.#chunk(slot).bytes
  }

  #start(slot: number): number {
    return (slot & (CHUNK_RECORDS - 1)) * RECORD_BYTES
  }

  #extend(): void {
    const first = this.#chunks.length * CHUNK_RECORDS
    this.#chunks.push(makeChunk())
    for (let slot = first + CHUNK_RECORDS - 1; slot >= first; slot--) {
      this.setWord(slot, WORD.next, this.#free)
      this.#free = slot
    }
  }
}
