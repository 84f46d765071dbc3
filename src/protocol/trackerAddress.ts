import { parsePort, type Endpoint } from './ids.js'

/** How a tracker is known over TLS. */
export interface TrackerTls {
  /** SHA-256 of its public key as SubjectPublicKeyInfo, 64 hexadecimal characters; undefined: a public CA signs for its name. */
  readonly fingerprint: string | undefined
}

/** Where a tracker of the JSON protocol is, and whether it is spoken to over TLS. */
export interface TrackerAddress extends Endpoint {
  readonly tls?: TrackerTls | undefined
}

/** An IPv6 address stands in brackets. */
const ADDRESS =
  /^(tls:\/\/)?(?:\[([0-9a-f:.%]+)\]|([^\s:/[\]#]{1,255})):([0-9]{1,5})(?:#([0-9a-f]{2}(?::?[0-9a-f]{2}){31}))?$/i

/** HOST:PORT, tls://HOST:PORT or tls://HOST:PORT#FINGERPRINT; undefined where it is none of them. */
export const parseTrackerAddress = (text: string): TrackerAddress | undefined => {
  const match = ADDRESS.exec(text)
  const [, scheme, v6, name, digits, shown] = match ?? []
  const port = parsePort(digits)
  if (match === null || port === undefined || port === 0) return undefined
  const endpoint = { host: v6 ?? name ?? '', port }
  if (scheme === undefined) return shown === undefined ? endpoint : undefined
  return { ...endpoint, tls: { fingerprint: shown?.replaceAll(':', '').toLowerCase() } }
}

/** The address as parseTrackerAddress reads it. */
export const formatTrackerAddress = ({ host, port, tls }: TrackerAddress): string => {
  const endpoint = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  if (tls === undefined) return endpoint
  return `tls://${endpoint}${tls.fingerprint === undefined ? '' : `#${tls.fingerprint}`}`
}
