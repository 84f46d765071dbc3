import { decodeBencode, encodeBencode, type Bencode, type BencodeDict, type Encodable } from '../bencode.js'
import { ShoalError } from '../errors.js'
import { parsePort } from '../ids.js'
import { MAX_PEERS_IN_LIST } from '../limits.js'
import { asBytes, asDict, asList, asText } from '../metainfo/fields.js'
import {
  ANNOUNCE_EVENTS,
  ID_BYTES,
  type AnnouncedPeer,
  type AnnounceFailure,
  type AnnounceRequest,
  type AnnounceResponse,
  type AnnounceSuccess,
} from './announce.js'
import { decodePeers, encodePeers, isUsable } from './compactPeers.js'
import { countIn, escapeBytes, readQuery, textIn } from './query.js'
import { readText } from './text.js'

/** Bytes of a tracker id that is sent back: what fits a URL beside the rest. */
const MAX_TRACKER_ID = 256

/** How the answer to an HTTP announce is to be written. */
export interface AnswerForm {
  /** Six or eighteen bytes a peer (BEP 23, BEP 7) instead of a dictionary. */
  readonly isCompact: boolean
  /** Dictionaries without "peer id". */
  readonly withoutPeerIds: boolean
}

export interface HttpAnnounceRequest extends AnnounceRequest, AnswerForm {
  /** As the tracker's last answer had it. */
  readonly trackerId: Uint8Array | undefined
}

/** The query of an announce (BEP 3, 21, 23). */
export const encodeAnnounceQuery = (request: HttpAnnounceRequest): string => {
  const { infoHash, peerId, port, uploaded, downloaded, left, event, wanted, key, trackerId } = request
  const parameters = {
    info_hash: escapeBytes(infoHash),
    peer_id: escapeBytes(peerId),
    port,
    uploaded,
    downloaded,
    left,
    compact: request.isCompact ? 1 : 0,
    no_peer_id: request.withoutPeerIds ? 1 : 0,
    event,
    numwant: wanted,
    key: key?.toString(16).padStart(8, '0'),
    trackerid: trackerId && escapeBytes(trackerId),
  }
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join('&')
}

const idIn = (value: Uint8Array | undefined): Uint8Array | undefined =>
  value?.length === ID_BYTES ? value : undefined

/** Reads the query of an announce; of one that cannot be read the name of the parameter at fault, or 'query'. */
export const decodeAnnounceQuery = (text: string): HttpAnnounceRequest | string => {
  const query = readQuery(text)
  if (query === undefined) return 'query'
  const infoHash = idIn(query.get('info_hash')?.[0])
  if (infoHash === undefined) return 'info_hash'
  const peerId = idIn(query.get('peer_id')?.[0])
  if (peerId === undefined) return 'peer_id'
  const port = parsePort(textIn(query, 'port'))
  if (port === undefined) return 'port'
  const event = textIn(query, 'event')
  const key = textIn(query, 'key')
  return {
    infoHash,
    peerId,
    port,
    uploaded: countIn(query, 'uploaded') ?? 0,
    downloaded: countIn(query, 'downloaded') ?? 0,
    // Who does not say it counts as one that has nothing.
    left: countIn(query, 'left') ?? Number.MAX_SAFE_INTEGER,
    event: ANNOUNCE_EVENTS.find((known) => known === event),
    wanted: countIn(query, 'numwant'),
    key: key !== undefined && /^[0-9a-fA-F]{1,8}$/.test(key) ? Number.parseInt(key, 16) : undefined,
    trackerId: query.get('trackerid')?.[0]?.subarray(0, MAX_TRACKER_ID),
    isCompact: textIn(query, 'compact') !== '0',
    withoutPeerIds: textIn(query, 'no_peer_id') === '1',
  }
}

const dictOf = ({ host, port, peerId }: AnnouncedPeer, { withoutPeerIds }: AnswerForm): Encodable => ({
  ip: host,
  port,
  'peer id': withoutPeerIds ? undefined : peerId,
})

/** The body of an answer. */
export const encodeAnnounceResponse = (response: AnnounceResponse, form: AnswerForm): Uint8Array => {
  if (response.kind === 'failure') {
    const { reason, retryIn } = response
    return encodeBencode({ 'failure reason': reason, 'retry in': retryIn === Infinity ? 'never' : retryIn })
  }
  const { peers } = response
  const listed = form.isCompact
    ? { peers: encodePeers(peers, 'IPv4'), peers6: encodePeers(peers, 'IPv6') }
    : { peers: peers.map((peer) => dictOf(peer, form)) }
  return encodeBencode({
    interval: response.interval,
    'min interval': response.minInterval,
    'tracker id': response.trackerId,
    'warning message': response.warning,
    complete: response.seeders,
    incomplete: response.leechers,
    ...listed,
  })
}

/** A body as a dictionary; its keys may stand in any order, as some trackers write them. */
export const readBody = (body: Uint8Array): BencodeDict | undefined => {
  try {
    return asDict(decodeBencode(body, { anyOrder: true }))
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'BENCODE_INVALID') return undefined
    throw error
  }
}

/** A number that is not negative. */
export const countOf = (value: Bencode | undefined): number | undefined =>
  typeof value === 'number' && value >= 0 ? value : undefined

const textOf = (value: Bencode | undefined): string | undefined => {
  const bytes = asBytes(value)
  return bytes && readText(bytes)
}

const peerOf = (value: Bencode): AnnouncedPeer | undefined => {
  const dict = asDict(value)
  const host = asText(dict?.get('ip'))
  const port = parsePort(dict?.get('port'))
  const peer = host !== undefined && port !== undefined ? { host, port } : undefined
  return peer && isUsable(peer) ? { ...peer, peerId: idIn(asBytes(dict?.get('peer id'))) } : undefined
}

const peersOf = (value: Bencode | undefined): readonly AnnouncedPeer[] => {
  const bytes = asBytes(value)
  if (bytes !== undefined) return decodePeers(bytes, 'IPv4')
  return (asList(value) ?? [])
    .slice(0, MAX_PEERS_IN_LIST)
    .map(peerOf)
    .filter((peer) => peer !== undefined)
}

const failureOf = (dict: BencodeDict): AnnounceFailure | undefined => {
  const reason = textOf(dict.get('failure reason'))
  if (reason === undefined) return undefined
  const retry = dict.get('retry in')
  return { kind: 'failure', reason, retryIn: textOf(retry) === 'never' ? Infinity : countOf(retry) }
}

const trackerIdOf = (value: Bencode | undefined): Uint8Array | undefined => {
  const bytes = asBytes(value)
  return bytes !== undefined && bytes.length <= MAX_TRACKER_ID ? bytes : undefined
}

const successOf = (dict: BencodeDict): AnnounceSuccess => ({
  kind: 'success',
  interval: countOf(dict.get('interval')),
  minInterval: countOf(dict.get('min interval')),
  trackerId: trackerIdOf(dict.get('tracker id')),
  warning: textOf(dict.get('warning message')),
  seeders: countOf(dict.get('complete')),
  leechers: countOf(dict.get('incomplete')),
  peers: [
    ...peersOf(dict.get('peers')),
    ...decodePeers(asBytes(dict.get('peers6')) ?? new Uint8Array(0), 'IPv6'),
  ],
})

/**
 * Reads the body of an answer to an announce; undefined when it is none. Of each list MAX_PEERS_IN_LIST peers are
 * taken, without those that nobody could reach; fields that make no sense are left out.
 */
export const decodeAnnounceResponse = (body: Uint8Array): AnnounceResponse | undefined => {
  const dict = readBody(body)
  if (dict === undefined) return undefined
  const isAnswer = ['interval', 'peers', 'peers6'].some((key) => dict.has(key))
  return failureOf(dict) ?? (isAnswer ? successOf(dict) : undefined)
}
