/**
 * The RC4 key stream: obfuscation, not encryption, since RC4 is long broken. Our own, because OpenSSL 3 has none.
 *
 * Invariant: `#state` is a permutation of 0 to 255.
 */
export class Rc4 {
  readonly #state = Uint8Array.from({ length: 256 }, (_, index) => index)
  #left = 0
  #right = 0

  /**
   * @param key 1 to 256 bytes
   * @param dropped bytes of the key stream that are passed over: its beginning tells of the key
   */
  constructor(key: Uint8Array, dropped: number) {
    const state = this.#state
    for (let index = 0, other = 0; index < 256; index++) {
      const value = state[index] ?? 0
      other = (other + value + (key[index % key.length] ?? 0)) & 255
      state[index] = state[other] ?? 0
      state[other] = value
    }
    this.apply(new Uint8Array(dropped))
  }

  /** Encrypts or decrypts the next bytes of the stream, which are the same, from `bytes` into `into`, which is returned. */
  apply(bytes: Uint8Array, into: Uint8Array = bytes): Uint8Array {
    const state = this.#state
    let left = this.#left
    let right = this.#right
    for (let index = 0; index < bytes.length; index++) {
      left = (left + 1) & 255
      const leftValue = state[left] ?? 0
      right = (right + leftValue) & 255
      const rightValue = state[right] ?? 0
      state[left] = rightValue
      state[right] = leftValue
      into[index] = (bytes[index] ?? 0) ^ (state[(leftValue + rightValue) & 255] ?? 0)
    }
    this.#left = left
    this.#right = right
    return into
  }
}
