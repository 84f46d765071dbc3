import { expect, test } from 'vitest'
import { isInReach, RANGE, rangeOfHost } from './addressRange.js'

test.each([
  ['8.8.8.8', 'public'],
  ['9.255.255.255', 'public'],
  ['10.0.0.0', 'private'],
  ['11.0.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.16.0.0', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.0', 'public'],
  ['192.167.255.255', 'public'],
  ['192.168.0.0', 'private'],
  ['192.169.0.0', 'public'],
  ['100.63.255.255', 'public'],
  ['100.64.0.0', 'shared'],
  ['100.127.255.255', 'shared'],
  ['100.128.0.0', 'public'],
  ['169.254.1.1', 'linkLocal'],
  ['127.9.9.9', 'loopback'],
  ['0.0.0.0', 'hidden'],
  ['224.0.0.1', 'hidden'],
  ['::ffff:10.1.1.1', 'private'],
  ['::ffff:8.8.8.8', 'public'],
  ['::1', 'loopback'],
  ['::', 'hidden'],
  ['fe80::1', 'linkLocal'],
  ['fe80::1%eth0', 'linkLocal'],
  ['febf::1', 'linkLocal'],
  ['fec0::1', 'uniqueLocal'],
  ['fc00::1', 'uniqueLocal'],
  ['fdff::1', 'uniqueLocal'],
  ['fe00::1', 'public'],
  ['ff02::1', 'hidden'],
  ['2001:db8::1', 'public'],
  ['peer.onion', 'hidden'],
] as const)('%s is %s', (host, range) => {
  expect(rangeOfHost(host)).toBe(RANGE[range])
})

test('an address means something in its own range, to everybody if public, and at loopback all do', () => {
  for (const peer of Object.values(RANGE)) {
    for (const asker of Object.values(RANGE)) {
      const expected = peer === RANGE.public || peer === asker || asker === RANGE.loopback
      expect(isInReach(peer, asker)).toBe(expected && !(peer === RANGE.hidden && asker === RANGE.hidden))
    }
  }
})
