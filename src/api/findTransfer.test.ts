import { expect, test } from 'vitest'
import { FakeTransfer, INFO_HASH, INFO_HASH_V1, torrentId } from '../../test/cli/fakePeer.js'
import { parseInfoHash, type InfoHash } from '../protocol/ids.js'
import { findTransfer } from './findTransfer.js'

const hash = (start: string): InfoHash => parseInfoHash(start.padEnd(64, '0')) ?? INFO_HASH

test.each([
  ['its tracker id', '3'],
  ['its info-hash', INFO_HASH],
  ['its info-hash in capitals', INFO_HASH.toUpperCase()],
  ['its v1 info-hash', INFO_HASH_V1],
  ['eight digits of it', INFO_HASH.slice(0, 8)],
  ['nine digits of the v1 one', INFO_HASH_V1.slice(0, 9)],
])('a torrent is found by %s', (_what, id) => {
  const other = new FakeTransfer({ torrentId: torrentId(4), infoHash: hash('ff'), infoHashV1: undefined })
  const wanted = new FakeTransfer({})
  expect(findTransfer([other, wanted], id)).toBe(wanted)
})

test.each([
  '4',
  '',
  INFO_HASH.slice(0, 7),
  'abababac',
  '../3',
  '3 ',
  '-3',
  '3.0',
  `${INFO_HASH}ab`,
  '\u0000',
])('%j names no torrent', (id) =>
  expect(() => findTransfer([new FakeTransfer({})], id)).toThrow(
    expect.objectContaining({ code: 'TRANSFER_NOT_FOUND' }),
  ),
)

test('digits that fit two torrents name neither', () => {
  const both = ['12345678a', '12345678b'].map(
    (start) => new FakeTransfer({ torrentId: undefined, infoHash: hash(start) }),
  )
  expect(() => findTransfer(both, '12345678')).toThrow(/fits 2 torrents/)
  expect(findTransfer(both, '12345678b')).toBe(both[1])
})

test('a tracker id comes before digits that look like it', () => {
  const byHash = new FakeTransfer({ torrentId: undefined, infoHash: hash('12345678') })
  const byId = new FakeTransfer({ torrentId: torrentId(12345678), infoHash: hash('ff') })
  expect(findTransfer([byHash, byId], '12345678')).toBe(byId)
  expect(findTransfer([byHash], '12345678')).toBe(byHash)
})

test('of a torrent that was stopped and shared again the running transfer is meant, else the last', () => {
  const first = new FakeTransfer({ state: 'stopped' })
  const running = new FakeTransfer({ state: 'seeding' })
  const last = new FakeTransfer({ state: 'failed' })
  expect(findTransfer([first, running, last], '3')).toBe(running)
  running.become({ state: 'stopped' })
  expect(findTransfer([first, running, last], '3')).toBe(last)
})
