import { expect, test } from 'vitest'
import { addressGroup } from '../support/addressGroup.js'
import { isLoopback } from './address.js'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::', 'fe80:0:0:0::/64'],
])('%s counts towards %s', (host, group) => {
  expect(addressGroup(host)).toBe(group)
})

test('loopback is 127.0.0.0/8 and ::1 and nothing that only begins like it', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1'].map(isLoopback)).toEqual([true, true, true])
  expect(['1.2.3.4', '::2', '127.example.org'].map(isLoopback)).toEqual([false, false, false])
})
