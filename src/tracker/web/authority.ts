import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopbackHost } from '../../support/loopback.js'
import { isLoopback } from '../../transport/address.js'
import type { WebRequest } from './route.js'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Whether the request carries the token. Digests are compared, so the time taken says nothing of the token. */
const hasToken = ({ headers }: WebRequest, token: string): boolean => {
  const given = /^Bearer ([!-~]{1,256})$/i.exec(headers.authorization ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

/** The host of a Host header, without its port. */
const hostOf = (header: string): string => /^\[?([^\]]*?)\]?(?::[0-9]{1,5})?$/.exec(header)?.[1] ?? ''

/**
 * Whether a request from this machine was made by a program. A web page, also one whose name was turned to 127.0.0.1
 * (DNS rebinding), says its own name in Host, or that it is one in Origin or Sec-Fetch-Site; a proxy of this machine
 * speaks for others.
 */
const isLocalProgram = ({ host, headers }: WebRequest): boolean =>
  isLoopback(host) &&
  isLoopbackHost(hostOf(headers.host ?? '')) &&
  headers['x-forwarded-for'] === undefined &&
  headers.forwarded === undefined &&
  headers.origin === undefined &&
  headers['sec-fetch-site'] === undefined

/** Why `request` may not change anything, or undefined: programs of this machine may, unless there is a token. */
export const refusalOf = (request: WebRequest, token: string | undefined): string | undefined => {
  if (token !== undefined)
    return hasToken(request, token)
      ? undefined
      : 'Authorization: Bearer with the token of --admin-token is needed.'
  return isLocalProgram(request)
    ? undefined
    : 'Only a program on this machine may ask this, unless the tracker has an --admin-token.'
}
