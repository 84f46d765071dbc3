import { decodeHandshake, HANDSHAKE, type Handshake } from '../../protocol/wire/handshake.js'

/** The other side's handshake, and what came after it. */
export interface Opened {
  readonly handshake: Handshake
  readonly rest: Uint8Array
}

/** Gathers the 68 bytes that a connection begins with (BEP 3). */
export class Opening {
  readonly #bytes = new Uint8Array(HANDSHAKE)
  #length = 0

  /** Takes the next bytes; undefined while some are missing, 'malformed' where this is no handshake. */
  push(bytes: Uint8Array): Opened | 'malformed' | undefined {
    const taken = Math.min(HANDSHAKE - this.#length, bytes.length)
    this.#bytes.set(bytes.subarray(0, taken), this.#length)
    this.#length += taken
    if (this.#length < HANDSHAKE) return undefined
    const handshake = decodeHandshake(this.#bytes)
    return handshake === undefined ? 'malformed' : { handshake, rest: bytes.subarray(taken) }
  }
}
