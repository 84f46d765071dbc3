import { MAX_LEADING_SPACE } from '../protocol/limits.js'
import { KEY_SIZE } from '../protocol/mse/keys.js'

/** What a connection turns out to speak. */
export type Dialect = 'json' | 'bittorrent' | 'tls' | 'http' | 'unknown'

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

/** BEP 3: one byte of length, then the name. */
const BITTORRENT = ascii('\u0013BitTorrent protocol')
/** RFC 8446 section 5.1: a handshake record of version 3.x. */
const TLS = Uint8Array.of(0x16, 0x03)
/** RFC 9110 section 9, each with the space after it. */
const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'].map(
  (method) => ascii(`${method} `),
)

const OPEN_BRACE = 0x7b
/** What may stand after the brace that opens a message: white space, a key, the end, another brace (to be refused with an answer). */
const AFTER_BRACE = new Set(ascii(' \n\r\t"{}'))
const SPACE = new Set(ascii(' \n\r\t'))

/** Whether bytes are the beginning of something, as far as they go. */
export type Match = 'yes' | 'no' | 'maybe'

const beginsWith = (bytes: Uint8Array, prefix: Uint8Array): Match => {
  const length = Math.min(bytes.length, prefix.length)
  for (let index = 0; index < length; index++) if (bytes[index] !== prefix[index]) return 'no'
  return bytes.length >= prefix.length ? 'yes' : 'maybe'
}

const beginsWithAny = (bytes: Uint8Array, prefixes: readonly Uint8Array[]): Match => {
  const matches = prefixes.map((prefix) => beginsWith(bytes, prefix))
  return matches.find((match) => match === 'yes') ?? matches.find((match) => match === 'maybe') ?? 'no'
}

const beginsMessage = (bytes: Uint8Array): Match => {
  const start = bytes.findIndex((byte) => !SPACE.has(byte))
  if (start < 0) return bytes.length > MAX_LEADING_SPACE ? 'no' : 'maybe'
  if (start > MAX_LEADING_SPACE || bytes[start] !== OPEN_BRACE) return 'no'
  const next = bytes[start + 1]
  if (next === undefined) return 'maybe'
  return AFTER_BRACE.has(next) ? 'yes' : 'no'
}

/**
 * What a connection speaks that begins with `bytes`; undefined while that takes more bytes to tell,
 * which is for at most MAX_LEADING_SPACE + 1.
 */
export const dialectOf = (bytes: Uint8Array): Dialect | undefined => {
  if (bytes.length === 0) return undefined
  const matches: readonly (readonly [Dialect, Match])[] = [
    ['json', beginsMessage(bytes)],
    ['bittorrent', beginsWith(bytes, BITTORRENT)],
    ['tls', beginsWith(bytes, TLS)],
    ['http', beginsWithAny(bytes, HTTP_METHODS)],
  ]
  const certain = matches.find(([, match]) => match === 'yes')
  if (certain !== undefined) return certain[0]
  return matches.some(([, match]) => match === 'maybe') ? undefined : 'unknown'
}

const LOOKED_AT = 64
const isText = (byte: number): boolean => (byte >= 0x20 && byte !== 0x7f) || SPACE.has(byte)

/**
 * Whether what begins with `bytes`, which is 'unknown', is an obfuscated handshake: as many random bytes as a key has.
 * They are all taken for text once in 100,000, and once in 7,000 `dialectOf` takes them for JSON or TLS;
 * who connects then tries again, with another key.
 */
export const beginsWithKey = (bytes: Uint8Array): Match => {
  if (bytes.length < KEY_SIZE) return 'maybe'
  return bytes.subarray(0, KEY_SIZE).every(isText) ? 'no' : 'yes'
}

/** Whether a person or a JSON program may have sent `bytes`, so that an answer in JSON is of use. */
export const isTextLike = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && (bytes[0] === OPEN_BRACE || bytes.subarray(0, LOOKED_AT).every(isText))
