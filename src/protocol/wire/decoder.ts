import { isKnownId, lengthFault, MAX_HASHES, PREFIX, type WireFault } from './frame.js'
import type { WireMessage } from './message.js'
import { parseMessage } from './parse.js'
import { readUint32 } from './uint.js'

/** Kept between messages: a block or the longest `hashes` with the length before it, 17,717 bytes. */
const KEPT = PREFIX + MAX_HASHES

const NOTHING = new Uint8Array(0)
const KEEP_ALIVE: WireMessage = { kind: 'keepAlive' }

/** Takes one message. Bytes in it are views that the decoder uses again: copy what is needed after the call. */
export type OnMessage = (message: WireMessage) => void

/**
 * Cuts a byte stream into messages of the peer wire, wherever the stream is cut (BEP 3 "peer protocol").
 * A message that lies whole in a chunk is a view of it; one that is cut is put together in one buffer, used again.
 *
 * Invariants: holds at most 4 + `limit` bytes or 17,717, and never more than twice what arrived above those;
 * a message's length is judged as soon as its id is here; after a fault nothing more comes out.
 */
export class WireDecoder {
  readonly #limit: number
  #held = NOTHING
  #heldLength = 0
  #skip = 0
  #fault: WireFault | undefined

  /** @param limit the longest message in bytes, the length before it not counted: `messageLimit` tells it */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Why nothing more comes out, if so. */
  get fault(): WireFault | undefined {
    return this.#fault
  }

  /** Bytes of memory held for a message that is not whole. */
  get capacity(): number {
    return this.#held.length
  }

  /** Takes the next bytes; `onMessage` is called before it returns, and must not throw or push. */
  push(chunk: Uint8Array, onMessage: OnMessage): WireFault | undefined {
    let offset = 0
    while (offset < chunk.length && this.#fault === undefined) {
      if (this.#skip > 0) offset += this.#pass(chunk.length - offset)
      else if (this.#heldLength > 0) offset += this.#fill(chunk, offset, onMessage)
      else
        offset +=
          this.#read(chunk, offset, chunk.length, onMessage) || this.#hold(chunk, offset, chunk.length)
    }
    if (this.#fault !== undefined) this.#held = NOTHING
    return this.#fault
  }

  /** Passes over the payload of an unknown message. */
  #pass(available: number): number {
    const passed = Math.min(this.#skip, available)
    this.#skip -= passed
    return passed
  }

  /** Reads the message that begins at `offset`; returns its bytes, or 0 when it is not whole. */
  #read(bytes: Uint8Array, offset: number, end: number, onMessage: OnMessage): number {
    const available = end - offset
    if (available < PREFIX) return 0
    const length = readUint32(bytes, offset)
    if (length > this.#limit) return this.#fail('too-large', available)
    if (length === 0) {
      onMessage(KEEP_ALIVE)
      return PREFIX
    }
    const id = bytes[offset + PREFIX]
    if (available === PREFIX || id === undefined) return 0
    if (!isKnownId(id)) return this.#readUnknown(id, length, onMessage)
    const fault = lengthFault(id, length)
    if (fault !== undefined) return this.#fail(fault, available)
    if (available < PREFIX + length) return 0
    onMessage(parseMessage(id, bytes, offset + PREFIX, length))
    return PREFIX + length
  }

  #readUnknown(id: number, length: number, onMessage: OnMessage): number {
    this.#skip = length - 1
    onMessage({ kind: 'unknown', id })
    return PREFIX + 1
  }

  #fail(fault: WireFault, available: number): number {
    this.#fault = fault
    return available
  }

  /** Adds to the held message what completes its length, its id or itself, and reads it when it is whole. */
  #fill(chunk: Uint8Array, offset: number, onMessage: OnMessage): number {
    const missing = this.#needed() - this.#heldLength
    const taken = this.#hold(chunk, offset, Math.min(chunk.length, offset + missing))
    if (taken === missing && this.#read(this.#held, 0, this.#heldLength, onMessage) > 0) this.#release()
    return taken
  }

  /** How many bytes of the held message tell more than is known: of its length, with its id, the whole. */
  #needed(): number {
    if (this.#heldLength < PREFIX) return PREFIX
    return this.#heldLength === PREFIX ? PREFIX + 1 : PREFIX + readUint32(this.#held, 0)
  }

  #hold(chunk: Uint8Array, start: number, end: number): number {
    const length = this.#heldLength + end - start
    if (length > this.#held.length) this.#grow(length)
    this.#held.set(chunk.subarray(start, end), this.#heldLength)
    this.#heldLength = length
    return end - start
  }

  /** By what arrived, not by what was announced: who announces much and sends little takes little memory. */
  #grow(length: number): void {
    const most = Math.max(KEPT, PREFIX + this.#limit)
    const grown = new Uint8Array(Math.min(most, Math.max(KEPT, 2 * this.#held.length, length)))
    grown.set(this.#held.subarray(0, this.#heldLength))
    this.#held = grown
  }

  #release(): void {
    this.#heldLength = 0
    if (this.#held.length > KEPT) this.#held = NOTHING
  }
}
