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

/** The bytes that `text` stands for, or undefined. A plus sign is itself: info-hashes are no form (BEP 3). */
const unescapeBytes = (text: string): Uint8Array | undefined => {
  if (!/^(?:[\x20-\x24\x26-\x7e]|%[0-9a-fA-F]{2})*$/.test(text)) return undefined
  const characters = text.match(/%..|./g) ?? []
  return Uint8Array.from(characters, (part) =>
    part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  )
}

/** The parameters of a query, by name. */
export type Query = ReadonlyMap<string, readonly Uint8Array[]>

/** Reads what stands after the question mark; undefined when it is too long or not properly escaped. */
export const readQuery = (text: string): Query | undefined => {
  if (text.length > MAX_QUERY) return undefined
  const query = new Map<string, Uint8Array[]>()
  for (const part of text.split('&')) {
    const [name = ''] = part.split('=', 1)
    const value = unescapeBytes(part.slice(name.length + 1))
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
