import { deepStrictEqual, ok } from 'node:assert/strict'
import { encodeUtf8 } from '../../../src/protocol/bytes.js'
import { asObject, FieldFault, type JsonObject } from '../../../src/protocol/json/fields.js'
import {
  decodeCalls,
  decodePunch,
  decodeReachability,
  decodeRelay,
  encodeCalls,
  encodePunch,
  encodeReachability,
  encodeRelay,
} from '../../../src/protocol/json/reachAnswer.js'
import { encodeRelayJoin, relayTicketOf } from '../../../src/protocol/json/reachRequest.js'
import { MAX_CALLS } from '../../../src/protocol/limits.js'
import { encodeGatewayCall, readGateway, readGatewayError } from '../../../src/protocol/portMap/gateway.js'
import { decodeNatPmpAnswer } from '../../../src/protocol/portMap/natPmp.js'
import { decodePcpAnswer, encodePcpRequest } from '../../../src/protocol/portMap/pcp.js'
import { readSearchAnswer } from '../../../src/protocol/portMap/ssdp.js'
import { linuxGateway, printedGateway } from '../../../src/nat/defaultGateway.js'
import { bytesOf, infoHash, jsonOf, peerId, ticket } from '../samples.js'
import { nothing, type Target } from '../target.js'

const isFieldFault = (error: unknown): boolean => error instanceof FieldFault

const sent = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject

const objectIn = (input: Uint8Array): JsonObject => {
  try {
    return asObject(JSON.parse(new TextDecoder().decode(input))) ?? {}
  } catch {
    return {}
  }
}

const endpoint = { host: '192.0.2.7', port: 8001 }
const calls = {
  seenAs: '2001:db8::1',
  calls: [
    { kind: 'CALL_BACK', wires: ['json', 'tls'], peerId, endpoint, infoHash },
    { kind: 'PUNCH', ticket, peerId },
    { kind: 'RELAY', ticket, peerId, relay: undefined },
    { kind: 'RELAY', ticket, peerId, relay: endpoint },
    { kind: 'CARRY', ticket },
  ],
} as const

/** Reads an answer, and requires that what was read is written as the same. */
const answer = <Value>(
  name: string,
  values: readonly Value[],
  encode: (value: Value) => JsonObject,
  decode: (object: JsonObject) => Value,
): Target => ({
  name,
  seeds: values.map((value) => jsonOf(encode(value))),
  grammar: 'json',
  weight: 100,
  isDocumented: isFieldFault,
  run: (input) => {
    const value = decode(objectIn(input))
    deepStrictEqual(decode(sent(encode(value))), value)
    return value
  },
})

const relayJoin: Target = {
  name: 'relay-join',
  seeds: [jsonOf(encodeRelayJoin(ticket))],
  grammar: 'json',
  weight: 100,
  isDocumented: isFieldFault,
  run: (input) => {
    const read = relayTicketOf(objectIn(input))
    if (read !== undefined) deepStrictEqual(relayTicketOf(sent(encodeRelayJoin(read))), read)
    return read
  },
}

const request = { internalPort: 8001, externalPort: 8001, lifetime: 7200 }
const nonce = bytesOf(12)

const pcpSeed = (): Uint8Array => {
  const bytes = encodePcpRequest(request, '10.0.0.2', nonce) ?? new Uint8Array()
  bytes[1] = 0x81
  return bytes
}

const portMap: Target = {
  name: 'port-map',
  seeds: [pcpSeed(), Uint8Array.of(0, 130, 0, 0, 0, 0, 0, 1, 31, 65, 31, 65, 0, 0, 28, 32)],
  weight: 300,
  isDocumented: nothing,
  run: (input) => {
    const read = [decodePcpAnswer(input, request, nonce), decodeNatPmpAnswer(input, request)]
    for (const mapping of read)
      if (typeof mapping === 'object') ok(mapping.externalPort <= 65_535 && mapping.lifetime <= 24 * 3600)
    return read
  },
}

const HOST = '10.0.0.1'
const SERVICE = 'urn:schemas-upnp-org:service:WANIPConnection:1'

const gateway: Target = {
  name: 'gateway',
  seeds: [
    encodeUtf8(`HTTP/1.1 200 OK\r\nLOCATION: http://${HOST}:5000/desc.xml\r\n\r\n`),
    encodeUtf8(`<service><serviceType>${SERVICE}</serviceType><controlURL>/ctl</controlURL></service>`),
    encodeUtf8(`${encodeGatewayCall(SERVICE, 'Do', { A: 1 })}<errorCode>725</errorCode>`),
    encodeUtf8('Iface\tDestination\tGateway\neth0\t00000000\t0101A8C0\t0003\n'),
    encodeUtf8('default            10.0.0.138         UGScg  en0\n'),
  ],
  weight: 200,
  isDocumented: nothing,
  run: (input) => {
    const text = new TextDecoder('latin1').decode(input)
    const place = readSearchAnswer(input, HOST)
    const control = readGateway(text, { host: HOST, port: 80, path: '/' })
    for (const { host, port } of [place, control?.place].filter((found) => found !== undefined)) {
      deepStrictEqual(host, HOST)
      ok(port > 0 && port <= 65_535)
    }
    return [place, control, readGatewayError(text), linuxGateway(text), printedGateway(text)]
  },
}

export const reachTargets: readonly Target[] = [
  answer('calls', [calls], encodeCalls, decodeCalls),
  answer('punch', [endpoint], encodePunch, decodePunch),
  answer(
    'relay',
    [
      { ticket, relay: undefined },
      { ticket, relay: endpoint },
    ],
    encodeRelay,
    decodeRelay,
  ),
  answer('reachability', [{ isReachable: true, endpoint }], encodeReachability, decodeReachability),
  relayJoin,
  portMap,
  gateway,
]

ok(calls.calls.length <= MAX_CALLS)
