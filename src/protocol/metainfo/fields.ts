import { decodeUtf8 } from '../bytes.js'
import type { Bencode, BencodeDict } from '../bencode.js'
import { ShoalError } from '../errors.js'

/** The error of a .torrent whose `what` is not as it must be. */
export const fault = (what: string): ShoalError => new ShoalError('METAINFO_INVALID', `.torrent: ${what}`)

const isDict = (value: Bencode | undefined): value is BencodeDict => value instanceof Map

/** `value` as a dictionary, or undefined when it is none. */
export const asDict = (value: Bencode | undefined): BencodeDict | undefined =>
  isDict(value) ? value : undefined

/** `value` as a list, or undefined when it is none. */
export const asList = (value: Bencode | undefined): readonly Bencode[] | undefined =>
  Array.isArray(value) ? (value as readonly Bencode[]) : undefined

/** `value` as a byte string, or undefined when it is none. */
export const asBytes = (value: Bencode | undefined): Uint8Array | undefined =>
  value instanceof Uint8Array ? value : undefined

/** `value` as text, or undefined when it is no byte string or not UTF-8. */
export const asText = (value: Bencode | undefined): string | undefined => {
  const bytes = asBytes(value)
  return bytes && decodeUtf8(bytes)
}

/** `value` as a number of bytes. @throws ShoalError METAINFO_INVALID */
export const sizeOf = (value: Bencode | undefined, what: string): number => {
  if (typeof value !== 'number' || value < 0) throw fault(`${what} is not a size`)
  return value
}

/** `value` as a path component; its safety is not checked. @throws ShoalError PATH_UNSAFE when it is not UTF-8 */
export const componentOf = (value: Uint8Array): string => {
  const text = decodeUtf8(value)
  if (text === undefined) throw new ShoalError('PATH_UNSAFE', '.torrent: a name is not UTF-8')
  return text
}

/** The bytes of a dictionary key. */
export const bytesOfKey = (key: string): Uint8Array =>
  Uint8Array.from({ length: key.length }, (_, index) => key.charCodeAt(index))

/** Whether a file's attributes hold `letter` (BEP 47: p padding, l symbolic link, x executable, h hidden). */
export const hasAttribute = (file: BencodeDict, letter: string): boolean =>
  asText(file.get('attr'))?.includes(letter) ?? false
