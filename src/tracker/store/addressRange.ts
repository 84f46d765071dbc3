import { parseAddress } from '../../protocol/wire/address.js'

/** Bytes of an address in IPv6 form. */
export const ADDRESS_BYTES = 16

/**
 * The networks that an address means something in. What is in none (a name, 0.0.0.0/8, multicast) is hidden. Numbers, so
 * that a packed record has room for one.
 */
export const RANGE = {
  public: 0,
  /** 127.0.0.0/8, ::1. */
  loopback: 1,
  /** RFC 1918: one range, as networks of an organisation route between its parts. */
  private: 2,
  /** Behind a carrier's NAT, 100.64.0.0/10 (RFC 6598). */
  shared: 3,
  /** 169.254.0.0/16 (RFC 3927), fe80::/10. */
  linkLocal: 4,
  /** fc00::/7 (RFC 4193), and fec0::/10, which it replaced. */
  uniqueLocal: 5,
  hidden: 6,
} as const

export type AddressRange = (typeof RANGE)[keyof typeof RANGE]

/** Writes an address of 4 or 16 bytes in IPv6 form, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
export const writeAddress = (address: Uint8Array, into: Uint8Array, at: number): void => {
  if (address.length === ADDRESS_BYTES) return into.set(address, at)
  // Not fill(), whose call costs more than these few bytes.
  for (let byte = 0; byte < 10; byte++) into[at + byte] = 0
  into[at + 10] = into[at + 11] = 0xff
  for (let byte = 0; byte < 4; byte++) into[at + 12 + byte] = address[byte] ?? 0
}

/** Whether the 16 bytes at `at` are an IPv4 address. */
export const isIPv4At = (bytes: Uint8Array, at: number): boolean => {
  if (bytes[at + 10] !== 0xff || bytes[at + 11] !== 0xff) return false
  for (let byte = 0; byte < 10; byte++) if (bytes[at + byte] !== 0) return false
  return true
}

const rangeOfIPv4 = (first: number, second: number): AddressRange => {
  if (first === 10) return RANGE.private
  if (first === 127) return RANGE.loopback
  if (first === 172) return second >= 16 && second < 32 ? RANGE.private : RANGE.public
  if (first === 192) return second === 168 ? RANGE.private : RANGE.public
  if (first === 100) return second >= 64 && second < 128 ? RANGE.shared : RANGE.public
  if (first === 169) return second === 254 ? RANGE.linkLocal : RANGE.public
  return first === 0 || first >= 224 ? RANGE.hidden : RANGE.public
}

const rangeOfLowIPv6 = (bytes: Uint8Array, at: number): AddressRange => {
  for (let byte = 0; byte < ADDRESS_BYTES - 1; byte++) if (bytes[at + byte] !== 0) return RANGE.public
  return bytes[at + ADDRESS_BYTES - 1] === 1 ? RANGE.loopback : RANGE.hidden
}

/** The range of the 16 bytes at `at`. */
export const rangeAt = (bytes: Uint8Array, at: number): AddressRange => {
  if (isIPv4At(bytes, at)) return rangeOfIPv4(bytes[at + 12] ?? 0, bytes[at + 13] ?? 0)
  const first = bytes[at] ?? 0
  const second = bytes[at + 1] ?? 0
  if (first === 0) return rangeOfLowIPv6(bytes, at)
  if (first === 0xff) return RANGE.hidden
  if (first === 0xfe && second >= 0x80) return second < 0xc0 ? RANGE.linkLocal : RANGE.uniqueLocal
  return (first & 0xfe) === 0xfc ? RANGE.uniqueLocal : RANGE.public
}

/** The bytes of `host`, which may have a zone. */
export const addressOf = (host: string): Uint8Array | undefined => parseAddress(host.split('%')[0] ?? '')

export const rangeOfHost = (host: string): AddressRange => {
  const address = addressOf(host)
  if (address === undefined) return RANGE.hidden
  const bytes = new Uint8Array(ADDRESS_BYTES)
  writeAddress(address, bytes, 0)
  return rangeAt(bytes, 0)
}

/**
 * Whether an asker in one range may be told of a peer in another. An asker at loopback is the tracker's own machine, and
 * so in every network that the tracker hears from.
 */
export const isInReach = (peer: number, asker: number): boolean =>
  peer === RANGE.public || asker === RANGE.loopback || (peer === asker && peer !== RANGE.hidden)
