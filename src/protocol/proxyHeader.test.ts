import { expect, test } from 'vitest'
import { encodeUtf8 } from './bytes.js'
import { readProxyHeader } from './proxyHeader.js'

const read = (text: string) => readProxyHeader(encodeUtf8(text))
const LINE = 'PROXY TCP4 192.0.2.1 198.51.100.2 56324 8888\r\n'

test('the line of a proxy names the address that the connection came from, and ends before what follows', () => {
  expect(read(`${LINE}GET / HTTP/1.1`)).toEqual({ host: '192.0.2.1', port: 56324, length: LINE.length })
  const line6 = 'PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n'
  expect(read(line6)).toEqual({ host: '2001:db8::1', port: 1, length: line6.length })
  expect(read('PROXY UNKNOWN\r\n{')).toEqual({ host: undefined, port: 0, length: 15 })
})

test('each beginning of a line waits for more', () => {
  for (let length = 0; length < LINE.length; length++) expect(read(LINE.slice(0, length))).toBe('more')
})

test.each([
  'GET / HTTP/1.1\r\n',
  'PROXY TCP4 192.0.2.1\r\n',
  'PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n',
  'PROXY TCP4 192.0.2.999 198.51.100.2 1 2\r\n',
  `PROXY ${'x'.repeat(200)}\r\n`,
])('%j is none', (text) => {
  expect(read(text)).toBeUndefined()
})
