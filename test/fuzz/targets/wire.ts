import { deepStrictEqual, ok } from 'node:assert/strict'
import { Bitfield } from '../../../src/protocol/bitfield.js'
import { concatBytes, encodeUtf8 } from '../../../src/protocol/bytes.js'
import { CHUNK_SIZE } from '../../../src/protocol/limits.js'
import {
  decodeContact,
  encodeContact,
  formatAddress,
  parseAddress,
} from '../../../src/protocol/wire/address.js'
import { WireDecoder } from '../../../src/protocol/wire/decoder.js'
import { encodeMessage } from '../../../src/protocol/wire/encode.js'
import { splitDictionary } from '../../../src/protocol/wire/extension/dictionary.js'
import { decodeDontHave, encodeDontHave } from '../../../src/protocol/wire/extension/dontHave.js'
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
} from '../../../src/protocol/wire/extension/handshake.js'
import { decodeMetadata, encodeMetadata } from '../../../src/protocol/wire/extension/metadata.js'
import { decodePex, encodePex } from '../../../src/protocol/wire/extension/pex.js'
import { decodeExtended, ownExtensions } from '../../../src/protocol/wire/extension/registry.js'
import { messageLimit } from '../../../src/protocol/wire/frame.js'
import { decodeHandshake, encodeHandshake } from '../../../src/protocol/wire/handshake.js'
import type { KnownMessage, WireMessage } from '../../../src/protocol/wire/message.js'
import { dialectOf, isTextLike } from '../../../src/transport/firstBytes.js'
import { bytesOf } from '../samples.js'
import { cut, nothing, type Target } from '../target.js'

/** Every decoder of the wire answers with a value, never with an error. */
const total = (
  name: string,
  seeds: readonly Uint8Array[],
  run: (input: Uint8Array) => unknown,
  options: Partial<Pick<Target, 'grammar' | 'weight'>> = {},
): Target => ({ name, seeds, run, weight: 200, isDocumented: nothing, ...options })

/** Checks that what `decode` makes of `input` is written by `encode` as something that reads the same. */
const again = <Value>(
  input: Uint8Array,
  decode: (bytes: Uint8Array) => Value | undefined,
  encode: (value: Value) => Uint8Array,
): Value | undefined => {
  const value = decode(input)
  if (value !== undefined) deepStrictEqual(decode(encode(value)), value)
  return value
}

const hashRange = { piecesRoot: bytesOf(32), baseLayer: 0, index: 512, length: 512, proofLayers: 9 }
const messages: readonly KnownMessage[] = [
  { kind: 'keepAlive' },
  { kind: 'choke' },
  { kind: 'interested' },
  { kind: 'haveAll' },
  { kind: 'have', piece: 7 },
  { kind: 'allowedFast', piece: 2 ** 32 - 1 },
  { kind: 'bitfield', bytes: bytesOf(30) },
  { kind: 'request', piece: 1, begin: CHUNK_SIZE, length: CHUNK_SIZE },
  { kind: 'reject', piece: 1, begin: 0, length: 1 },
  { kind: 'piece', piece: 1, begin: 0, data: bytesOf(100) },
  { kind: 'port', port: 6881 },
  { kind: 'extended', id: 0, payload: encodeUtf8('d1:md6:ut_pexi1eee') },
  { kind: 'hashRequest', ...hashRange },
  { kind: 'hashReject', ...hashRange },
  { kind: 'hashes', ...hashRange, hashes: bytesOf(96) },
]
const encoded = messages.map(encodeMessage)

/** A message whose bytes stay as they are when the decoder goes on. */
const kept = (message: WireMessage): WireMessage =>
  Object.fromEntries(
    Object.entries(message).map(([key, field]: [string, unknown]) => [
      key,
      field instanceof Uint8Array ? field.slice() : field,
    ]),
  ) as unknown as WireMessage

const LIMIT = messageLimit(100_000)

const readWire = (
  parts: readonly Uint8Array[],
): { readonly seen: WireMessage[]; readonly fault: unknown } => {
  const decoder = new WireDecoder(LIMIT)
  const seen: WireMessage[] = []
  for (const part of parts) {
    // Another buffer for each part, which is not there any more when the next one comes.
    const buffer = part.slice()
    decoder.push(buffer, (message) => seen.push(kept(message)))
    buffer.fill(0xee)
    ok(decoder.capacity <= 4 + LIMIT)
  }
  return { seen, fault: decoder.fault }
}

const wire = total(
  'wire',
  [
    ...encoded,
    concatBytes(encoded),
    encodeMessage({ kind: 'piece', piece: 0, begin: 0, data: bytesOf(CHUNK_SIZE) }),
    Uint8Array.of(0, 0, 0, 3, 99, 1, 2, 0, 0, 0, 1, 1),
  ],
  (input) => {
    const whole = readWire([input])
    deepStrictEqual(readWire(cut(input)), whole)
    for (const message of whole.seen) {
      if (message.kind !== 'unknown') deepStrictEqual(readWire([encodeMessage(message)]).seen, [message])
    }
    return whole
  },
  { weight: 80 },
)

const handshake = total(
  'handshake',
  [true, false].map((has) =>
    encodeHandshake({
      features: { extension: has, fast: has, v2: has, dht: has, tls: true },
      infoHash: bytesOf(20),
      peerId: bytesOf(20),
    }),
  ),
  (input) => again(input, decodeHandshake, encodeHandshake),
  { weight: 300 },
)

const handshakes = [
  encodeExtensionHandshake({ extensions: new Map() }),
  encodeExtensionHandshake({
    extensions: ownExtensions(),
    uploadOnly: true,
    client: 'Shoal 0.1.0',
    port: 6881,
    requestQueue: 250,
    metadataSize: 31_235,
    yourAddress: '10.0.0.1',
  }),
]
const extensionHandshake = total(
  'extension-handshake',
  handshakes,
  (input) => again(input, decodeExtensionHandshake, encodeExtensionHandshake),
  { grammar: 'bencode' },
)

const pexes = [
  encodePex({ added: [], dropped: [] }),
  encodePex({
    added: [
      { host: '10.0.0.1', port: 1, flags: 2 },
      { host: '2001:db8::1', port: 2, flags: 16 },
    ],
    dropped: [
      { host: '10.0.0.2', port: 3 },
      { host: '::ffff:1.2.3.4', port: 4 },
    ],
  }),
]
const pex = total('pex', pexes, (input) => again(input, decodePex, encodePex), { grammar: 'bencode' })

const metadataMessages = [
  encodeMetadata({ kind: 'request', piece: 0 }),
  encodeMetadata({ kind: 'reject', piece: 7 }),
  encodeMetadata({ kind: 'data', piece: 0, totalSize: 50, data: bytesOf(50) }),
  encodeMetadata({ kind: 'data', piece: 1, totalSize: 16_484, data: bytesOf(100) }),
]
const metadata = total('metadata', metadataMessages, (input) => {
  const message = decodeMetadata(input)
  if (message !== undefined && message.kind !== 'other') {
    deepStrictEqual(decodeMetadata(encodeMetadata(message)), message)
  }
  return message
})

const dictionary = total('split-dictionary', metadataMessages, (input) => {
  const split = splitDictionary(input)
  if (split) ok(split.rest.length < input.length)
  return split
})

const dontHave = total('dont-have', [encodeDontHave({ piece: 7 })], (input) =>
  again(input, decodeDontHave, encodeDontHave),
)

const withId = (id: number, payload: Uint8Array): Uint8Array => concatBytes([Uint8Array.of(id), payload])
const extended = total(
  'extended',
  [
    ...handshakes.map((payload) => withId(0, payload)),
    ...metadataMessages.map((payload) => withId(1, payload)),
    ...pexes.map((payload) => withId(2, payload)),
    withId(3, encodeDontHave({ piece: 7 })),
  ],
  (input) => decodeExtended({ kind: 'extended', id: input[0] ?? 0, payload: input.subarray(1) }),
)

const ADDRESSES = [
  '10.0.0.1',
  '::',
  '::1',
  '2001:db8::1:0:0:1',
  '::ffff:1.2.3.4',
  '1:2:3:4:5:6:7:8',
  'fe80::1%eth0',
]

const address = total('address', ADDRESSES.map(encodeUtf8), (input) => {
  const bytes = parseAddress(new TextDecoder().decode(input))
  if (bytes) deepStrictEqual(parseAddress(formatAddress(bytes) ?? ''), bytes)
  return bytes
})

const contacts = ADDRESSES.flatMap((host) => encodeContact({ host, port: 6881 }) ?? [])
const contact = total('contact', contacts, (input) => {
  const endpoint = decodeContact(input)
  if (endpoint) deepStrictEqual(encodeContact(endpoint), input)
  return endpoint
})

/** What is certain of a beginning stays so, whatever follows. */
const firstBytes = total(
  'first-bytes',
  [
    '{"OP_CODE":100}',
    ' \r\n{ }',
    'GET / HTTP/1.1\r\n',
    '\u0013BitTorrent protocol',
    '\u0016\u0003\u0001',
  ].map(encodeUtf8),
  (input) => {
    const dialect = dialectOf(input)
    for (let length = Math.min(input.length, 30); length > 0; length--) {
      const earlier = dialectOf(input.subarray(0, length))
      ok(earlier === undefined || earlier === dialect)
    }
    return [dialect, isTextLike(input)]
  },
  { weight: 100 },
)

const bitfield = total('bitfield', [bytesOf(13), bytesOf(12), new Uint8Array(13).fill(0xff)], (input) => {
  const bits = Bitfield.from(input, 100)
  if (bits) ok(bits.count <= 100 && [...bits].length === bits.count)
  return bits
})

export const wireTargets: readonly Target[] = [
  wire,
  handshake,
  extended,
  extensionHandshake,
  pex,
  metadata,
  dictionary,
  dontHave,
  address,
  contact,
  firstBytes,
  bitfield,
]
