import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../bytes.js'
import { WireDecoder } from './decoder.js'
import { encodeMessage } from './encode.js'
import { MAX_EXTENDED, MAX_HASHES, messageLimit, type WireFault } from './frame.js'
import { WIRE_ID, type KnownMessage, type WireMessage } from './message.js'

const LIMIT = messageLimit(8 * 100_000)

const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const data = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(255).map((byte) => new Uint8Array(16_384).fill(byte)),
)
const hashRange = {
  piecesRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  baseLayer: uint32,
  index: uint32,
  length: uint32,
  proofLayers: uint32,
}
const hashes = fc.nat(552).map((count) => new Uint8Array(32 * count).fill(count & 255))

const message: fc.Arbitrary<KnownMessage> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      ...(['keepAlive', 'choke', 'unchoke', 'interested', 'notInterested', 'haveAll', 'haveNone'] as const),
    ),
  }),
  fc.record({ kind: fc.constantFrom(...(['have', 'suggest', 'allowedFast'] as const)), piece: uint32 }),
  fc.record({
    kind: fc.constantFrom(...(['request', 'cancel', 'reject'] as const)),
    piece: uint32,
    begin: uint32,
    length: uint32,
  }),
  fc.record({ kind: fc.constant('bitfield' as const), bytes: fc.uint8Array() }),
  fc.record({ kind: fc.constant('piece' as const), piece: uint32, begin: uint32, data }),
  fc.record({ kind: fc.constant('port' as const), port: fc.nat(65_535) }),
  fc.record({ kind: fc.constant('extended' as const), id: fc.nat(255), payload: data }),
  fc.record({ kind: fc.constantFrom(...(['hashRequest', 'hashReject'] as const)), ...hashRange }),
  fc.record({ kind: fc.constant('hashes' as const), ...hashRange, hashes }),
)

/** A message with its bytes as text: it outlives the call, and long ones are compared fast. */
type Kept = Readonly<Record<string, unknown>>

const keep = (received: WireMessage): Kept =>
  Object.fromEntries(
    Object.entries(received).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  )

interface Run {
  readonly messages: Kept[]
  readonly fault: WireFault | undefined
  /** The most memory that was held between two chunks. */
  readonly held: number
}

/** What comes out of `stream` cut into chunks of `sizes` in turn, each of which is overwritten after its call. */
const run = (stream: Uint8Array, sizes: readonly number[], limit = LIMIT): Run => {
  const decoder = new WireDecoder(limit)
  const messages: Kept[] = []
  let held = 0
  for (let offset = 0, turn = 0; offset < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    const chunk = new Uint8Array(stream.subarray(offset, offset + size))
    decoder.push(chunk, (received) => messages.push(keep(received)))
    chunk.fill(0xee)
    held = Math.max(held, decoder.capacity)
    offset += size
  }
  return { messages, fault: decoder.fault, held }
}

const cuts = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
  fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 10 }),
)

describe('round trip', () => {
  test('every message comes out as it went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), cuts, (sent, sizes) => {
        const { messages, fault } = run(concatBytes(sent.map(encodeMessage)), sizes)
        expect(fault).toBeUndefined()
        expect(messages).toEqual(sent.map(keep))
      }),
      { numRuns: 200 },
    )
  })

  test('a stream cut at every place, and into single bytes, is read the same', () => {
    const sent: KnownMessage[] = [
      { kind: 'haveAll' },
      { kind: 'keepAlive' },
      { kind: 'request', piece: 1, begin: 2, length: 3 },
      { kind: 'piece', piece: 1, begin: 2, data: Uint8Array.of(1, 2, 3) },
      { kind: 'keepAlive' },
      { kind: 'extended', id: 0, payload: Uint8Array.of(0x64, 0x65) },
    ]
    const stream = concatBytes(sent.map(encodeMessage))
    for (let at = 1; at <= stream.length; at++) {
      expect(run(stream, [at, stream.length]).messages).toEqual(sent.map(keep))
    }
    expect(run(stream, [1]).messages).toEqual(sent.map(keep))
  })
})

describe('unknown ids', () => {
  const isKnown = (id: number): boolean => Object.values<number>(WIRE_ID).includes(id)

  test('each is reported once and passed over without being held, however it is cut', () => {
    const unknown = fc.nat(255).filter((id) => !isKnown(id))
    fc.assert(
      fc.property(unknown, fc.nat(LIMIT - 1), cuts, (id, payload, sizes) => {
        const stream = new Uint8Array(5 + payload + 5).fill(0x55)
        new DataView(stream.buffer).setUint32(0, payload + 1)
        stream[4] = id
        stream.set([0, 0, 0, 1, WIRE_ID.haveNone], 5 + payload)
        const { messages, held } = run(stream, sizes)
        expect(messages).toEqual([{ kind: 'unknown', id }, { kind: 'haveNone' }])
        expect(held).toBeLessThanOrEqual(4 + MAX_HASHES)
      }),
      { numRuns: 50 },
    )
  })

  test('no id of the table is unknown, and no other is known', () => {
    for (let id = 0; id < 256; id++) {
      const { messages, fault } = run(Uint8Array.of(0, 0, 0, 1, id), [5])
      if (!isKnown(id)) expect(messages).toEqual([{ kind: 'unknown', id }])
      else expect(fault === 'malformed' || messages[0]?.['kind'] !== 'unknown').toBe(true)
    }
  })
})

/** The first bytes of a message: its length and its id. */
const head = (id: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(5)
  new DataView(bytes.buffer).setUint32(0, length)
  bytes[4] = id
  return bytes
}

describe('limits', () => {
  const most: readonly [keyof typeof WIRE_ID, number][] = [
    ['piece', 9 + 16_384],
    ['hashes', MAX_HASHES],
    ['extended', MAX_EXTENDED],
    ['bitfield', LIMIT],
  ]

  test.each(most)(
    'a %s of %i bytes is read and a longer one refused by its first five bytes',
    (kind, length) => {
      const whole = new Uint8Array(4 + length)
      whole.set(head(WIRE_ID[kind], length))
      expect(run(whole, [1000]).messages.map((received) => received['kind'])).toEqual([kind])
      for (const cut of [5, 1]) {
        const { messages, fault } = run(head(WIRE_ID[kind], length + (kind === 'hashes' ? 32 : 1)), [cut])
        expect({ messages, fault }).toEqual({ messages: [], fault: 'too-large' })
      }
    },
  )

  test.each<[keyof typeof WIRE_ID, number]>([
    ['choke', 2],
    ['have', 4],
    ['have', 6],
    ['bitfield', 0xffffffff],
    ['request', 12],
    ['request', 14],
    ['piece', 8],
    ['port', 5],
    ['haveAll', 5],
    ['extended', 1],
    ['hashRequest', 48],
    ['hashRequest', 50],
    ['hashes', 48],
    ['hashes', 50],
    ['hashes', 49 + 31],
  ])('a %s of %i bytes is a fault', (kind, length) => {
    const { messages, fault } = run(head(WIRE_ID[kind], length), [2])
    expect(messages).toEqual([])
    expect(fault).toBe(length > LIMIT ? 'too-large' : 'malformed')
  })

  test('the limit given counts for every id, by the length alone', () => {
    expect(run(Uint8Array.of(0, 0, 0, 101), [4], 100).fault).toBe('too-large')
    expect(run(Uint8Array.of(0, 0, 0, 100), [4], 100).fault).toBeUndefined()
  })

  test('the limit of a torrent fits its bit field, and never less than an extended message', () => {
    expect(messageLimit(8 * MAX_EXTENDED)).toBe(MAX_EXTENDED + 1)
    expect(messageLimit(8 * MAX_EXTENDED + 1)).toBe(MAX_EXTENDED + 2)
    expect(messageLimit(1)).toBe(MAX_EXTENDED)
    expect(messageLimit()).toBe(1024 * 1024 + 1)
  })

  test('after a fault nothing more comes out and nothing is held', () => {
    const decoder = new WireDecoder(LIMIT)
    const kinds: string[] = []
    const push = (bytes: Uint8Array): WireFault | undefined =>
      decoder.push(bytes, (received) => kinds.push(received.kind))
    const choke = encodeMessage({ kind: 'choke' })
    const wrong = head(WIRE_ID.have, 9)
    expect(push(concatBytes([choke, wrong.subarray(0, 3)]))).toBeUndefined()
    expect(decoder.capacity).toBeGreaterThan(0)
    expect(push(concatBytes([wrong.subarray(3), choke]))).toBe('malformed')
    expect(push(choke)).toBe('malformed')
    expect(decoder.fault).toBe('malformed')
    expect(kinds).toEqual(['choke'])
    expect(decoder.capacity).toBe(0)
  })
})

describe('what is hostile', () => {
  /** Nothing thrown, no more messages than the bytes can be, never more held than announced and allowed. */
  const survives = (stream: Uint8Array, sizes: readonly number[]): void => {
    const { messages, held } = run(stream, sizes)
    expect(messages.length).toBeLessThanOrEqual(stream.length / 4)
    expect(held).toBeLessThanOrEqual(4 + LIMIT)
    expect(held).toBeLessThanOrEqual(Math.max(4 + MAX_HASHES, 2 * stream.length))
  }

  test('random bytes do no harm', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), cuts, survives), { numRuns: 500 })
  })

  test('frames of random bodies do no harm', () => {
    const body = fc.tuple(fc.nat(24), fc.uint8Array({ maxLength: 120 }))
    fc.assert(
      fc.property(fc.array(body, { maxLength: 20 }), cuts, (bodies, sizes) => {
        survives(concatBytes(bodies.flatMap(([id, rest]) => [head(id, 1 + rest.length), rest])), sizes)
      }),
      { numRuns: 500 },
    )
  })

  test('a byte changed anywhere does no harm, and what stood before it is read', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(255),
        cuts,
        (sent, at, byte, sizes) => {
          const frames = sent.map(encodeMessage)
          const stream = concatBytes(frames)
          const place = at % stream.length
          stream[place] = byte
          survives(stream, sizes)
          let end = 0
          const before = frames.filter((frame) => (end += frame.length) <= place).length
          expect(run(stream, sizes).messages.slice(0, before)).toEqual(sent.slice(0, before).map(keep))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('who announces much and sends little takes little memory', () => {
    expect(run(concatBytes([head(WIRE_ID.bitfield, LIMIT), new Uint8Array(1000)]), [1]).held).toBe(
      4 + MAX_HASHES,
    )
  })
})

describe('memory', () => {
  const block = encodeMessage({ kind: 'piece', piece: 1, begin: 0, data: new Uint8Array(16_384).fill(7) })

  /** The memory in which the data of each piece stood. */
  const buffersOf = (decoder: WireDecoder, chunk: Uint8Array): ArrayBufferLike[] => {
    const buffers: ArrayBufferLike[] = []
    decoder.push(chunk, (received) => {
      if (received.kind === 'piece') buffers.push(received.data.buffer)
    })
    return buffers
  }

  test('a block that lies whole in a chunk is a view of it, at any offset and of any class', () => {
    const chunk = Buffer.concat([encodeMessage({ kind: 'choke' }), block, block])
    const decoder = new WireDecoder(LIMIT)
    expect(buffersOf(decoder, chunk)).toEqual([chunk.buffer, chunk.buffer])
    expect(decoder.capacity).toBe(0)
    decoder.push(chunk, (received) => {
      if (received.kind === 'piece') expect(received.data).toEqual(new Uint8Array(16_384).fill(7))
    })
  })

  test('blocks that are cut are put together in one buffer', () => {
    const decoder = new WireDecoder(LIMIT)
    const seen = new Set<ArrayBufferLike>()
    for (let turn = 0; turn < 20; turn++) {
      expect(buffersOf(decoder, block.subarray(0, 100 * turn + 3))).toEqual([])
      for (const buffer of buffersOf(decoder, block.subarray(100 * turn + 3))) seen.add(buffer)
    }
    expect(seen.size).toBe(1)
    expect(decoder.capacity).toBe(4 + MAX_HASHES)
  })

  test('the room of a long message is given back when it is read', () => {
    const decoder = new WireDecoder(LIMIT)
    const long = encodeMessage({ kind: 'bitfield', bytes: new Uint8Array(90_000) })
    decoder.push(long.subarray(0, 80_000), () => {})
    expect(decoder.capacity).toBeGreaterThanOrEqual(80_000)
    decoder.push(long.subarray(80_000), () => {})
    expect(decoder.capacity).toBe(0)
  })
})
