import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ShoalError } from '../errors.js'
import { parseInfoHash, parseInfoHashV1 } from '../ids.js'
import { formatMagnet, parseMagnet, type Magnet } from './magnet.js'
import { safeName } from './path.js'

const V1 = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
const V2 = 'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e'
const invalid: unknown = expect.objectContaining({ code: 'METAINFO_INVALID' })

test('BEP 9 and BEP 53: everything that a link says is read', () => {
  const link =
    `magnet:?xt=urn:btih:${V1}&xt=urn:btmh:1220${V2}&dn=Gr%C3%BC%C3%9Fe+x&tr=http%3A%2F%2Ft.example%2Fa&tr.1=udp://u:1` +
    '&ws=https://w/f&x.pe=10.0.0.1:6881&x.pe=[2001:db8::1]:6882&x.pe=host.example:1&so=0,2,4,6-8&xl=10&unknown'
  expect(parseMagnet(link)).toEqual({
    infoHashV1: V1,
    infoHash: V2,
    name: 'Grüße x',
    trackers: ['http://t.example/a', 'udp://u:1'],
    webSeeds: ['https://w/f'],
    peers: [
      { host: '10.0.0.1', port: 6881 },
      { host: '2001:db8::1', port: 6882 },
      { host: 'host.example', port: 1 },
    ],
    select: [
      { first: 0, last: 0 },
      { first: 2, last: 2 },
      { first: 4, last: 4 },
      { first: 6, last: 8 },
    ],
  })
})

test('an info-hash in base32 and in capitals is the same', () => {
  expect(parseMagnet('magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK').infoHashV1).toBe(V1)
  expect(parseMagnet(`MAGNET:?XT=URN:BTIH:${V1.toUpperCase()}`).infoHashV1).toBe(V1)
})

test.each([
  '',
  'http://example/',
  'magnet:?dn=x',
  'magnet:?xt=urn:btih:12',
  'magnet:?xt=urn:btih:!!X6DQDLXISUVHOJ6UM3GNNKPQJWPKEK',
  `magnet:?xt=urn:btmh:1114${V2}`,
  `magnet:?xt=urn:btih:${V1}&xt=urn:btih:${V1.replace('c', 'd')}`,
  `magnet:?xt=urn:btih:${V1}&dn=%ff`,
  `magnet:?xt=urn:btih:${V1}&so=3-1`,
  `magnet:?xt=urn:btih:${V1}&so=0-999999999`,
  `magnet:?xt=urn:btih:${V1}&dn=${'x'.repeat(33_000)}`,
])('refused: %s', (link) => {
  expect(() => parseMagnet(link)).toThrow(invalid)
})

test('what nobody could use is left out: unsafe names, other schemes, malformed peers', () => {
  const link = `magnet:?xt=urn:btih:${V1}&dn=..%2Fetc&tr=file:///etc/passwd&tr=x&ws=ftp://x/&x.pe=:1&x.pe=a:0&x.pe=a:99999&x.pe=a%20b:1`
  const { name, trackers, webSeeds, peers } = parseMagnet(link)
  expect({ name, trackers, webSeeds, peers }).toEqual({
    name: undefined,
    trackers: [],
    webSeeds: [],
    peers: [],
  })
})

const isSafe = (name: string): boolean => {
  try {
    return safeName(name) === name
  } catch {
    return false
  }
}
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
const url = fc.webUrl({ withQueryParameters: true }).filter((text) => text.length < 500)
const magnet: fc.Arbitrary<Magnet> = fc.record({
  infoHash: hex(64).map(parseInfoHash),
  infoHashV1: fc.option(hex(40), { nil: '' }).map(parseInfoHashV1),
  name: fc.option(fc.string({ unit: 'grapheme', minLength: 1 }).filter(isSafe), { nil: undefined }),
  trackers: fc.uniqueArray(url, { maxLength: 4 }),
  webSeeds: fc.uniqueArray(url, { maxLength: 4 }),
  peers: fc.array(
    fc.record({
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
    { maxLength: 4 },
  ),
  select: fc.option(
    fc.array(
      fc.tuple(fc.nat(999), fc.nat(99)).map(([first, more]) => ({ first, last: first + more })),
      { minLength: 1, maxLength: 4 },
    ),
    { nil: undefined },
  ),
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(magnet, (original) => {
      expect(parseMagnet(formatMagnet(original))).toEqual(original)
    }),
  )
})

test('any text gives a link or METAINFO_INVALID, and nothing else', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '&',
      '=',
      '%',
      '+',
      'xt=',
      'urn:btih:',
      V1,
      'so=',
      'x.pe=',
      '[',
      ']:1',
      'tr=http://',
      '-',
      ',',
    ),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      try {
        parseMagnet(`magnet:?xt=urn:btih:${V1}&${parts.join('')}`)
      } catch (error) {
        expect(error instanceof ShoalError && error.code).toBe('METAINFO_INVALID')
      }
    }),
    { numRuns: 2000 },
  )
})
