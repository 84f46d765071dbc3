import { parseAddress } from './wire/address.js'

/** Bytes of the longest line that the PROXY protocol has in its first version, its end included. */
const MAX_LINE = 107

const START = 'PROXY '

/** What a proxy says of a connection that it passes on. */
export interface ProxyHeader {
  /** The address that the connection came from; undefined where the proxy does not say. */
  readonly host: string | undefined
  /** The port that it came from, where there is an address. */
  readonly port: number
  /** Bytes of the line, its end included. */
  readonly length: number
}

/** The line without its end: family, addresses of both sides, ports of both sides. */
const LINE =
  /^PROXY (?:UNKNOWN(?: .*)?|TCP([46]) ([0-9a-fA-F.:]{2,45}) [0-9a-fA-F.:]{2,45} ([0-9]{1,5}) [0-9]{1,5})$/

/**
 * Reads the line that a proxy puts before the bytes of a connection (PROXY protocol, version 1, as HAProxy and nginx
 * write it): 'more' while it is not complete, undefined where there is none.
 */
export const readProxyHeader = (bytes: Uint8Array): ProxyHeader | 'more' | undefined => {
  const text = String.fromCharCode(...bytes.subarray(0, MAX_LINE))
  if (!text.startsWith(START.slice(0, text.length))) return undefined
  const end = text.indexOf('\r\n')
  if (end < 0) return text.length < MAX_LINE ? 'more' : undefined
  const match = LINE.exec(text.slice(0, end))
  if (match === null) return undefined
  const [, family, host, port = '0'] = match
  const address = host === undefined ? undefined : parseAddress(host)
  if (family !== undefined && address?.length !== (family === '4' ? 4 : 16)) return undefined
  return { host, port: Number(port) & 0xffff, length: end + 2 }
}
