import { ShoalError } from '../errors.js'
import { toHex } from '../hex.js'
import {
  parseInfoHash,
  parseInfoHashV1,
  parsePort,
  type Endpoint,
  type InfoHash,
  type InfoHashV1,
} from '../ids.js'
import { MAX_FILES } from '../limits.js'
import { fromBase32 } from './base32.js'
import { safeName } from './path.js'
import { isTrackerUrl, isWebSeedUrl } from './url.js'

/** Files `first` to `last`, both included (BEP 53). */
export interface FileRange {
  readonly first: number
  readonly last: number
}

/** What a magnet link says. At least one info-hash is known. */
export interface Magnet {
  readonly infoHash: InfoHash | undefined
  readonly infoHashV1: InfoHashV1 | undefined
  /** A safe path component; undefined where the link has none or an unsafe one, as it is advice only. */
  readonly name: string | undefined
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  readonly peers: readonly Endpoint[]
  /** Undefined: all files. */
  readonly select: readonly FileRange[] | undefined
}

/** Characters of a link: 200 URLs of ordinary length, and what a command line takes. */
const MAX_MAGNET = 32 * 1024

/** Values taken of one kind. */
const MAX_VALUES = 200

/** Multihash of BEP 52: 0x12 is SHA-256, 0x20 its 32 bytes. */
const MULTIHASH = '1220'

const fault = (what: string): ShoalError => new ShoalError('METAINFO_INVALID', `magnet link: ${what}`)

/**
 * Reads a magnet link (BEP 9, BEP 53). Unknown parameters, and trackers, web seeds and peers that nobody could
 * use, are left out.
 *
 * @throws ShoalError METAINFO_INVALID
 */
export const parseMagnet = (text: string): Magnet => {
  if (text.length > MAX_MAGNET) throw fault(`longer than ${MAX_MAGNET} characters`)
  const query = /^magnet:\?(.*)$/is.exec(text.trim())?.[1]
  if (query === undefined) throw fault('it does not begin with "magnet:?"')
  const values = readParameters(query)
  const all = (key: string): readonly string[] => values.get(key) ?? []
  const select = all('so')[0]
  return {
    ...readTopics(all('xt')),
    name: readName(all('dn')[0]),
    trackers: unique(all('tr').filter(isTrackerUrl)),
    webSeeds: unique(all('ws').filter(isWebSeedUrl)),
    peers: all('x.pe').flatMap(readEndpoint).slice(0, MAX_VALUES),
    select: select === undefined ? undefined : readRanges(select),
  }
}

const unique = (values: readonly string[]): readonly string[] => [...new Set(values)].slice(0, MAX_VALUES)

/** Keys may be numbered where they occur several times ("tr.1"). */
const readParameters = (query: string): ReadonlyMap<string, string[]> => {
  const values = new Map<string, string[]>()
  for (const part of query.split('&')) {
    const [rawKey = '', ...rest] = part.split('=')
    const key = rawKey.toLowerCase().replace(/\.\d+$/, '')
    const value = decode(rest.join('='))
    const known = values.get(key)
    if (known) known.push(value)
    else values.set(key, [value])
  }
  return values
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw fault('a percent sign is not followed by UTF-8')
  }
}

const readTopics = (topics: readonly string[]): Pick<Magnet, 'infoHash' | 'infoHashV1'> => {
  let infoHash: InfoHash | undefined
  let infoHashV1: InfoHashV1 | undefined
  for (const topic of topics) {
    const [, kind, value = ''] = /^urn:(btih|btmh):(.*)$/is.exec(topic) ?? []
    if (kind === undefined) continue
    if (kind.toLowerCase() === 'btmh') infoHash = same(infoHash, readMultihash(value))
    else infoHashV1 = same(infoHashV1, readInfoHashV1(value))
  }
  if (infoHash === undefined && infoHashV1 === undefined) throw fault('it names no info-hash')
  return { infoHash, infoHashV1 }
}

const same = <Id extends string>(known: Id | undefined, read: Id | undefined): Id => {
  if (read === undefined) throw fault('an info-hash is malformed')
  if (known !== undefined && known !== read) throw fault('it names two torrents')
  return read
}

const readMultihash = (value: string): InfoHash | undefined =>
  value.startsWith(MULTIHASH) ? parseInfoHash(value.slice(MULTIHASH.length)) : undefined

const readInfoHashV1 = (value: string): InfoHashV1 | undefined => {
  const bytes = value.length === 32 ? fromBase32(value) : undefined
  return parseInfoHashV1(bytes ? toHex(bytes) : value)
}

const readName = (value: string | undefined): string | undefined => {
  try {
    return value === undefined ? undefined : safeName(value)
  } catch {
    return undefined
  }
}

const readEndpoint = (value: string): Endpoint[] => {
  const [, v6, name, digits] =
    /^(?:\[([0-9a-fA-F:.]{2,45})\]|([\p{L}\p{N}._-]{1,253})):(\d+)$/u.exec(value) ?? []
  const host = v6 ?? name
  const port = parsePort(digits)
  return host === undefined || !port ? [] : [{ host, port }]
}

/** "0,2,4,6-8" (BEP 53). */
const readRanges = (value: string): readonly FileRange[] => {
  const ranges = value.split(',').map((part) => {
    const [, from, to] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? []
    const first = Number(from)
    const last = Number(to ?? from)
    if (from === undefined || last < first || last >= MAX_FILES)
      throw fault('the selection of files is malformed')
    return { first, last }
  })
  return ranges
}

/** The link that `parseMagnet` reads so; what is left out of `magnet` is left out of the link. */
export const formatMagnet = (magnet: Partial<Magnet>): string => {
  const { infoHash, infoHashV1, name, trackers = [], webSeeds = [], peers = [], select } = magnet
  const parameters = [
    ...(infoHashV1 === undefined ? [] : [`xt=urn:btih:${infoHashV1}`]),
    ...(infoHash === undefined ? [] : [`xt=urn:btmh:${MULTIHASH}${infoHash}`]),
    ...(name === undefined ? [] : [`dn=${encodeURIComponent(name)}`]),
    ...trackers.map((url) => `tr=${encodeURIComponent(url)}`),
    ...webSeeds.map((url) => `ws=${encodeURIComponent(url)}`),
    ...peers.map(({ host, port }) => `x.pe=${host.includes(':') ? `[${host}]` : host}:${port}`),
    ...(select === undefined ? [] : [`so=${select.map(formatRange).join(',')}`]),
  ]
  return `magnet:?${parameters.join('&')}`
}

const formatRange = ({ first, last }: FileRange): string => (first === last ? `${first}` : `${first}-${last}`)
