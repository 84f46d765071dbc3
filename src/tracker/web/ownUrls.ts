import type { WebRequest } from './route.js'

/** How clients reach this tracker. */
export interface OwnUrls {
  /** The first is that of HTTP. */
  readonly announce: readonly [string, ...string[]]
}

/** A Host header (RFC 9110, 7.2) that can stand in a URL as it is. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[0-9a-z](?:[0-9a-z.-]{0,251}[0-9a-z])?)(?::([0-9]{1,5}))?$/i

/** The announce URLs under `base`, an http or https URL without a path; by UDP where its port is said. */
const urlsUnder = (base: URL): OwnUrls => {
  const http = `${base.protocol}//${base.host}/announce`
  return { announce: base.port === '' ? [http] : [http, `udp://${base.host}/announce`] }
}

/**
 * The announce URLs for who sent `request`: those that the tracker was told, else what the client itself calls the
 * tracker. Answers made from that are for this client alone and must not be cached. Undefined where it says nothing
 * that can stand in a URL.
 */
export const ownUrls = (
  { headers, isSecure }: Pick<WebRequest, 'headers' | 'isSecure'>,
  publicUrl: URL | undefined,
): OwnUrls | undefined => {
  if (publicUrl !== undefined) return urlsUnder(publicUrl)
  const { host = '' } = headers
  const base = `${isSecure ? 'https' : 'http'}://${host}`
  return HOST.test(host) && URL.canParse(base) ? urlsUnder(new URL(base)) : undefined
}
