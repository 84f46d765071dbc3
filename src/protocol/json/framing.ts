import { MAX_JSON_DEPTH } from '../limits.js'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

export type FramingFault = 'too-large' | 'too-deep' | 'not-an-object'

/** What `push` found: whole messages in order, and the fault that ends the stream, if any. */
export interface Frames {
  readonly messages: readonly Uint8Array[]
  readonly fault?: FramingFault
}

/**
 * Cuts a byte stream into JSON objects: a message ends where its top-level object closes,
 * whatever stands between messages (white space only).
 *
 * Invariants: every byte is looked at once; never holds more than `limit` bytes, in a buffer of at most twice what came; after a fault nothing more comes out.
 */
export class JsonFraming {
  #limit: number
  #buffer = NOTHING
  #held = 0
  #depth = 0
  #inString = false
  #escaped = false
  #fault: FramingFault | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether a message has begun and not ended. */
  get isMidMessage(): boolean {
    return this.#depth > 0
  }

  /** Bytes held of a message that has begun. */
  get held(): number {
    return this.#held
  }

  /** Takes the next bytes; the messages returned may be views of `chunk`. */
  push(chunk: Uint8Array): Frames {
    const messages: Uint8Array[] = []
    let start = 0
    let index = 0
    while (index < chunk.length && this.#fault === undefined) {
      if (this.#inString) {
        index = this.#skipString(chunk, index)
        continue
      }
      const byte = chunk[index] ?? 0
      if (this.#depth === 0) {
        if (byte === OPEN_BRACE) start = index
        else if (!isSpace(byte)) this.#fault = 'not-an-object'
      }
      index++
      if (this.#step(byte)) {
        messages.push(this.#take(chunk.subarray(start, index)))
        if (this.#fault !== undefined) messages.pop()
      }
    }
    if (this.#fault === undefined && this.#depth > 0) this.#hold(chunk.subarray(start))
    if (this.#fault === undefined) return { messages }
    this.#drop()
    return { messages, fault: this.#fault }
  }

  /** Follows the structure by one byte outside a string; returns whether a message ended with it. */
  #step(byte: number): boolean {
    if (byte === QUOTE) this.#inString = this.#depth > 0
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#depth++
      if (this.#depth > MAX_JSON_DEPTH) this.#fault = 'too-deep'
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && this.#depth > 0) {
      this.#depth--
      return this.#depth === 0
    }
    return false
  }

  /** Returns the index after the string's end, or the chunk's end. Chunk data is one long string, so this is the hot path. */
  #skipString(chunk: Uint8Array, from: number): number {
    let index = from
    if (this.#escaped) {
      this.#escaped = false
      index++
    }
    while (index < chunk.length) {
      const quote = chunk.indexOf(QUOTE, index)
      const end = quote < 0 ? chunk.length : quote
      const backslash = chunk.subarray(index, end).indexOf(BACKSLASH)
      if (backslash < 0) {
        if (quote < 0) return chunk.length
        this.#inString = false
        return quote + 1
      }
      index += backslash + 2
      if (index > chunk.length) {
        this.#escaped = true
        return chunk.length
      }
    }
    return index
  }

  /** One buffer for all parts: one of its own for each would let a sender of single bytes take a hundred times what it sends. */
  #hold(part: Uint8Array): void {
    const at = this.#held
    this.#held += part.length
    if (this.#held > this.#limit) this.#fault = 'too-large'
    // Not slice(): of a Node buffer that would be a view, and whoever reads from a socket uses its buffer again.
    else this.#reserve(this.#held).set(part, at)
  }

  /** The buffer, with what it holds, of `size` bytes at least. */
  #reserve(size: number): Uint8Array {
    if (size <= this.#buffer.length) return this.#buffer
    const larger = new Uint8Array(Math.max(size, Math.min(2 * this.#buffer.length, this.#limit)))
    larger.set(this.#buffer)
    this.#buffer = larger
    return larger
  }

  #take(last: Uint8Array): Uint8Array {
    const at = this.#held
    const size = at + last.length
    if (size > this.#limit) this.#fault = 'too-large'
    if (at === 0 || this.#fault !== undefined) return last
    const buffer = this.#reserve(size)
    buffer.set(last, at)
    this.#drop()
    return buffer.subarray(0, size)
  }

  #drop(): void {
    this.#buffer = NOTHING
    this.#held = 0
  }
}

const NOTHING = new Uint8Array(0)
