import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { ShoalError } from '../../protocol/errors.js'
import { isLoopbackHost } from '../../support/loopback.js'

/** What the API is called by those who may use it. */
export interface Door {
  readonly scheme: 'http' | 'https'
  /** Whether it listens on an address that other machines reach. */
  readonly isOpen: boolean
  /** Further names of it, in lower case, such as that of a proxy. */
  readonly names: ReadonlySet<string>
}

/** A Host header (RFC 9110, 7.2): an IPv6 address in brackets, or a name or IPv4 address; and perhaps a port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@]+))(?::[0-9]{1,5})?$/i

/** The host of a Host header, in lower case and without its port; empty where it is none. */
export const hostOf = (header = ''): string => {
  const match = HOST.exec(header)
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase()
}

/** Nobody can turn an address to another as they can a name, so any is ours that a caller reached us by. */
const isOwnHost = (host: string, { isOpen, names }: Door): boolean =>
  isLoopbackHost(host) || names.has(host) || (isOpen && isIP(host) !== 0)

/** A proxy that has a name of ours may speak HTTPS for us. */
const isOwnOrigin = (origin: string, header: string, { scheme, names }: Door): boolean => {
  const own = origin.toLowerCase()
  const host = header.toLowerCase()
  return own === `${scheme}://${host}` || (names.has(hostOf(header)) && own === `https://${host}`)
}

/** What a browser says of a request that no other page made: its own page's, or typed in by the user. */
const OWN_SITES: ReadonlySet<string | undefined> = new Set([undefined, 'same-origin', 'none'])

const reasonAgainst = (headers: IncomingHttpHeaders, door: Door): string | undefined => {
  const { host = '', origin } = headers
  if (!isOwnHost(hostOf(host), door)) return 'it asks for another host'
  if (origin !== undefined && !isOwnOrigin(origin, host, door))
    return 'it comes from a page of another origin'
  if (!OWN_SITES.has(headers['sec-fetch-site']?.toString())) return 'it comes from a page of another site'
  return undefined
}

/**
 * Refuses what a web page elsewhere makes the user's browser send. A page whose name is turned to an address of ours
 * (DNS rebinding) still sends its own name as Host; a request from a page of another origin says so in Origin or
 * Sec-Fetch-Site. Programs, which send neither, pass. Returns FORBIDDEN, or undefined for a request that may be answered.
 */
export const refusalOf = (headers: IncomingHttpHeaders, door: Door): ShoalError | undefined => {
  const reason = reasonAgainst(headers, door)
  return reason === undefined ? undefined : new ShoalError('FORBIDDEN', `The request is refused: ${reason}`)
}
