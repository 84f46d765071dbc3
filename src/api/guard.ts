import type { IncomingHttpHeaders } from 'node:http'
import { ShoalError } from '../protocol/errors.js'
import { isLoopbackHost } from '../support/loopback.js'

/** A Host header (RFC 9110, 7.2): an IPv6 address in brackets, or a name or IPv4 address; and perhaps a port. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@]+))(?::[0-9]{1,5})?$/i

const isOwnHost = (host: string): boolean => {
  const match = HOST.exec(host)
  return match !== null && isLoopbackHost(match[1] ?? match[2] ?? '')
}

/** What a browser says of a request that no other page made: its own page's, or typed in by the user. */
const OWN_SITES: ReadonlySet<string | undefined> = new Set([undefined, 'same-origin', 'none'])

const reasonAgainst = (headers: IncomingHttpHeaders): string | undefined => {
  const { host = '', origin } = headers
  if (!isOwnHost(host)) return 'it asks for another host'
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)
    return 'it comes from a page of another origin'
  if (!OWN_SITES.has(headers['sec-fetch-site']?.toString())) return 'it comes from a page of another site'
  return undefined
}

/**
 * Refuses what a web page elsewhere makes the user's browser send. A page whose name is turned to 127.0.0.1 (DNS
 * rebinding) still sends its own name as Host; a request from a page of another origin says so in Origin or
 * Sec-Fetch-Site. Programs, which send neither, pass: whoever may connect from this machine may use the API.
 * Returns FORBIDDEN, or undefined for a request that may be answered.
 */
export const refusalOf = (headers: IncomingHttpHeaders): ShoalError | undefined => {
  const reason = reasonAgainst(headers)
  return reason === undefined ? undefined : new ShoalError('FORBIDDEN', `The request is refused: ${reason}`)
}
