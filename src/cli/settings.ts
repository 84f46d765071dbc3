import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Encryption } from '../node/api.js'
import { parsePort, type Endpoint } from '../protocol/ids.js'
import { formatTrackerAddress, parseTrackerAddress, type TrackerAddress } from '../protocol/trackerAddress.js'
import { LEVELS, type Level } from '../support/log.js'
import {
  quote,
  readChoice,
  readCount,
  readText,
  toggle,
  value,
  ValueFault,
  values,
  type Read,
} from '../support/setting.js'
import { parseBytes } from '../support/units.js'
import type { TrackerMode } from '../tracker/store/store.js'
import { parseStoreUrl, type StoreUrl } from '../tracker/store/storeUrl.js'

export const TRACKER_PORT = 8888
const PEER_PORT = 8001

/** Where console and peer open their HTTP API, unless that is taken. */
export const HTTP_ENDPOINT: Endpoint = { host: '127.0.0.1', port: 8080 }

const readPort: Read<number> = (text) => {
  const port = parsePort(text)
  if (port === undefined) throw new ValueFault(`${quote(text)} is no port (0 to 65535)`)
  return port
}

/** HOST:PORT, or [HOST]:PORT for an IPv6 address; port 0 too. */
const readAnyEndpoint: Read<Endpoint> = (text) => {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]]{1,255})):([0-9]{1,5})$/.exec(text)
  const port = parsePort(match?.[3])
  if (match === null || port === undefined) throw new ValueFault(`${quote(text)} is not HOST:PORT`)
  return { host: match[1] ?? match[2] ?? '', port }
}

/** HOST:PORT of somebody who listens there. */
const readEndpoint: Read<Endpoint> = (text) => {
  const endpoint = readAnyEndpoint(text)
  if (endpoint.port === 0) throw new ValueFault(`${quote(text)} is not HOST:PORT`)
  return endpoint
}

const readTracker: Read<TrackerAddress> = (text) => {
  const address = parseTrackerAddress(text)
  if (address === undefined)
    throw new ValueFault(`${quote(text)} is neither HOST:PORT nor tls://HOST:PORT#FINGERPRINT`)
  return address
}

/** The endpoint as readEndpoint reads it, and a tracker as it was given. */
export const formatEndpoint = formatTrackerAddress

const readRate: Read<number> = (text) => {
  const bytes = parseBytes(text)
  if (bytes === undefined || bytes === 0)
    throw new ValueFault(`${quote(text)} is no rate such as 500K or 10M`)
  return bytes
}

const rate = (flag: string, description: string) => value({ flag, description }, 'RATE', readRate, undefined)

/** Bytes of a piece: a power of two from 16 KiB (BEP 52) to 64 MiB. */
export const readPieceLength: Read<number> = (text) => {
  const bytes = parseBytes(text)
  if (bytes === undefined || bytes < 2 ** 14 || bytes > 2 ** 26 || !Number.isInteger(Math.log2(bytes)))
    throw new ValueFault(`${quote(text)} is no power of two from 16K to 64M`)
  return bytes
}

/** Where the identity and resume data of this user's peers stand. */
const defaultState = (
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
): string => {
  if (platform === 'win32') return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Shoal')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Shoal')
  return join(environment.XDG_STATE_HOME || join(home, '.local', 'state'), 'shoal')
}

/** What every command has. */
export const commonSettings = {
  json: toggle({ flag: 'json', description: 'print JSON: one document, or one object a line while running' }),
  quiet: toggle({ flag: 'quiet', description: 'print results and errors only' }),
  logLevel: value<Level, undefined>(
    { flag: 'log-level', description: `least weight of the log lines: ${LEVELS.join(', ')}` },
    'LEVEL',
    readChoice(LEVELS),
    undefined,
  ),
}

/** Bytes a second carried for others, unless it is said: little of what a home sends. */
const RELAY_RATE = 512 * 1024

const output = (fallback: string) =>
  value({ flag: 'output', short: 'o', description: 'folder for downloads' }, 'DIR', readText, fallback)

/** What every command has that asks as a peer. */
export const askingSettings = {
  host: value(
    { flag: 'host', description: 'address to listen on and to declare' },
    'HOST',
    readText,
    '0.0.0.0',
  ),
  port: value({ flag: 'port', description: 'port to listen on, 0 for any' }, 'PORT', readPort, PEER_PORT),
  tracker: values<TrackerAddress>(
    { flag: 'tracker', description: 'tracker, or tls://HOST:PORT#FINGERPRINT for one over TLS (repeatable)' },
    'HOST:PORT',
    readTracker,
    [{ host: '127.0.0.1', port: TRACKER_PORT }],
  ),
  noTracker: toggle({ flag: 'no-tracker', description: 'use no Shoal tracker' }),
  peer: values(
    { flag: 'peer', description: 'peer to ask besides (repeatable)' },
    'HOST:PORT',
    readEndpoint,
    [],
  ),
  noLocalDiscovery: toggle({
    flag: 'no-local-discovery',
    description: 'do not look for peers on the local network',
  }),
  noPortMapping: toggle({
    flag: 'no-port-mapping',
    description: 'do not ask the router to pass on the port',
  }),
  relay: toggle({
    flag: 'relay',
    description: 'carry connections of others that have no other way, if this peer can be reached',
  }),
  relayRate: value(
    { flag: 'relay-rate', description: 'bytes a second carried for others, such as 500K' },
    'RATE',
    readRate,
    RELAY_RATE,
  ),
  noSuperSeeding: toggle({
    flag: 'no-super-seeding',
    description: 'tell every peer of all pieces at once, also as the only seeder',
  }),
  output: output('.'),
  seedLimit: value(
    { flag: 'seed-limit', description: 'torrents seeded at once' },
    'N',
    readCount(0),
    undefined,
  ),
  downloadLimit: rate('download-limit', 'bytes a second, such as 10M'),
  uploadLimit: rate('upload-limit', 'bytes a second, such as 10M'),
  encryption: value<Encryption, Encryption>(
    {
      flag: 'encryption',
      description: 'TLS with peers: required (plain ones are refused), preferred, off',
    },
    'WHEN',
    readChoice<Encryption>(['preferred', 'required', 'off']),
    'preferred',
  ),
  noBittorrent: toggle({ flag: 'no-bittorrent', description: 'speak the JSON protocol alone with peers' }),
  allowUnverified: toggle({
    flag: 'allow-unverified',
    description: 'download also what carries no hashes to verify it by',
  }),
  state: value(
    { flag: 'state', description: 'folder for identity and resume data' },
    'DIR',
    readText,
    defaultState(process.platform, process.env, homedir()),
  ),
}

const http = <Fallback>(fallback: Fallback) =>
  value(
    { flag: 'http', description: 'address of its web page and HTTP API; port 0 for any' },
    'HOST:PORT',
    readAnyEndpoint,
    fallback,
  )

/** A host name as a browser sends it. */
const readHostName: Read<string> = (text) => {
  if (!/^[0-9a-z]([0-9a-z.-]{0,251}[0-9a-z])?$/i.test(text))
    throw new ValueFault(`${quote(text)} is no host name`)
  return text
}

/** How a peer's HTTP API is opened. */
const httpSettings = {
  noHttp: toggle({ flag: 'no-http', description: 'open no HTTP API' }),
  httpName: values(
    { flag: 'http-name', description: 'further name that leads to the HTTP API (repeatable)' },
    'HOST',
    readHostName,
    [],
  ),
  httpTls: toggle({ flag: 'http-tls', description: 'speak HTTPS with a certificate that it makes itself' }),
  httpCert: value<string, undefined>(
    { flag: 'http-cert', description: 'speak HTTPS with this certificate (PEM)' },
    'FILE',
    readText,
    undefined,
  ),
  httpKey: value<string, undefined>(
    { flag: 'http-key', description: 'the key of --http-cert (PEM)' },
    'FILE',
    readText,
    undefined,
  ),
}

/** What every command has that runs a peer. */
export const peerSettings = {
  ...askingSettings,
  torrentDownloadLimit: rate('torrent-download-limit', 'bytes a second of each torrent, such as 1M'),
  torrentUploadLimit: rate('torrent-upload-limit', 'bytes a second of each torrent, such as 1M'),
  http: http<Endpoint | undefined>(undefined),
  ...httpSettings,
}

/** The console's peer can be asked what it does, and keeps its downloads apart from the folder it was started in. */
export const consoleSettings = { ...peerSettings, http: http(HTTP_ENDPOINT), output: output('output') }

/** A secret that cannot be found by trying. */
const readSecret: Read<string> = (text) => {
  if (!/^[!-~]{16,256}$/.test(text)) throw new ValueFault('has not 16 to 256 visible characters of ASCII')
  return text
}

/** SHA-256, as browsers and OpenSSL write it. */
const readFingerprint: Read<string> = (text) => {
  if (!/^(?:[0-9a-f]{2}:?){32}$/i.test(text))
    throw new ValueFault(`${quote(text)} is no SHA-256 in hexadecimal`)
  return text
}

/** What lets a command use the HTTP API of a peer elsewhere. */
const loginSettings = {
  token: value<string, undefined>(
    { flag: 'token', description: 'lets it use a peer elsewhere; made there with shoal token' },
    'TOKEN',
    readSecret,
    undefined,
  ),
  fingerprint: value<string, undefined>(
    { flag: 'fingerprint', description: 'ask over HTTPS, of whom this certificate is' },
    'SHA256',
    readFingerprint,
    undefined,
  ),
}

/** What hands work to a running peer instead of one of its own. */
export const viaSettings = {
  via: value<Endpoint, undefined>(
    { flag: 'via', description: 'hand it to the running peer whose HTTP API is there' },
    'HOST:PORT',
    readEndpoint,
    undefined,
  ),
  ...loginSettings,
}

/** What every command has that asks a running peer. */
export const runningSettings = {
  http: value(
    { flag: 'http', description: 'HTTP API of the running peer (default: that of this user)' },
    'HOST:PORT',
    readEndpoint,
    undefined,
  ),
  ...loginSettings,
  state: askingSettings.state,
}

const readStore: Read<StoreUrl> = (text) => {
  const url = parseStoreUrl(text)
  // The text may hold a password, so it is not repeated.
  if (url === undefined) throw new ValueFault('is no store; use sqlite:PATH, memory: or redis://HOST:PORT')
  return url
}

/** How `shoal tracker` chooses what it serves. */
const MODES: readonly TrackerMode[] = ['catalog', 'open']

/** A web address without path, user or fragment. */
const readPublicUrl: Read<URL> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (url === undefined || !isPlain || !['http:', 'https:'].includes(url.protocol))
    throw new ValueFault(`${quote(text)} is no URL such as http://tracker.example:8888`)
  return url
}

const readAddress: Read<string> = (text) => {
  if (isIP(text) === 0) throw new ValueFault(`${quote(text)} is no IP address`)
  return text
}

/** Bytes; less is taken by an empty tracker. */
const LEAST_MEMORY = 64 * 1024 * 1024

const readMemory: Read<number> = (text) => {
  const bytes = parseBytes(text)
  if (bytes === undefined || bytes < LEAST_MEMORY)
    throw new ValueFault(`${quote(text)} is no size of at least 64M`)
  return bytes
}

/** Seconds: within the time that service managers wait before they kill. */
const MAX_DRAIN = 60

/** Announce intervals: a day at most, so that a dead peer is not listed for days. */
const MAX_INTERVAL = 86_400

export const trackerSettings = {
  host: value({ flag: 'host', description: 'address to listen on' }, 'HOST', readText, '0.0.0.0'),
  port: value({ flag: 'port', description: 'port to listen on, 0 for any' }, 'PORT', readPort, TRACKER_PORT),
  store: value(
    {
      flag: 'store',
      description:
        'where torrents are kept: sqlite:PATH, memory: or redis://HOST:PORT (default: sqlite: in --state)',
    },
    'URL',
    readStore,
    undefined,
  ),
  mode: value<TrackerMode>(
    { flag: 'mode', description: 'catalog: only what was shared is announced; open: any torrent' },
    'MODE',
    readChoice(MODES),
    'catalog',
  ),
  state: askingSettings.state,
  interval: value(
    { flag: 'interval', description: 'seconds between the announces of a peer' },
    'SECONDS',
    readCount(1, MAX_INTERVAL),
    120,
  ),
  trustDeclared: toggle({
    flag: 'trust-declared',
    description: 'list peers under the address that they declare instead of the one seen',
  }),
  connectionsPerAddress: value(
    { flag: 'connections-per-address', description: 'connections at once from one address' },
    'N',
    readCount(1),
    undefined,
  ),
  requestsPerSecond: value(
    { flag: 'requests-per-second', description: 'requests a second from one address' },
    'N',
    readCount(1),
    undefined,
  ),
  allow: value(
    { flag: 'allow', description: 'file of the only info-hashes to serve, one a line' },
    'FILE',
    readText,
    undefined,
  ),
  deny: value(
    { flag: 'deny', description: 'file of info-hashes not to serve, one a line' },
    'FILE',
    readText,
    undefined,
  ),
  publicUrl: value(
    { flag: 'public-url', description: 'where clients reach it, for .torrents and magnet links' },
    'URL',
    readPublicUrl,
    undefined,
  ),
  adminToken: value(
    { flag: 'admin-token', description: 'secret by which torrents may be removed from elsewhere' },
    'TOKEN',
    readSecret,
    undefined,
  ),
  noTls: toggle({ flag: 'no-tls', description: 'speak no TLS' }),
  tlsCert: value<string, undefined>(
    {
      flag: 'tls-cert',
      description: 'speak TLS with this certificate (PEM; default: one that it makes itself)',
    },
    'FILE',
    readText,
    undefined,
  ),
  tlsKey: value<string, undefined>(
    { flag: 'tls-key', description: 'the key of --tls-cert (PEM)' },
    'FILE',
    readText,
    undefined,
  ),
  udpSecret: value(
    { flag: 'udp-secret', description: 'secret shared by trackers behind one UDP address' },
    'SECRET',
    readSecret,
    undefined,
  ),
  proxies: values(
    { flag: 'proxy', description: 'address of a proxy that speaks the PROXY protocol (repeatable)' },
    'ADDRESS',
    readAddress,
    [],
  ),
  maxMemory: value(
    { flag: 'max-memory', description: 'memory beyond which no new peers are taken, such as 1G' },
    'SIZE',
    readMemory,
    undefined,
  ),
  maxRelayed: value(
    { flag: 'max-relayed', description: 'connections between peers carried at once, 0 for none' },
    'N',
    readCount(0, 10_000),
    64,
  ),
  relayRate: value(
    { flag: 'relay-rate', description: 'bytes a second carried between peers, such as 10M' },
    'RATE',
    readRate,
    2 * 1024 * 1024,
  ),
  drain: value(
    { flag: 'drain', description: 'seconds to say "not ready" before it stops' },
    'SECONDS',
    readCount(0, MAX_DRAIN),
    0,
  ),
}
