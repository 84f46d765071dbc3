import { SipHash } from '../../protocol/sipHash.js'
import { CONNECTION_ID } from '../../protocol/announce/udpRequest.js'

/** Milliseconds of a slot. An id is good in its own slot and the next, so for two minutes at least (BEP 15). */
const SLOT = 120_000

/** Characters of an address: the longest form of IPv6 has 45. */
const MAX_ADDRESS = 45

/**
 * Connection ids of the UDP protocol (BEP 15), signed instead of stored: the keyed hash of who asks and when. Whoever
 * shows one has received it, so the address that its datagrams name as their source is its own.
 */
export class ConnectionIds {
  readonly #hash: SipHash
  readonly #input = new Uint8Array(4 + MAX_ADDRESS + 8)
  readonly #expected = new Uint8Array(CONNECTION_ID)

  /** `secret` has SIP_KEY_BYTES bytes that nobody else knows. */
  constructor(secret: Uint8Array) {
    this.#hash = new SipHash(secret)
  }

  /** Writes the id of `address` at `now`, in milliseconds, into eight bytes from `offset` on. */
  write(address: string, now: number, into: Uint8Array, offset: number): void {
    this.#sign(address, Math.floor(now / SLOT), into, offset)
  }

  /** Whether `datagram` begins with an id that was given to `address` in the slot of `now` or the one before. */
  isValid(address: string, now: number, datagram: Uint8Array): boolean {
    const slot = Math.floor(now / SLOT)
    return this.#isOf(address, slot, datagram) || this.#isOf(address, slot - 1, datagram)
  }

  #isOf(address: string, slot: number, datagram: Uint8Array): boolean {
    const expected = this.#expected
    this.#sign(address, slot, expected, 0)
    for (let index = 0; index < expected.length; index++)
      if (expected[index] !== datagram[index]) return false
    return true
  }

  #sign(address: string, slot: number, into: Uint8Array, offset: number): void {
    const input = this.#input
    for (let byte = 0; byte < 4; byte++) input[byte] = slot >>> (8 * byte)
    const length = Math.min(address.length, MAX_ADDRESS)
    for (let index = 0; index < length; index++) input[4 + index] = address.charCodeAt(index)
    // Not fill(), whose call costs more than these few bytes.
    for (let index = 4 + length; index < 12 + length; index++) input[index] = 0
    this.#hash.write(input, 4 + length, into, offset)
  }
}
