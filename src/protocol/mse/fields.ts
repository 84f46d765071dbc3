import { concatBytes } from '../bytes.js'
import { readUint16, readUint32, writeUint16, writeUint32 } from '../wire/uint.js'
import { MAX_PADDING, type Line } from './line.js'
import type { Rc4 } from './rc4.js'

/** VC, the verification constant: it shows that both sides have the same key streams. */
export const VERIFICATION: Uint8Array = new Uint8Array(8)

/** crypto_provide or crypto_select. */
export const methodField = (methods: number): Uint8Array => {
  const field = new Uint8Array(4)
  writeUint32(field, 0, methods)
  return field
}

export function* readMethods(line: Line, keyStream: Rc4): Generator<undefined, number> {
  return readUint32(yield* line.take(4, keyStream), 0)
}

/** Two bytes of length, then so many bytes: PadC and PadD of zeros, IA. */
export const lengthPrefixed = (bytes: Uint8Array): Uint8Array => {
  const length = new Uint8Array(2)
  writeUint16(length, 0, bytes.length)
  return concatBytes([length, bytes])
}

/** What is `lengthPrefixed`; undefined when it is longer than `most`. */
export function* readLengthPrefixed(
  line: Line,
  keyStream: Rc4,
  most = MAX_PADDING,
): Generator<undefined, Uint8Array | undefined> {
  const length = readUint16(yield* line.take(2, keyStream), 0)
  return length > most ? undefined : yield* line.take(length, keyStream)
}
