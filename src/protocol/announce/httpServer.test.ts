import { expect, test } from 'vitest'
import { decodeAnnounceResponse } from './httpAnnounce.js'
import { encodeHttpAnnounced } from './httpServer.js'

const id = (byte: number): Uint8Array => new Uint8Array(20).fill(byte)

const ANSWER = {
  interval: 120,
  minInterval: 60,
  seeders: 3,
  leechers: 7,
  ipv4: Uint8Array.of(192, 0, 2, 1, 0x1a, 0xe1, 192, 0, 2, 2, 0, 80),
  ipv6: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0x1a, 0xe1),
  peerIds: Uint8Array.from([...id(1), ...id(2), ...id(3)]),
  warning: 'to be read',
}

const PEERS = [
  { host: '192.0.2.1', port: 6881, peerId: id(1) },
  { host: '192.0.2.2', port: 80, peerId: id(2) },
  { host: '2001:db8::9', port: 6881, peerId: id(3) },
]

test('a client reads from the compact form all that was put in but peer ids', () => {
  const body = encodeHttpAnnounced(ANSWER, { isCompact: true, withoutPeerIds: false })
  expect(decodeAnnounceResponse(body)).toEqual({
    kind: 'success',
    interval: 120,
    minInterval: 60,
    trackerId: undefined,
    warning: 'to be read',
    seeders: 3,
    leechers: 7,
    peers: PEERS.map((peer) => ({ ...peer, peerId: undefined })),
  })
})

test('the compact form of nobody has an empty list of IPv4 peers and none of IPv6', () => {
  const none = { ...ANSWER, ipv4: new Uint8Array(0), ipv6: new Uint8Array(0), warning: undefined }
  const body = encodeHttpAnnounced(none, { isCompact: true, withoutPeerIds: false })
  expect(Buffer.from(body).toString()).toBe(
    'd8:completei3e10:incompletei7e8:intervali120e12:min intervali60e5:peers0:e',
  )
})

test('dictionaries name the peers of both families, each with its own id, or with none where none is wanted', () => {
  const body = encodeHttpAnnounced(ANSWER, { isCompact: false, withoutPeerIds: false })
  expect(decodeAnnounceResponse(body)).toMatchObject({ seeders: 3, minInterval: 60, peers: PEERS })
  const bare = encodeHttpAnnounced(
    { ...ANSWER, peerIds: new Uint8Array(0) },
    { isCompact: false, withoutPeerIds: true },
  )
  expect(decodeAnnounceResponse(bare)).toMatchObject({
    peers: PEERS.map((peer) => ({ ...peer, peerId: undefined })),
  })
})
