import { concatBytes, equalBytes } from '../bytes.js'
import type { Rc4 } from './rc4.js'

/** Bytes of each padding, at most: by the specification of MSE. */
export const MAX_PADDING = 512

const NOTHING = new Uint8Array(0)

/**
 * The connection as a handshake sees it: bytes that came and are not read yet, and those to be sent.
 * What reads is a generator; it yields where more must come first.
 *
 * Invariant: between two calls of `push` it holds less than what the reader waits for.
 */
export class Line {
  #held: Uint8Array = NOTHING
  #outgoing: Uint8Array[] = []

  push(chunk: Uint8Array): void {
    this.#held = concatBytes([this.#held, chunk])
  }

  /** The next `count` bytes, decrypted where there is a key stream. */
  *take(count: number, keyStream?: Rc4): Generator<undefined, Uint8Array> {
    while (this.#held.length < count) yield
    const taken = this.#pass(count)
    return keyStream === undefined ? taken : keyStream.apply(taken)
  }

  /** Passes over padding and the `mark` after it; false when that does not stand within MAX_PADDING bytes. */
  *passMark(mark: Uint8Array): Generator<undefined, boolean> {
    for (let start = 0; start <= MAX_PADDING; start++) {
      const end = start + mark.length
      while (this.#held.length < end) yield
      if (!equalBytes(this.#held.subarray(start, end), mark)) continue
      this.#pass(end)
      return true
    }
    return false
  }

  /** All that came and was not read. */
  takeRest(): Uint8Array {
    return this.#pass(this.#held.length)
  }

  send(...parts: readonly Uint8Array[]): void {
    this.#outgoing.push(...parts)
  }

  takeOutgoing(): Uint8Array {
    return concatBytes(this.#outgoing.splice(0))
  }

  #pass(count: number): Uint8Array {
    const passed = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    return passed
  }
}
