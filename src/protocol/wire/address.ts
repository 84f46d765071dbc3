import type { Endpoint } from '../ids.js'
import { readUint16, writeUint16 } from './uint.js'

/** Bytes of an address: IPv4 (BEP 23) and IPv6 (BEP 7). */
const IPV4 = 4
const IPV6 = 16

/** Bytes of a contact in compact form: an address and a port. */
export const COMPACT_IPV4 = IPV4 + 2
export const COMPACT_IPV6 = IPV6 + 2

const GROUPS = 8

/** The start and length of the longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2). */
const longestZeros = (groups: readonly number[]): { start: number; length: number } => {
  let best = { start: 0, length: 1 }
  let start = 0
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  })
  return best
}

const formatGroups = (groups: readonly number[]): string =>
  groups.map((group) => group.toString(16)).join(':')

const formatIPv6 = (bytes: Uint8Array): string => {
  const groups = Array.from({ length: GROUPS }, (_, index) => readUint16(bytes, 2 * index))
  const { start, length } = longestZeros(groups)
  if (length < 2) return formatGroups(groups)
  return `${formatGroups(groups.slice(0, start))}::${formatGroups(groups.slice(start + length))}`
}

/** The text of an address of 4 or 16 bytes, IPv6 in the one form of RFC 5952; undefined for another length. */
export const formatAddress = (bytes: Uint8Array): string | undefined => {
  if (bytes.length === IPV4) return bytes.join('.')
  return bytes.length === IPV6 ? formatIPv6(bytes) : undefined
}

const DOT = 0x2e
const ZERO = 0x30

/**
 * Writes the four bytes of an IPv4 address into `into`; false where `text` is none, and `into` is then of no use.
 * A tracker does this for each datagram: it makes nothing on the way.
 */
export const writeIPv4 = (text: string, into: Uint8Array): boolean => {
  let byte = 0
  let digits = 0
  let value = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === DOT) {
      if (digits === 0 || byte === IPV4 - 1) return false
      into[byte++] = value
      digits = value = 0
    } else {
      const digit = code - ZERO
      if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return false
      value = 10 * value + digit
      digits++
      if (value > 255) return false
    }
  }
  if (digits === 0 || byte !== IPV4 - 1) return false
  into[byte] = value
  return true
}

const parseIPv4 = (text: string): readonly number[] | undefined => {
  const bytes = new Uint8Array(IPV4)
  return writeIPv4(text, bytes) ? [...bytes] : undefined
}

/** Bytes of the groups on one side of "::"; the last of all may be an IPv4 address (RFC 4291 section 2.2). */
const parseGroups = (text: string, isLastSide: boolean): readonly number[] | undefined => {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    const last = isLastSide && index === groups.length - 1 ? parseIPv4(group) : undefined
    if (last === undefined && !/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
    const value = Number.parseInt(group, 16)
    bytes.push(...(last ?? [value >> 8, value & 0xff]))
  }
  return bytes
}

const parseIPv6 = (text: string): readonly number[] | undefined => {
  const sides = text.split('::')
  const [head, tail] = sides.map((side, index) => parseGroups(side, index === sides.length - 1))
  if (sides.length > 2 || head === undefined) return undefined
  if (sides.length === 1) return head.length === IPV6 ? head : undefined
  if (tail === undefined || head.length + tail.length > IPV6 - 2) return undefined
  return [...head, ...Array<number>(IPV6 - head.length - tail.length).fill(0), ...tail]
}

/** The 4 or 16 bytes of an address, or undefined when `text` is none: a name, or one with a zone. */
export const parseAddress = (text: string): Uint8Array | undefined => {
  // The longest form has 45 characters; nothing longer is worth a look.
  if (text.length > 45) return undefined
  const bytes = text.includes(':') ? parseIPv6(text) : parseIPv4(text)
  return bytes && Uint8Array.from(bytes)
}

/** The compact form of `endpoint`: 6 or 18 bytes; undefined when its host is a name. */
export const encodeContact = ({ host, port }: Endpoint): Uint8Array | undefined => {
  const address = parseAddress(host)
  if (address === undefined) return undefined
  const bytes = new Uint8Array(address.length + 2)
  bytes.set(address)
  writeUint16(bytes, address.length, port)
  return bytes
}

/** The contact that 6 or 18 bytes are; undefined for another length. Its port may be 0. */
export const decodeContact = (bytes: Uint8Array): Endpoint | undefined => {
  const host = formatAddress(bytes.subarray(0, -2))
  return host === undefined ? undefined : { host, port: readUint16(bytes, bytes.length - 2) }
}
