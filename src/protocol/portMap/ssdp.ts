import { parsePort } from '../ids.js'

/** Where devices of UPnP listen for searches (UPnP Device Architecture 1.1 section 1.3.2). */
export const SSDP_HOST = '239.255.255.250'
export const SSDP_PORT = 1900

/** Gateways of both versions; those of the second answer to the first too, if they keep to the rules. */
export const SEARCH_TARGETS = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
] as const

/** Bytes of an answer that are looked at. */
const MAX_ANSWER = 2048

export const encodeSearch = (target: string): string =>
  [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${SSDP_HOST}:${SSDP_PORT}`,
    'MAN: "ssdp:discover"',
    'MX: 1',
    `ST: ${target}`,
    '',
    '',
  ].join('\r\n')

/** Something at a router, by plain HTTP. */
export interface HttpPlace {
  /** An IPv4 address. */
  readonly host: string
  readonly port: number
  /** From the first slash on, in printable ASCII. */
  readonly path: string
}

/**
 * Where the description is by an answer that came from `sender`; undefined for anything else. It must lie at the very
 * address that answered, by plain HTTP: an answer is not to send us elsewhere.
 */
export const readSearchAnswer = (bytes: Uint8Array, sender: string): HttpPlace | undefined => {
  const text = String.fromCharCode(...bytes.subarray(0, MAX_ANSWER))
  if (!/^HTTP\/1\.[01] 200 /.test(text)) return undefined
  const location = /\r\nlocation:[ \t]*([^\s]{1,512})[ \t]*\r\n/i.exec(text)?.[1]
  return location === undefined ? undefined : placeAt(location, sender)
}

const PLACE = /^http:\/\/([0-9.]{7,15})(?::([0-9]{1,5}))?(\/[!-~]*)?$/i
const PATH = /^\/(?!\/)[!-~]*$/

/** `text` as a URL of plain HTTP at `host`, and no other. */
const placeAt = (text: string, host: string): HttpPlace | undefined => {
  const [, named, digits = '80', path = '/'] = PLACE.exec(text) ?? []
  const port = parsePort(digits)
  return named === host && port ? { host, port, path } : undefined
}

/** The same where it may be a path alone, which is then at `base`. */
export const placeFrom = (text: string, base: HttpPlace): HttpPlace | undefined =>
  PATH.test(text) ? { ...base, path: text } : placeAt(text, base.host)
