import { expect, test } from 'vitest'
import { addressScope } from './addressScope.js'

test.each([
  ...['127.0.0.1', '127.255.1.2', '10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1'],
  ...['::1', 'fd00::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::'],
])('%s is of this machine or a private network', (address) => {
  expect(addressScope(address)).toBe('local')
})

test.each([
  ...['0.0.0.0', '169.254.169.254', '224.0.0.251', '255.255.255.255'],
  ...['::', 'fe80::1', 'ff02::1', '::ffff:169.254.169.254', '::ffff:0.0.0.0', '::127.0.0.1'],
  ...['', 'localhost', '1.2.3', '0x7f000001'],
])('%j is nobody to be asked', (address) => {
  expect(addressScope(address)).toBe('never')
})

test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
  '%s is of the Internet',
  (address) => {
    expect(addressScope(address)).toBe('global')
  },
)
