import { concatBytes, encodeUtf8 } from './bytes.js'
import { ShoalError } from './errors.js'
import { MAX_BENCODE_DEPTH } from './limits.js'

/** A bencoded value (BEP 3). Strings are bytes; dictionary keys are kept as binary strings, one character a byte. */
export type Bencode = number | Uint8Array | readonly Bencode[] | BencodeDict
export type BencodeDict = ReadonlyMap<string, Bencode>

const INTEGER = 0x69
const LIST = 0x6c
const DICT = 0x64
const END = 0x65
const COLON = 0x3a
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39

const isDigit = (byte: number | undefined): byte is number =>
  byte !== undefined && byte >= ZERO && byte <= NINE

/** One character a byte: how keys are compared and stored, since BEP 3 sorts them as raw strings. */
export const binaryString = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** The bytes of a binary string. */
const fromBinaryString = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length }, (_, index) => text.charCodeAt(index) & 0xff)

/** The key that spells `text` in UTF-8. */
export const keyOf = (text: string): string => binaryString(encodeUtf8(text))

export interface DecodeOptions {
  /** Called with each top-level dictionary key and where its value stands; info-hashes are taken over these bytes. */
  readonly onTopLevel?: (key: string, start: number, end: number) => void
  /** Whether keys may stand in any order, the first of equal ones counting: for what no hash is taken over. */
  readonly anyOrder?: boolean
}

/**
 * Reads one value that fills `bytes` wholly. Strings are views of `bytes`.
 * Canonical form is demanded where another one could give two readings: no leading zeros, no negative zero,
 * integers within 2^53, keys unique and sorted.
 *
 * @throws ShoalError BENCODE_INVALID
 */
export const decodeBencode = (bytes: Uint8Array, options: DecodeOptions = {}): Bencode => {
  const reader = new Reader(bytes, options)
  const value = reader.value(0)
  if (reader.offset !== bytes.length) throw reader.fault('data after the end')
  return value
}

class Reader {
  offset = 0
  readonly #bytes: Uint8Array
  readonly #options: DecodeOptions

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    this.#bytes = bytes
    this.#options = options
  }

  fault(what: string): ShoalError {
    return new ShoalError('BENCODE_INVALID', `bencode: ${what} at byte ${this.offset}`)
  }

  value(depth: number): Bencode {
    if (depth > MAX_BENCODE_DEPTH) throw this.fault('nested too deep')
    const byte = this.#bytes[this.offset]
    if (isDigit(byte)) return this.#string()
    if (byte === INTEGER) return this.#integer()
    if (byte === LIST) return this.#list(depth)
    if (byte === DICT) return this.#dict(depth)
    throw this.fault(byte === undefined ? 'unexpected end' : 'unexpected byte')
  }

  #integer(): number {
    this.offset++
    const negative = this.#bytes[this.offset] === MINUS
    if (negative) this.offset++
    const magnitude = this.#digits(END)
    if (negative && magnitude === 0) throw this.fault('negative zero')
    return negative ? -magnitude : magnitude
  }

  #digits(terminator: number): number {
    const start = this.offset
    let value = 0
    for (let byte = this.#bytes[this.offset]; isDigit(byte); byte = this.#bytes[this.offset]) {
      value = value * 10 + (byte - ZERO)
      if (value > Number.MAX_SAFE_INTEGER) throw this.fault('integer too large')
      this.offset++
    }
    const length = this.offset - start
    if (length === 0) throw this.fault('no digits')
    if (length > 1 && this.#bytes[start] === ZERO) throw this.fault('leading zero')
    if (this.#bytes[this.offset] !== terminator) throw this.fault('number not ended')
    this.offset++
    return value
  }

  #string(): Uint8Array {
    const length = this.#digits(COLON)
    if (length > this.#bytes.length - this.offset) throw this.fault('string longer than the data')
    this.offset += length
    return this.#bytes.subarray(this.offset - length, this.offset)
  }

  #list(depth: number): Bencode[] {
    this.offset++
    const items: Bencode[] = []
    while (this.#bytes[this.offset] !== END) items.push(this.value(depth + 1))
    this.offset++
    return items
  }

  #dict(depth: number): BencodeDict {
    this.offset++
    const { anyOrder = false } = this.#options
    const dict = new Map<string, Bencode>()
    let previous: string | undefined
    while (this.#bytes[this.offset] !== END) {
      if (!isDigit(this.#bytes[this.offset])) throw this.fault('key is not a string')
      const key = binaryString(this.#string())
      if (!anyOrder && previous !== undefined && key <= previous)
        throw this.fault('keys not unique and sorted')
      previous = key
      const start = this.offset
      const value = this.value(depth + 1)
      if (!dict.has(key)) dict.set(key, value)
      if (depth === 0) this.#options.onTopLevel?.(key, start, this.offset)
    }
    this.offset++
    return dict
  }
}

/** What `encodeBencode` takes: objects are dictionaries with keys in UTF-8, text is written in UTF-8, undefined entries are left out. */
export type Encodable =
  | number
  | string
  | Uint8Array
  | readonly Encodable[]
  | ReadonlyMap<string, Encodable>
  | { readonly [key: string]: Encodable | undefined }

const isDict = (value: object): value is ReadonlyMap<string, Encodable> => value instanceof Map

/** Writes `value` canonically: keys sorted as raw bytes. */
export const encodeBencode = (value: Encodable): Uint8Array => {
  const parts: Uint8Array[] = []
  write(value, parts)
  return concatBytes(parts)
}

const write = (value: Encodable, out: Uint8Array[]): void => {
  if (typeof value === 'number') out.push(encodeUtf8(`i${value}e`))
  else if (typeof value === 'string') writeString(encodeUtf8(value), out)
  else if (value instanceof Uint8Array) writeString(value, out)
  else if (Array.isArray(value)) {
    out.push(encodeUtf8('l'))
    for (const item of value as readonly Encodable[]) write(item, out)
    out.push(encodeUtf8('e'))
  } else writeDict(value as Exclude<typeof value, readonly Encodable[]>, out)
}

const writeString = (bytes: Uint8Array, out: Uint8Array[]): void => {
  out.push(encodeUtf8(`${bytes.length}:`), bytes)
}

const writeDict = (
  dict: ReadonlyMap<string, Encodable> | { readonly [key: string]: Encodable | undefined },
  out: Uint8Array[],
): void => {
  const entries: [string, Encodable][] = []
  if (isDict(dict)) entries.push(...dict)
  else {
    for (const [key, value] of Object.entries(dict))
      if (value !== undefined) entries.push([keyOf(key), value])
  }
  entries.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
  out.push(encodeUtf8('d'))
  for (const [key, value] of entries) {
    writeString(fromBinaryString(key), out)
    write(value, out)
  }
  out.push(encodeUtf8('e'))
}
