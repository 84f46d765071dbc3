/** A 64-bit value in two halves: numbers hold 53 bits exactly, and BigInt is ten times slower. */
interface Word {
  low: number
  high: number
}

/** Four bytes, the lowest first; bytes past the end count as zero. */
const lowFirst = (bytes: Uint8Array, offset: number): number =>
  (bytes[offset] ?? 0) |
  ((bytes[offset + 1] ?? 0) << 8) |
  ((bytes[offset + 2] ?? 0) << 16) |
  ((bytes[offset + 3] ?? 0) << 24)

const word = (low: number, high: number): Word => ({ low, high })

const add = (into: Word, value: Word): void => {
  const low = (into.low >>> 0) + (value.low >>> 0)
  into.high = (into.high + value.high + (low > 0xffff_ffff ? 1 : 0)) | 0
  into.low = low | 0
}

const xor = (into: Word, value: Word): void => {
  into.low ^= value.low
  into.high ^= value.high
}

/** By 1 to 31 bits to the left. */
const rotate = (value: Word, bits: number): void => {
  const { low, high } = value
  value.low = (low << bits) | (high >>> (32 - bits))
  value.high = (high << bits) | (low >>> (32 - bits))
}

const swapHalves = (value: Word): void => {
  const { low } = value
  value.low = value.high
  value.high = low
}

/** Bytes of a key. */
export const SIP_KEY_BYTES = 16

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short inputs that nobody without the key can foretell.
 * One object hashes one input after another; it holds state only within a call.
 */
export class SipHash {
  readonly #key: Uint8Array
  readonly #v0 = word(0, 0)
  readonly #v1 = word(0, 0)
  readonly #v2 = word(0, 0)
  readonly #v3 = word(0, 0)
  readonly #block = word(0, 0)

  /** A key has SIP_KEY_BYTES bytes. */
  constructor(key: Uint8Array) {
    this.#key = Uint8Array.from(key)
  }

  /**
   * Writes the hash of the first `length` bytes of `input` into eight bytes from `offset` on, the lowest byte first.
   * Those after them up to a multiple of eight must be zero, or missing.
   */
  write(input: Uint8Array, length: number, into: Uint8Array, offset: number): void {
    this.#start()
    const whole = length - (length % 8)
    for (let at = 0; at < whole; at += 8) this.#take(lowFirst(input, at), lowFirst(input, at + 4))
    this.#take(lowFirst(input, whole), lowFirst(input, whole + 4) | (length << 24))
    this.#v2.low ^= 0xff
    for (let round = 0; round < 4; round++) this.#round()
    this.#writeSum(into, offset)
  }

  #start(): void {
    this.#seed(this.#v0, 0, 0x70736575, 0x736f6d65)
    this.#seed(this.#v1, 8, 0x6e646f6d, 0x646f7261)
    this.#seed(this.#v2, 0, 0x6e657261, 0x6c796765)
    this.#seed(this.#v3, 8, 0x79746573, 0x74656462)
  }

  #seed(value: Word, keyAt: number, low: number, high: number): void {
    value.low = lowFirst(this.#key, keyAt) ^ low
    value.high = lowFirst(this.#key, keyAt + 4) ^ high
  }

  #take(low: number, high: number): void {
    this.#block.low = low
    this.#block.high = high
    xor(this.#v3, this.#block)
    this.#round()
    this.#round()
    xor(this.#v0, this.#block)
  }

  #round(): void {
    const v0 = this.#v0
    const v1 = this.#v1
    const v2 = this.#v2
    const v3 = this.#v3
    add(v0, v1)
    rotate(v1, 13)
    xor(v1, v0)
    swapHalves(v0)
    add(v2, v3)
    rotate(v3, 16)
    xor(v3, v2)
    add(v0, v3)
    rotate(v3, 21)
    xor(v3, v0)
    add(v2, v1)
    rotate(v1, 17)
    xor(v1, v2)
    swapHalves(v2)
  }

  #writeSum(into: Uint8Array, offset: number): void {
    const low = this.#v0.low ^ this.#v1.low ^ this.#v2.low ^ this.#v3.low
    const high = this.#v0.high ^ this.#v1.high ^ this.#v2.high ^ this.#v3.high
    for (let byte = 0; byte < 4; byte++) {
      into[offset + byte] = low >>> (8 * byte)
      into[offset + 4 + byte] = high >>> (8 * byte)
    }
  }
}
