import { expect, test } from 'vitest'
import { encodeUtf8 } from '../bytes.js'
import { fromHex, toHex } from '../hex.js'
import { encodeGatewayCall, readGateway, readGatewayError } from './gateway.js'
import { decodeNatPmpAnswer, encodeNatPmpRequest } from './natPmp.js'
import { decodePcpAnswer, encodePcpRequest } from './pcp.js'
import { readSearchAnswer } from './ssdp.js'

const request = { internalPort: 8001, externalPort: 8002, lifetime: 7200 }
const nonce = Uint8Array.from({ length: 12 }, (_, index) => index + 1)

const bytesOf = (digits: string): Uint8Array => fromHex(digits) ?? new Uint8Array()

const answerOf = (bytes: Uint8Array, result: number): Uint8Array => {
  const answer = bytes.slice()
  answer[1] = 0x81
  answer[3] = result
  return answer
}

test('F5 a PCP request is that of RFC 6887, and its answer says the port', () => {
  const bytes = encodePcpRequest(request, '192.168.1.7', nonce) ?? new Uint8Array()
  expect(toHex(bytes)).toBe(
    '0201000000001c20' +
      '00000000000000000000ffffc0a80107' +
      '0102030405060708090a0b0c' +
      '06000000' +
      '1f411f42' +
      '00000000000000000000ffff00000000',
  )
  expect(decodePcpAnswer(answerOf(bytes, 0), request, nonce)).toEqual({ externalPort: 8002, lifetime: 7200 })
  expect(decodePcpAnswer(answerOf(bytes, 2), request, nonce)).toBe('refused')
  expect(decodePcpAnswer(bytes, request, nonce)).toBeUndefined()
  expect(decodePcpAnswer(answerOf(bytes, 0), request, nonce.slice().reverse())).toBeUndefined()
  expect(decodePcpAnswer(answerOf(bytes, 0), { internalPort: 9 }, nonce)).toBeUndefined()
  // A router that knows NAT-PMP alone.
  expect(decodePcpAnswer(bytesOf('0081000100000000'), request, nonce)).toBe('refused')
  expect(encodePcpRequest(request, 'router', nonce)).toBeUndefined()
})

test('F5 a NAT-PMP request is that of RFC 6886, and its answer says the port', () => {
  expect(toHex(encodeNatPmpRequest(request))).toBe('000200001f411f4200001c20')
  expect(toHex(encodeNatPmpRequest({ ...request, lifetime: 0 }))).toBe('000200001f41000000000000')
  const answer = bytesOf('00820000000000011f411f4300000e10')
  expect(decodeNatPmpAnswer(answer, request)).toEqual({ externalPort: 8003, lifetime: 3600 })
  expect(decodeNatPmpAnswer(bytesOf('008200020000000100000000ffffffff'), request)).toBe('refused')
  expect(decodeNatPmpAnswer(bytesOf('00820000000000011f41000000000e10'), request)).toBe('refused')
  expect(decodeNatPmpAnswer(answer.subarray(0, 12), request)).toBeUndefined()
  expect(decodeNatPmpAnswer(answer, { internalPort: 1 })).toBeUndefined()
})

const searchAnswer = (location: string): Uint8Array =>
  encodeUtf8(`HTTP/1.1 200 OK\r\nST: gateway\r\nLOCATION: ${location}\r\n\r\n`)

test('F5 an answer to a search leads to who sent it, and to nobody else', () => {
  const place = { host: '192.168.1.1', port: 5000, path: '/desc.xml' }
  expect(readSearchAnswer(searchAnswer('http://192.168.1.1:5000/desc.xml'), '192.168.1.1')).toEqual(place)
  for (const location of [
    'http://192.168.1.2:5000/desc.xml',
    'http://example.org/desc.xml',
    'http://192.168.1.1@example.org/',
    'https://192.168.1.1/desc.xml',
    'file:///etc/passwd',
    'http://192.168.1.1:0/',
    'http://192.168.1.1:99999/',
  ])
    expect(readSearchAnswer(searchAnswer(location), '192.168.1.1'), location).toBeUndefined()
  expect(readSearchAnswer(encodeUtf8('NOTIFY * HTTP/1.1\r\n\r\n'), '192.168.1.1')).toBeUndefined()
})

const description = (controlUrl: string, type = 'WANIPConnection:1'): string =>
  `<root><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType><controlURL>/no</controlURL></service>
   <service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${controlUrl}</controlURL></service></root>`

test('F5 the control of a router is at the router', () => {
  const location = { host: '10.0.0.1', port: 80, path: '/d' }
  const service = 'urn:schemas-upnp-org:service:WANIPConnection:1'
  expect(readGateway(description('/ctl'), location)).toEqual({
    place: { ...location, path: '/ctl' },
    service,
  })
  expect(readGateway(description('http://10.0.0.1:49000/ctl'), location)?.place.port).toBe(49000)
  expect(readGateway(description('http://10.0.0.2/ctl'), location)).toBeUndefined()
  expect(readGateway(description('//10.0.0.2/ctl'), location)).toBeUndefined()
  expect(readGateway(description('/ctl', 'WANIPConnection:9'), location)).toBeUndefined()
  expect(readGateway(description('/ctl', 'WANPPPConnection:1'), location)).toBeDefined()
})

test('F5 a call and its error', () => {
  expect(encodeGatewayCall('urn:x', 'Do', { A: 1, B: '' })).toContain(
    '<u:Do xmlns:u="urn:x"><A>1</A><B></B></u:Do>',
  )
  expect(readGatewayError('<UPnPError><errorCode>725</errorCode></UPnPError>')).toBe(725)
  expect(readGatewayError('<errorCode>many</errorCode>')).toBeUndefined()
})
