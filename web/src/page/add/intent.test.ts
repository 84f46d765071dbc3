import { expect, test } from 'vitest'
import { intentOf } from './intent.js'

const V1 = 'CD'.repeat(20)
const V2 = 'ab'.repeat(32)

test.each([
  ['', { kind: 'none' }],
  ['  12 ', { kind: 'get', what: '12' }],
  ['#12', { kind: 'get', what: '12' }],
  [V1, { kind: 'get', what: `magnet:?xt=urn:btih:${V1.toLowerCase()}` }],
  [V2, { kind: 'get', what: `magnet:?xt=urn:btmh:1220${V2}` }],
  ['magnet:?xt=urn:btih:x', { kind: 'get', what: 'magnet:?xt=urn:btih:x' }],
  ['https://example.org/a.torrent', { kind: 'get', what: 'https://example.org/a.torrent' }],
  ['/home/me/film.mkv', { kind: 'share', path: '/home/me/film.mkv' }],
  ['C:\\film.mkv', { kind: 'share', path: 'C:\\film.mkv' }],
  ['javascript:alert(1)', { kind: 'invalid' }],
  ['film', { kind: 'invalid' }],
])('%s means %j', (entered, intent) => {
  expect(intentOf(entered, true)).toEqual(intent)
})

test('a path means nothing on another machine', () => {
  expect(intentOf('/etc/passwd', false)).toEqual({ kind: 'invalid' })
})
