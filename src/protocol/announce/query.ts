import { binaryString } from '../bencode.js'

/** Characters of a query that are read: a scrape of 74 torrents has 74 x 71, and an announce not 600. */
const MAX_QUERY = 8 * 1024

const UNRESERVED = /[A-Za-z0-9._~-]/

/** `bytes` as they stand in a query: each that is not unreserved (RFC 3986, 2.3) as % and two digits. */
export const escapeBytes = (bytes: Uint8Array): string =>
  [...binaryString(bytes)]
    .map((character) =>
      UNRESERVED.test(character)
        ? character
        : `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
    )
    .join('')

const PERCENT = 0x25
const FIRST_PRINTABLE = 0x20
const LAST_PRINTABLE = 0x7e

/** The value of a hexadecimal digit, or -1. */
const digitAt = (text: string, index: number): number => {
  const code = text.charCodeAt(index)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}

const isPrintable = (code: number): boolean => code >= FIRST_PRINTABLE && code <= LAST_PRINTABLE

/** Bytes that `text` stands for where every % has its digits. */
const unescapedLength = (text: string): number => {
  let length = text.length
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 3)) length -= 2
  return length
}

/** The bytes that `text` stands for, or undefined. A plus sign is itself: info-hashes are no form (BEP 3). */
const unescapeBytes = (text: string): Uint8Array | undefined => {
  const length = unescapedLength(text)
  if (length < 0) return undefined
  const bytes = new Uint8Array(length)
  for (let from = 0, to = 0; from < text.length; from++, to++) {
    const code = text.charCodeAt(from)
    if (code === PERCENT) {
      const value = 16 * digitAt(text, from + 1) + digitAt(text, from + 2)
      if (digitAt(text, from + 1) < 0 || digitAt(text, from + 2) < 0) return undefined
      bytes[to] = value
      from += 2
    } else if (isPrintable(code)) bytes[to] = code
    else return undefined
  }
  return bytes
}

/** The parameters of a query, by name. */
export type Query = ReadonlyMap<string, readonly Uint8Array[]>

/** Reads what stands after the question mark; undefined when it is too long or not properly escaped. */
export const readQuery = (text: string): Query | undefined => {
  if (text.length > MAX_QUERY) return undefined
  const query = new Map<string, Uint8Array[]>()
  for (const part of text.split('&')) {
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    const value = unescapeBytes(equals < 0 ? '' : part.slice(equals + 1))
    if (value === undefined) return undefined
    const known = query.get(name)
    if (known) known.push(value)
    else query.set(name, [value])
  }
  return query
}

/** The text of a parameter, given once or first. */
export const textIn = (query: Query, name: string): string | undefined => {
  const [value] = query.get(name) ?? []
  return value && binaryString(value)
}

/** The value of a parameter that is a count; more than 2^53 - 1 counts as that. */
export const countIn = (query: Query, name: string): number | undefined => {
  const text = textIn(query, name)
  return text !== undefined && /^[0-9]{1,20}$/.test(text)
    ? Math.min(Number(text), Number.MAX_SAFE_INTEGER)
    : undefined
}
