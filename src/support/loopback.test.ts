import { expect, test } from 'vitest'
import { isLoopbackHost } from './loopback.js'

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.3.4', '::1', '0:0:0:0:0:0:0:1'])(
  '%s is of this machine',
  (host) => expect(isLoopbackHost(host)).toBe(true),
)

test.each([
  '',
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '128.0.0.1',
  '127.0.0.1.evil.example',
  '127.1',
  '127.999.0.1',
  'localhost.evil.example',
  'localhost.',
  '[::1]',
  'fe80::1',
])('%j may be elsewhere', (host) => expect(isLoopbackHost(host)).toBe(false))
