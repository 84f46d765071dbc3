import type { Endpoint } from '../../protocol/ids.js'
import { parsePort } from '../../protocol/ids.js'

export interface RedisUrl {
  readonly kind: 'redis'
  /** Of one server, of some of a cluster's, or of sentinels. */
  readonly endpoints: readonly Endpoint[]
  readonly isCluster: boolean
  /** What sentinels call the server that is asked of them. */
  readonly sentinelName: string | undefined
  readonly isTls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

/** Where torrents and peers are kept. */
export type StoreUrl =
  | { readonly kind: 'memory' }
  /** A file; undefined: that of this user. */
  | { readonly kind: 'sqlite'; readonly path: string | undefined }
  | RedisUrl

const REDIS_PORT = 6379
const SENTINEL_PORT = 26379

/** Parts: TLS, cluster or sentinel, user, password, servers, path. */
const REDIS = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/]+)((?:\/[^/]+)*)$/

const parseEndpoint = (text: string, defaultPort: number): Endpoint | undefined => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]{1,255}))(?::([0-9]{1,5}))?$/.exec(text)
  const port = match?.[3] === undefined ? defaultPort : parsePort(match[3])
  const host = match?.[1] ?? match?.[2]
  return host === undefined || port === undefined || port === 0 ? undefined : { host, port }
}

const decode = (text: string | undefined): string | undefined => {
  if (text === undefined || text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const parseDatabase = (text: string | undefined): number | undefined => {
  if (text === undefined) return 0
  return /^[0-9]{1,5}$/.test(text) ? Number(text) : undefined
}

const parseRedis = (text: string): RedisUrl | undefined => {
  const match = REDIS.exec(text)
  if (match === null) return undefined
  const [, tls, kind, username, password, servers = '', path = ''] = match
  const port = kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT
  const endpoints = servers.split(',').map((server) => parseEndpoint(server, port))
  const parts = path.split('/').slice(1)
  const sentinelName = kind === 'sentinel' ? decode(parts.shift()) : undefined
  const database = parseDatabase(parts.shift())
  const isMany = kind !== undefined || endpoints.length === 1
  // A cluster has one database.
  const isWhole = parts.length === 0 && (kind !== 'cluster' || path === '')
  if (!isMany || !isWhole || database === undefined || endpoints.includes(undefined)) return undefined
  if (kind === 'sentinel' && sentinelName === undefined) return undefined
  return {
    kind: 'redis',
    endpoints: endpoints.filter((endpoint) => endpoint !== undefined),
    isCluster: kind === 'cluster',
    sentinelName,
    isTls: tls === 's',
    username: decode(username),
    password: decode(password),
    database,
  }
}

/** As parseStoreUrl reads it, but without user and password. */
export const formatStoreUrl = (url: StoreUrl): string => {
  if (url.kind !== 'redis') return `${url.kind}:${url.kind === 'sqlite' ? (url.path ?? '') : ''}`
  const { endpoints, isCluster, sentinelName, isTls, database } = url
  const kind = isCluster ? '+cluster' : sentinelName === undefined ? '' : '+sentinel'
  const servers = endpoints.map(({ host, port }) =>
    host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
  )
  const name = sentinelName === undefined ? '' : `/${encodeURIComponent(sentinelName)}`
  return `redis${isTls ? 's' : ''}${kind}://${servers.join(',')}${name}${database === 0 ? '' : `/${database}`}`
}

/**
 * Reads `memory:`, `sqlite:` or `sqlite:PATH`, `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`,
 * `redis+cluster://HOST:PORT,…` or `redis+sentinel://HOST:PORT,…/NAME[/DATABASE]`, with `rediss` for TLS;
 * undefined when it is none.
 */
export const parseStoreUrl = (text: string): StoreUrl | undefined => {
  if (text === 'memory:') return { kind: 'memory' }
  if (text.startsWith('sqlite:')) return { kind: 'sqlite', path: text.slice('sqlite:'.length) || undefined }
  return parseRedis(text)
}
