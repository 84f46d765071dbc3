import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../bytes.js'
import { MAX_PEERS_IN_LIST } from '../limits.js'
import { formatAddress } from '../wire/address.js'
import {
  ANNOUNCE_EVENTS,
  MAX_SCRAPED,
  type AnnouncedPeer,
  type AnnounceRequest,
  type AnnounceResponse,
} from './announce.js'
import { httpCodec, udpCodec } from './codec.js'
import { decodeLocalAnnounce, encodeLocalAnnounce, MAX_LOCAL_HASHES } from './localAnnounce.js'
import type { UdpRequest } from './udpRequest.js'
import type { UdpResponse } from './udpResponse.js'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const size = fc.maxSafeNat()
const port = fc.integer({ min: 1, max: 65_535 })

const request: fc.Arbitrary<AnnounceRequest> = fc.record({
  infoHash: bytes(20),
  peerId: bytes(20),
  port,
  uploaded: size,
  downloaded: size,
  left: size,
  event: optional(fc.constantFrom(...ANNOUNCE_EVENTS)),
  wanted: optional(fc.nat(0x7fff_ffff)),
  key: optional(uint32),
})

const host = (length: 4 | 16) =>
  bytes(length)
    .filter(([first = 0]) => first > 0 && first < (length === 4 ? 224 : 255))
    .map((address) => formatAddress(address) ?? '')
const peers = (...lengths: (4 | 16)[]): fc.Arbitrary<AnnouncedPeer[]> =>
  fc
    .tuple(
      ...lengths.map((length) =>
        fc.array(fc.record({ host: host(length), port, peerId: fc.constant(undefined) }), { maxLength: 5 }),
      ),
    )
    .map((lists) => lists.flat())
const text = fc.string({ maxLength: 40, unit: 'grapheme-ascii' })

const response: fc.Arbitrary<AnnounceResponse> = fc.oneof(
  fc.record({
    kind: fc.constant('success' as const),
    interval: fc.nat(),
    minInterval: optional(fc.nat()),
    trackerId: optional(fc.uint8Array({ maxLength: 256 })),
    warning: optional(text),
    seeders: optional(fc.nat()),
    leechers: optional(fc.nat()),
    peers: peers(4, 16),
  }),
  fc.record({
    kind: fc.constant('failure' as const),
    reason: text,
    retryIn: optional(fc.oneof(fc.nat(), fc.constant(Infinity))),
  }),
)

/** What is not of the protocol: anything, something cut, something with a byte changed. */
const damaged = (whole: fc.Arbitrary<Uint8Array>) =>
  fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.tuple(whole, fc.nat()).map(([data, at]) => data.slice(0, at % (data.length + 1))),
    fc.tuple(whole, fc.nat(), fc.nat(255)).map(([data, at, byte]) => {
      const copy = data.slice()
      if (copy.length > 0) copy[at % copy.length] = byte
      return copy
    }),
  )

describe('HTTP', () => {
  const { announce, scrape } = httpCodec
  const httpRequest = fc
    .tuple(request, fc.boolean(), fc.boolean(), optional(fc.uint8Array({ maxLength: 256 })))
    .map(([base, isCompact, withoutPeerIds, trackerId]) => ({
      ...base,
      isCompact,
      withoutPeerIds,
      trackerId,
    }))

  test('an announce comes out as it went in', () => {
    fc.assert(
      fc.property(httpRequest, (sent) => {
        const query = announce.encodeQuery(sent)
        expect(query).toMatch(/^[A-Za-z0-9._~%&=-]+$/)
        expect(announce.decodeQuery(query)).toEqual(sent)
      }),
    )
  })

  test('the query of BEP 3, byte for byte', () => {
    expect(
      announce.encodeQuery({
        infoHash: Uint8Array.from({ length: 20 }, (_, index) => index * 13),
        peerId: encodeUtf8('-SH0100-0123456789ab'),
        port: 6881,
        uploaded: 1,
        downloaded: 2,
        left: 3,
        event: 'started',
        wanted: 50,
        key: 0xbeef,
        isCompact: true,
        withoutPeerIds: true,
        trackerId: encodeUtf8('a&b'),
      }),
    ).toBe(
      'info_hash=%00%0D%1A%274AN%5Bhu%82%8F%9C%A9%B6%C3%D0%DD%EA%F7&peer_id=-SH0100-0123456789ab&port=6881' +
        '&uploaded=1&downloaded=2&left=3&compact=1&no_peer_id=1&event=started&numwant=50&key=0000beef&trackerid=a%26b',
    )
  })

  test.each([
    ['', 'info_hash'],
    ['info_hash=short', 'info_hash'],
    [`info_hash=${'%00'.repeat(20)}`, 'peer_id'],
    [`info_hash=${'%00'.repeat(20)}&peer_id=${'a'.repeat(20)}&port=70000`, 'port'],
    ['info_hash=%0', 'query'],
    [`a=${'b'.repeat(10_000)}`, 'query'],
  ])('a request that cannot be read names what is wrong: %s', (query, fault) => {
    expect(announce.decodeQuery(query)).toBe(fault)
  })

  test('any query is read or refused, and numbers beyond 2^53 are cut', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (query) => void announce.decodeQuery(query)))
    const known = `info_hash=${'%00'.repeat(20)}&peer_id=${'a'.repeat(20)}&port=1`
    expect(announce.decodeQuery(`${known}&left=18446744073709551615`)).toMatchObject({
      left: Number.MAX_SAFE_INTEGER,
    })
    expect(announce.decodeQuery(`${known}&left=-1&event=nonsense&key=xyz`)).toMatchObject({
      left: Number.MAX_SAFE_INTEGER,
      event: undefined,
      key: undefined,
    })
  })

  test('an answer comes out as it went in, compact or not', () => {
    fc.assert(
      fc.property(response, fc.boolean(), (sent, isCompact) => {
        const body = announce.encodeResponse(sent, { isCompact, withoutPeerIds: false })
        const read = announce.decodeResponse(body)
        expect(read).toEqual(sent)
      }),
    )
  })

  test('dictionaries may have peer ids, and keys in any order', () => {
    const id = '-XX0000-0123456789ab'
    const read = announce.decodeResponse(
      encodeUtf8(`d5:peersld2:ip9:127.0.0.17:peer id20:${id}4:porti7eee8:intervali60ee`),
    )
    expect(read).toMatchObject({
      interval: 60,
      peers: [{ host: '127.0.0.1', port: 7, peerId: encodeUtf8(id) }],
    })
  })

  test('what nobody could reach, names and what makes no sense are left out', () => {
    const bad = ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', 'example.org', '']
    const listed = bad.map((ip) => `d2:ip${ip.length}:${ip}4:porti7ee`).join('')
    const body = `d8:intervali-5e5:peersl${listed}d2:ip7:1.2.3.44:porti0eei7e4:abcdee`
    expect(announce.decodeResponse(encodeUtf8(body))).toMatchObject({ interval: undefined, peers: [] })
    const compact = encodeUtf8(
      'd5:peers13:\u0001\u0002\u0003\u0004\u0000\u0007\u0000\u0000\u0000\u0000\u0000\u0007xe',
    )
    expect(announce.decodeResponse(compact)).toMatchObject({ peers: [{ host: '1.2.3.4', port: 7 }] })
  })

  test('a list of any length gives so many peers at most', () => {
    const many = Array.from({ length: 5000 }, () => ({ host: '1.2.3.4', port: 7, peerId: undefined }))
    const sent: AnnounceResponse = {
      kind: 'success',
      interval: 1,
      minInterval: undefined,
      trackerId: undefined,
      warning: undefined,
      seeders: undefined,
      leechers: undefined,
      peers: many,
    }
    for (const isCompact of [true, false]) {
      const read = announce.decodeResponse(announce.encodeResponse(sent, { isCompact, withoutPeerIds: true }))
      expect(read?.kind === 'success' && read.peers.length).toBe(MAX_PEERS_IN_LIST)
    }
  })

  test('a reason is cut, and may be Latin-1', () => {
    const reason = (data: Uint8Array) => {
      const read = announce.decodeResponse(
        Buffer.concat([encodeUtf8(`d14:failure reason${data.length}:`), data, encodeUtf8('e')]),
      )
      return read?.kind === 'failure' ? read.reason : undefined
    }
    expect(reason(encodeUtf8('é'.repeat(3000)))).toBe('é'.repeat(200))
    expect(reason(Uint8Array.of(0xe9))).toBe('é')
  })

  test('anything else is no answer', () => {
    const whole = response.map((sent) =>
      announce.encodeResponse(sent, { isCompact: true, withoutPeerIds: false }),
    )
    fc.assert(fc.property(damaged(whole), (body) => void announce.decodeResponse(body)))
    for (const body of ['', 'de', 'le', '<html>', 'd3:foo3:bare', 'd8:intervali60e', 'l'.repeat(2000)])
      expect(announce.decodeResponse(encodeUtf8(body))).toBeUndefined()
  })

  test.each([
    ['http://a.example/announce', 'http://a.example/scrape'],
    ['http://a.example/x/announce.php?passkey=1', 'http://a.example/x/scrape.php?passkey=1'],
    ['http://a.example/a', undefined],
    ['http://a.example/announce?x2%0644', 'http://a.example/scrape?x2%0644'],
    ['http://a.example/announce?x=2/4', 'http://a.example/scrape?x=2/4'],
    ['http://a.example/x%064announce', undefined],
  ])('the scrape URL of %s (BEP 48)', (url, expected) => {
    expect(scrape.url(url)).toBe(expected)
  })

  const scraped = fc.uniqueArray(
    fc.tuple(bytes(20), fc.record({ seeders: uint32, completed: uint32, leechers: uint32 })),
    { selector: ([hash]) => Buffer.from(hash).toString('hex'), maxLength: MAX_SCRAPED },
  )
  const sorted = <Row extends readonly [Uint8Array, unknown]>(rows: readonly Row[]) =>
    [...rows].sort(([left], [right]) => Buffer.compare(left, right))

  test('a scrape and its answer come out as they went in', () => {
    fc.assert(
      fc.property(scraped, (sent) => {
        const hashes = sent.map(([hash]) => hash)
        const asked = scrape.decodeQuery(scrape.encodeQuery(hashes))
        expect(asked).toEqual(hashes.length > 0 ? hashes : undefined)
        expect(scrape.decodeResponse(scrape.encodeResponse(sent))).toEqual(sorted(sent))
      }),
    )
    fc.assert(
      fc.property(damaged(scraped.map(scrape.encodeResponse)), (body) => void scrape.decodeResponse(body)),
    )
  })
})

describe('UDP', () => {
  const { encodeRequest, decodeRequest, encodeResponse, decodeResponse } = udpCodec
  const connected = { transaction: uint32, connection: bytes(8) }
  const udpRequest: fc.Arbitrary<UdpRequest> = fc.oneof(
    fc.record({ action: fc.constant('connect' as const), transaction: uint32 }),
    fc.record({
      action: fc.constant('announce' as const),
      ...connected,
      announce: fc.tuple(request, uint32).map(([announce, key]) => ({
        ...announce,
        key,
        event: announce.event === 'paused' ? undefined : announce.event,
      })),
      urlData: fc.string({ unit: 'grapheme-ascii', maxLength: 600 }),
    }),
    fc.record({
      action: fc.constant('scrape' as const),
      ...connected,
      infoHashes: fc.array(bytes(20), { minLength: 1, maxLength: MAX_SCRAPED }),
    }),
  )
  const udpResponse = (length: 4 | 16): fc.Arbitrary<UdpResponse> =>
    fc.oneof(
      fc.record({ action: fc.constant('connect' as const), ...connected }),
      fc.record({
        action: fc.constant('announce' as const),
        transaction: uint32,
        interval: uint32,
        leechers: uint32,
        seeders: uint32,
        peers: peers(length),
      }),
      fc.record({
        action: fc.constant('scrape' as const),
        transaction: uint32,
        entries: fc.array(fc.record({ seeders: uint32, completed: uint32, leechers: uint32 }), {
          maxLength: MAX_SCRAPED,
        }),
      }),
      fc.record({ action: fc.constant('error' as const), transaction: uint32, reason: text }),
    )

  test('a request comes out as it went in', () => {
    fc.assert(
      fc.property(udpRequest, (sent) => void expect(decodeRequest(encodeRequest(sent))).toEqual(sent)),
    )
  })

  test('a connect request is the one of BEP 15, byte for byte', () => {
    expect(Buffer.from(encodeRequest({ action: 'connect', transaction: 0x01020304 })).toString('hex')).toBe(
      '00000417271019800000000001020304',
    )
    expect(decodeRequest(Buffer.from('00000417271019810000000001020304', 'hex'))).toBeUndefined()
  })

  test('an announce has its fields where BEP 15 puts them, and URL data behind (BEP 41)', () => {
    const sent = encodeRequest({
      action: 'announce',
      transaction: 1,
      connection: new Uint8Array(8).fill(9),
      announce: {
        infoHash: new Uint8Array(20).fill(0xaa),
        peerId: new Uint8Array(20).fill(0xbb),
        port: 0x1234,
        downloaded: 2 ** 32 + 1,
        left: 2,
        uploaded: 3,
        event: 'started',
        wanted: undefined,
        key: 0xdeadbeef,
      },
      urlData: '/a?b',
    })
    expect(Buffer.from(sent).toString('hex')).toBe(
      '0909090909090909' +
        '00000001' +
        '00000001' +
        'aa'.repeat(20) +
        'bb'.repeat(20) +
        '0000000100000001' +
        '0000000000000002' +
        '0000000000000003' +
        '00000002' +
        '00000000' +
        'deadbeef' +
        'ffffffff' +
        '1234' +
        '02042f613f62',
    )
  })

  test('options: nothing and unknown ones are passed over, the end ends (BEP 41)', () => {
    const announce = (options: readonly number[]) => {
      const read = decodeRequest(
        Buffer.concat([
          Buffer.from([...Array<number>(11).fill(0), 1]),
          new Uint8Array(86),
          Uint8Array.from(options),
        ]),
      )
      return read?.action === 'announce' ? read.urlData : undefined
    }
    expect(announce([1, 1, 2, 1, 0x61, 9, 2, 0, 0, 2, 1, 0x62, 0, 2, 1, 0x63])).toBe('ab')
    expect(announce([2, 200, 0x61])).toBe('')
    expect(announce([2])).toBe('')
  })

  test.each([
    ['IPv4', 4],
    ['IPv6', 16],
  ] as const)('an answer over %s comes out as it went in', (family, length) => {
    fc.assert(
      fc.property(udpResponse(length), (sent) => {
        expect(decodeResponse(encodeResponse(sent, family), family)).toEqual(sent)
      }),
    )
  })

  test('anything else is read or refused', () => {
    const anyRequest = damaged(udpRequest.map(encodeRequest))
    fc.assert(fc.property(anyRequest, (data) => void decodeRequest(data)))
    const anyResponse = damaged(udpResponse(4).map((sent) => encodeResponse(sent, 'IPv4')))
    fc.assert(fc.property(anyResponse, (data) => void decodeResponse(data, 'IPv6')))
    expect(decodeRequest(new Uint8Array(15))).toBeUndefined()
    expect(decodeResponse(new Uint8Array(15), 'IPv4')).toBeUndefined()
  })
})

describe('the local network', () => {
  const group = '239.192.152.143:6771'
  const announce = fc.record({
    port,
    infoHashes: fc.array(bytes(20), { minLength: 1, maxLength: MAX_LOCAL_HASHES }),
    cookie: optional(fc.stringMatching(/^[a-z0-9]{1,64}$/)),
  })

  test('an announce comes out as it went in, in one packet', () => {
    fc.assert(
      fc.property(announce, (sent) => {
        const packet = encodeLocalAnnounce(sent, group)
        expect(packet.length).toBeLessThan(1400)
        expect(decodeLocalAnnounce(packet)).toEqual(sent)
      }),
    )
  })

  test('it is written as BEP 14 shows it', () => {
    const packet = encodeLocalAnnounce({ port: 1, infoHashes: [new Uint8Array(20)], cookie: 'me' }, group)
    expect(Buffer.from(packet).toString()).toBe(
      `BT-SEARCH * HTTP/1.1\r\nHost: ${group}\r\nPort: 1\r\nInfohash: ${'0'.repeat(40)}\r\ncookie: me\r\n\r\n\r\n`,
    )
  })

  test('anything else is refused', () => {
    const whole = announce.map((sent) => encodeLocalAnnounce(sent, group))
    fc.assert(fc.property(damaged(whole), (packet) => void decodeLocalAnnounce(packet)))
    const hash = `Infohash: ${'0'.repeat(40)}`
    for (const packet of [
      '',
      'BT-SEARCH * HTTP/1.1\r\n',
      `BT-SEARCH * HTTP/1.1\r\nPort: 0\r\n${hash}\r\n`,
      `GET / HTTP/1.1\r\nPort: 1\r\n${hash}\r\n`,
    ])
      expect(decodeLocalAnnounce(encodeUtf8(packet))).toBeUndefined()
    const long = `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n${`${hash}\r\n`.repeat(200)}`
    expect(decodeLocalAnnounce(encodeUtf8(long))).toBeUndefined()
  })
})
