import { randomBytes } from 'node:crypto'

/** Words of the longest key: a contact and its swarm, or an info-hash. */
const MAX_WORDS = 6

/** The end of MurmurHash3: every bit of the sum decides on every bit of the result. */
const mix = (sum: number): number => {
  let hash = sum ^ (sum >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

/**
 * Hashes of keys that strangers choose: a sum of products with factors that only this process knows, so that nobody can
 * choose keys that fall on one place.
 */
export class KeyedHash {
  readonly #factors = new Int32Array(new Uint8Array(randomBytes(4 * MAX_WORDS)).buffer).map(
    (word) => word | 1,
  )

  /** Of the first `words` words of 4 bytes of `bytes`, and of `more`. 32 bits with a sign. */
  of(bytes: Uint8Array, words: number, more: number): number {
    let sum = Math.imul(more, this.#factors[MAX_WORDS - 1] as number)
    for (let word = 0, at = 0; word < words; word++, at += 4) {
      const value =
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24)
      sum = (sum + Math.imul(value, this.#factors[word] as number)) | 0
    }
    return mix(sum)
  }
}
