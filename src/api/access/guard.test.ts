import { expect, test } from 'vitest'
import { refusalOf as refusalAt, type Door } from './guard.js'

const HOST = '127.0.0.1:8080'
const CLOSED: Door = { scheme: 'http', isOpen: false, names: new Set() }
const OPEN: Door = { scheme: 'https', isOpen: true, names: new Set(['nas.example']) }

const refusalOf = (headers: Parameters<typeof refusalAt>[0], door = CLOSED) => refusalAt(headers, door)

test.each([
  'localhost',
  'localhost:8080',
  'LOCALHOST:8080',
  '127.0.0.1',
  HOST,
  '127.0.0.2:8080',
  '[::1]',
  '[::1]:8080',
])('a request for %s is answered', (host) => expect(refusalOf({ host })).toBeUndefined())

test.each([
  undefined,
  '',
  'evil.example',
  'evil.example:8080',
  '127.0.0.1.evil.example:8080',
  'localhost.evil.example',
  'localhost.',
  'localhost:8080:80',
  'localhost:123456',
  'user@localhost',
  'localhost/evil.example',
  'localhost, evil.example',
  ' localhost',
  '10.0.0.1:8080',
  '0.0.0.0:8080',
  '[::]:8080',
  '[fe80::1]:8080',
  '[::1',
  '::1',
])('a request for %j is refused', (host) =>
  expect(refusalOf(host === undefined ? {} : { host })?.code).toBe('FORBIDDEN'),
)

test.each([
  [HOST, `http://${HOST}`],
  ['localhost:8080', 'http://localhost:8080'],
  ['[::1]:8080', 'http://[::1]:8080'],
])('for %s the own page %s may ask', (host, origin) =>
  expect(refusalOf({ host, origin, 'sec-fetch-site': 'same-origin' })).toBeUndefined(),
)

test.each([
  '',
  'null',
  'http://evil.example',
  'https://127.0.0.1:8080',
  'http://127.0.0.1',
  'http://127.0.0.1:8081',
  'http://localhost:8080',
  'http://127.0.0.1:8080.evil.example',
  'http://127.0.0.1:8080, http://evil.example',
])('a page of %j may not', (origin) => expect(refusalOf({ host: HOST, origin })?.code).toBe('FORBIDDEN'))

test.each(['cross-site', 'same-site', 'anything'])(
  'a request that is %s is refused without Origin too',
  (site) => expect(refusalOf({ host: HOST, 'sec-fetch-site': site })?.code).toBe('FORBIDDEN'),
)

test('an address that the user typed in is answered', () =>
  expect(refusalOf({ host: HOST, 'sec-fetch-site': 'none' })).toBeUndefined())

test.each(['10.0.0.1:8080', '[fe80::1]:8080', 'nas.example', 'NAS.example:8080', HOST])(
  'what others reach is asked for at an address or its name: %s',
  (host) => expect(refusalOf({ host, origin: `https://${host}` }, OPEN)).toBeUndefined(),
)

test.each(['evil.example', 'nas.example.evil.example', '10.0.0.1.evil.example', '', '10.0.0'])(
  'and at no other name: %j',
  (host) => expect(refusalOf({ host }, OPEN)?.code).toBe('FORBIDDEN'),
)

test.each([
  ['10.0.0.1:8080', 'https://10.0.0.2:8080'],
  ['10.0.0.1:8080', 'http://10.0.0.1:8080'],
  ['10.0.0.1:8080', 'https://10.0.0.1'],
  ['nas.example', 'https://evil.example'],
])('at %s a page of %s is refused', (host, origin) =>
  expect(refusalOf({ host, origin }, OPEN)?.code).toBe('FORBIDDEN'),
)

test('a proxy that has a name of ours may speak HTTPS for us, at that name alone', () => {
  const door = { ...CLOSED, names: new Set(['nas.example']) }
  expect(refusalOf({ host: 'nas.example', origin: 'https://nas.example' }, door)).toBeUndefined()
  expect(refusalOf({ host: HOST, origin: `https://${HOST}` }, door)?.code).toBe('FORBIDDEN')
})
