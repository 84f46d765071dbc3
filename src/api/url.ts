import type { Endpoint } from '../protocol/ids.js'

/** Where a browser finds the API at `endpoint`. */
export const urlOf = ({ host, port }: Endpoint, scheme: 'http' | 'https' = 'http'): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
