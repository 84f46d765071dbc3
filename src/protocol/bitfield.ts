/** A set of indices below `size`, in the wire's form: index 0 is the highest bit of byte 0 (BEP 3 "bitfield"). */
export class Bitfield {
  readonly size: number
  readonly bytes: Uint8Array
  #count: number

  /** `count` are in the set. */
  private constructor(size: number, bytes: Uint8Array, count: number) {
    this.size = size
    this.bytes = bytes
    this.#count = count
  }

  static empty(size: number): Bitfield {
    return new Bitfield(size, new Uint8Array(Math.ceil(size / 8)), 0)
  }

  static full(size: number): Bitfield {
    const bytes = new Uint8Array(Math.ceil(size / 8)).fill(0xff)
    clearSpareBits(bytes, size)
    return new Bitfield(size, bytes, size)
  }

  /** A copy of `bytes`, or undefined when their length is not that of `size` bits. Spare bits are cleared. */
  static from(bytes: Uint8Array, size: number): Bitfield | undefined {
    if (bytes.length !== Math.ceil(size / 8)) return undefined
    const copy = new Uint8Array(bytes)
    clearSpareBits(copy, size)
    return new Bitfield(size, copy, countAll(copy))
  }

  /** How many indices are in the set. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === this.size
  }

  /** Indices outside the size are absent: unchecked, one of 2^32 and more would wrap to another in the shift. */
  has(index: number): boolean {
    return index < this.size && ((this.bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0
  }

  /** Returns whether it was absent. Indices outside the size are ignored. */
  add(index: number): boolean {
    if (index < 0 || index >= this.size || this.has(index)) return false
    this.bytes[index >> 3] = (this.bytes[index >> 3] ?? 0) | (0x80 >> (index & 7))
    this.#count++
    return true
  }

  /** Returns whether it was present. */
  delete(index: number): boolean {
    if (index < 0 || index >= this.size || !this.has(index)) return false
    this.bytes[index >> 3] = (this.bytes[index >> 3] ?? 0) & ~(0x80 >> (index & 7))
    this.#count--
    return true
  }

  /** Adds `count` indices from `first` on; returns how many were absent. */
  addRun(first: number, count: number): number {
    const before = this.#count
    const end = Math.min(this.size, first + count)
    for (let index = first; index < end;) {
      const isWhole = isByte(index, end)
      if (isWhole) this.#fillByte(index >> 3)
      else this.add(index)
      index += isWhole ? 8 : 1
    }
    return this.#count - before
  }

  /** How many of `count` indices from `first` on are in the set. */
  countIn(first: number, count: number): number {
    if (this.#count === 0) return 0
    const end = Math.min(this.size, first + count)
    if (this.isFull) return Math.max(0, end - first)
    let members = 0
    for (let index = first; index < end;) {
      const isWhole = isByte(index, end)
      members += isWhole ? countBits(this.bytes[index >> 3]) : Number(this.has(index))
      index += isWhole ? 8 : 1
    }
    return members
  }

  #fillByte(place: number): void {
    this.#count += 8 - countBits(this.bytes[place])
    this.bytes[place] = 0xff
  }

  copy(): Bitfield {
    return new Bitfield(this.size, this.bytes.slice(), this.#count)
  }

  *[Symbol.iterator](): Generator<number> {
    for (let index = 0; index < this.size; index++) if (this.has(index)) yield index
  }
}

/** How many bits each byte has: what is counted for every piece of a large torrent is not counted bit by bit. */
const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length)

const countBits = (byte: number | undefined): number => BITS[byte ?? 0] ?? 0

const countAll = (bytes: Uint8Array): number => bytes.reduce((count, byte) => count + countBits(byte), 0)

/** Whether eight indices from `index` on are below `end` and make up a byte. */
const isByte = (index: number, end: number): boolean => (index & 7) === 0 && index + 8 <= end

const clearSpareBits = (bytes: Uint8Array, size: number): void => {
  const spare = bytes.length * 8 - size
  const last = bytes.length - 1
  if (spare > 0) bytes[last] = (bytes[last] ?? 0) & (0xff << spare)
}
