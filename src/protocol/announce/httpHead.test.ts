import { expect, test } from 'vitest'
import { readAnnounceHead } from './httpHead.js'

const head = (line: string, ...fields: string[]): string => [line, ...fields, '', ''].join('\r\n')
const PLAIN = head('GET /announce?port=1&left=0 HTTP/1.1', 'Host: tracker', 'User-Agent: x')

test('the plain request of a client is read, wherever it stands', () => {
  const expected = { kind: 'announce', query: 'port=1&left=0', isKept: true, length: PLAIN.length }
  expect(readAnnounceHead(PLAIN, 0)).toEqual(expected)
  expect(readAnnounceHead(`before${PLAIN}after`, 6)).toEqual(expected)
  expect(readAnnounceHead(head('GET /scrape?info_hash=a HTTP/1.1'), 0)).toMatchObject({
    kind: 'scrape',
    query: 'info_hash=a',
  })
})

test('each beginning of a request is one that more belongs to', () => {
  for (let length = 0; length < PLAIN.length; length++)
    expect(readAnnounceHead(PLAIN.slice(0, length), 0)).toBe('more')
})

test.each([
  ['1.1', [], true],
  ['1.1', ['Connection: close'], false],
  ['1.1', ['CONNECTION:  Keep-Alive, Close'], false],
  ['1.0', [], false],
  ['1.0', ['Connection: Keep-Alive'], true],
])('HTTP/%s with %j keeps the connection: %s', (version, fields, isKept) => {
  expect(readAnnounceHead(head(`GET /announce?a=b HTTP/${version}`, ...fields), 0)).toMatchObject({ isKept })
})

test.each([
  ['another method', head('POST /announce?a HTTP/1.1')],
  ['another path', head('GET /announcer?a HTTP/1.1')],
  ['no query', head('GET /announce HTTP/1.1')],
  ['another version', head('GET /announce?a HTTP/2.0')],
  ['no version', head('GET /announce?a')],
  ['a space in the query', head('GET /announce?a b HTTP/1.1')],
  ['a body', head('GET /announce?a HTTP/1.1', 'Content-Length: 5')],
  ['a body in chunks', head('GET /announce?a HTTP/1.1', 'transfer-encoding : chunked')],
  ['an upgrade', head('GET /announce?a HTTP/1.1', 'Upgrade: websocket', 'Connection: Upgrade')],
  ['a line that ends in a line feed alone', head('GET /announce?a HTTP/1.1', 'A: b\nContent-Length: 5')],
  ['a lone carriage return', head('GET /announce?a HTTP/1.1', 'A: b\rC: d')],
  ['a folded line', head('GET /announce?a HTTP/1.1', 'A: b', ' c')],
  ['a control character', head('GET /announce?a HTTP/1.1', 'A: \0')],
  ['too long a head', head('GET /announce?a HTTP/1.1', `A: ${'b'.repeat(9000)}`)],
  ['too long a head that has not ended', `GET /announce?${'b'.repeat(9000)}`],
])('%s is for another reader', (_what, text) => {
  expect(readAnnounceHead(text, 0)).toBe('other')
})
