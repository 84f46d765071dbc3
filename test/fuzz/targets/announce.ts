import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { httpCodec, udpCodec } from '../../../src/protocol/announce/codec.js'
import { readAnnounceHead } from '../../../src/protocol/announce/httpHead.js'
import { UdpAnnounce } from '../../../src/protocol/announce/udpServer.js'
import { decodeWebSocketRequest, MAX_OFFERS } from '../../../src/protocol/announce/webSocketRequest.js'
import { binaryString } from '../../../src/protocol/bencode.js'
import { encodeUtf8 } from '../../../src/protocol/bytes.js'
import { withAnnounceUrls } from '../../../src/protocol/metainfo/announceUrl.js'
import { decodeMetainfo } from '../../../src/protocol/metainfo/decode.js'
import { readProxyHeader } from '../../../src/protocol/proxyHeader.js'
import { readInfoHashes } from '../../../src/tracker/infoHashLists.js'
import { bytesOf, hashes, jsonOf, torrents } from '../samples.js'
import { nothing, shoalErrors, type Target } from '../target.js'

const id = bytesOf(20)
const announce = {
  infoHash: id,
  peerId: id,
  port: 6881,
  uploaded: 1,
  downloaded: 2 ** 40,
  left: 0,
  event: 'started',
  wanted: 50,
  key: 7,
} as const
const form = { isCompact: true, withoutPeerIds: false, trackerId: undefined }
const connection = bytesOf(8)
const query = httpCodec.announce.encodeQuery({ ...announce, ...form })
const scrape = httpCodec.scrape.encodeQuery([id, bytesOf(20)])

const udpSeeds = [
  udpCodec.encodeRequest({ action: 'connect', transaction: 1 }),
  udpCodec.encodeRequest({
    action: 'announce',
    transaction: 1,
    connection,
    announce,
    urlData: '/announce?a=b',
  }),
  udpCodec.encodeRequest({ action: 'scrape', transaction: 1, connection, infoHashes: [id, id] }),
]

/** Both readers of a datagram read the same. */
const readDatagram = (bytes: Uint8Array): unknown => {
  const request = udpCodec.decodeRequest(bytes)
  strictEqual(UdpAnnounce.isOne(bytes), request?.action === 'announce')
  if (request?.action !== 'announce') return request
  const fields = new UdpAnnounce()
  fields.read(bytes)
  const { infoHash, peerId, port, event, wanted, left } = request.announce
  deepStrictEqual(
    { ...fields },
    { infoHash, peerId, port, event, wanted, isComplete: left === 0, transaction: request.transaction },
  )
  return request
}

const head = (target: string, ...fields: readonly string[]): Uint8Array =>
  encodeUtf8([`GET ${target} HTTP/1.1`, 'Host: tracker:8888', ...fields, '', ''].join('\r\n'))

/** A head that is complete is none before its last byte. */
const readHead = (bytes: Uint8Array): unknown => {
  const text = binaryString(bytes)
  const result = readAnnounceHead(text, 0)
  if (typeof result === 'string') return result
  ok(result.length <= text.length)
  strictEqual(readAnnounceHead(text.slice(0, result.length - 1), 0), 'more')
  deepStrictEqual(readAnnounceHead(`${text}GET /`, 0), result)
  return result
}

const message = (fields: object): Uint8Array =>
  jsonOf({ action: 'announce', info_hash: binaryString(id), peer_id: binaryString(id), ...fields })
const description = (type: string) => ({ type, sdp: 'v=0\r\n' })

const webSocketSeeds = [
  message({
    left: null,
    event: 'started',
    offers: [{ offer: description('offer'), offer_id: binaryString(id) }],
  }),
  message({ to_peer_id: binaryString(id), offer_id: binaryString(id), answer: description('answer') }),
  jsonOf({ action: 'scrape', info_hash: [binaryString(id)] }),
]

const readMessage = (bytes: Uint8Array): unknown => {
  const request = decodeWebSocketRequest(binaryString(bytes))
  if (typeof request !== 'string' && request.kind === 'announce') ok(request.offers.length <= MAX_OFFERS)
  return request
}

/** What a tracker puts into a .torrent leaves all that its info-hash is taken over as it was. */
const putUrls = (bytes: Uint8Array): unknown => {
  const before = decodeMetainfo(bytes, hashes)
  const urls = ['http://tracker.example/announce'] as const
  const after = decodeMetainfo(withAnnounceUrls(bytes, urls), hashes)
  deepStrictEqual([after.infoHash, after.infoHashV1], [before.infoHash, before.infoHashV1])
  strictEqual(after.trackers[0]?.[0], urls[0])
  return after
}

export const announceTargets: readonly Target[] = [
  { name: 'datagrams to a tracker', seeds: udpSeeds, weight: 40, isDocumented: nothing, run: readDatagram },
  {
    name: 'queries of an announce',
    seeds: [encodeUtf8(query)],
    weight: 30,
    isDocumented: nothing,
    run: (bytes) => httpCodec.announce.decodeQuery(binaryString(bytes)),
  },
  {
    name: 'queries of a scrape',
    seeds: [encodeUtf8(scrape)],
    weight: 30,
    isDocumented: nothing,
    run: (bytes) => httpCodec.scrape.decodeQuery(binaryString(bytes)),
  },
  {
    name: 'heads of HTTP announces',
    seeds: [head(`/announce?${query}`), head(`/scrape?${scrape}`, 'Connection: close')],
    weight: 30,
    isDocumented: nothing,
    run: readHead,
  },
  {
    name: 'messages of WebTorrent clients',
    seeds: webSocketSeeds,
    weight: 20,
    isDocumented: nothing,
    run: readMessage,
  },
  {
    name: 'lines of a proxy',
    seeds: [encodeUtf8('PROXY TCP4 192.0.2.1 198.51.100.2 56324 8888\r\n'), encodeUtf8('PROXY UNKNOWN\r\n')],
    weight: 10,
    isDocumented: nothing,
    run: readProxyHeader,
  },
  {
    name: 'lists of info-hashes',
    seeds: [encodeUtf8(`# list\n${'ab'.repeat(20)}\n${'cd'.repeat(32)} # two\n`)],
    weight: 10,
    isDocumented: shoalErrors('CONFIG_INVALID'),
    run: (bytes) => readInfoHashes(binaryString(bytes), 'list'),
  },
  {
    name: 'announce URLs put into a .torrent',
    seeds: torrents,
    weight: 5,
    isDocumented: shoalErrors('METAINFO_INVALID', 'BENCODE_INVALID', 'PATH_UNSAFE'),
    run: putUrls,
  },
]
