import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeBencode } from '../../bencode.js'
import { equalBytes } from '../../bytes.js'
import { MAX_METAINFO } from '../../limits.js'
import { formatAddress } from '../address.js'
import { MAX_EXTENDED } from '../frame.js'
import { decodeDontHave } from './dontHave.js'
import { decodeExtensionHandshake, encodeExtensionHandshake } from './handshake.js'
import { decodeMetadata, encodeMetadata, metadataPieceLength } from './metadata.js'
import { EXTENSION_NAMES } from './name.js'
import { decodePex, encodePex } from './pex.js'
import {
  decodeExtended,
  extensionHandshakeMessage,
  extensionMessage,
  mergeExtensions,
  ownExtensions,
} from './registry.js'

type SentExtension = Parameters<typeof extensionMessage>[1]

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const text = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1')

const host = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map((address) => formatAddress(address) ?? '')
const port = fc.integer({ min: 1, max: 65_535 })

describe('the handshake of BEP 10', () => {
  const handshake = fc.record(
    {
      extensions: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...EXTENSION_NAMES), fc.nat(255)), {
          selector: ([name]) => name,
        })
        .map((entries) => new Map(entries)),
      uploadOnly: fc.boolean(),
      client: fc.string({ maxLength: 40 }),
      port,
      requestQueue: fc.integer({ min: 1, max: 65_536 }),
      metadataSize: fc.integer({ min: 1, max: MAX_METAINFO }),
      yourAddress: host,
    },
    { requiredKeys: ['extensions'] },
  )

  test('is read as it was written', () => {
    fc.assert(
      fc.property(handshake, (written) => {
        expect(decodeExtensionHandshake(encodeExtensionHandshake(written))).toEqual(written)
      }),
    )
  })

  test('is written as the BEP says, and read with what Shoal does not know', () => {
    expect(
      text(
        encodeExtensionHandshake({
          extensions: new Map([
            ['ut_pex', 1],
            ['ut_metadata', 3],
          ]),
          uploadOnly: true,
          client: 'µTorrent 1.2',
          port: 6881,
          requestQueue: 250,
          metadataSize: 31_235,
          yourAddress: '1.2.3.4',
        }),
      ),
    ).toBe(
      'd1:md11:ut_metadatai3e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e4:reqqi250e' +
        '11:upload_onlyi1e1:v13:\xc2\xb5Torrent 1.26:yourip4:\x01\x02\x03\x04e',
    )
    expect(
      decodeExtensionHandshake(
        bytes('d1:md11:LT_metadatai1e6:ut_pexi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e'),
      ),
    ).toEqual({ extensions: new Map([['ut_pex', 2]]), client: 'µTorrent 1.2', port: 6881 })
  })

  test('fields that cannot be used count as absent', () => {
    const none = { extensions: new Map() }
    for (const odd of [
      'de',
      'd1:mi1ee',
      'd1:md11:ut_metadata1:16:ut_pexi256eee',
      'd13:metadata_sizei0ee',
      `d13:metadata_sizei${MAX_METAINFO + 1}ee`,
      'd1:pi0ee',
      'd1:pi65536ee',
      'd4:reqqi0ee',
      'd4:reqqi65537ee',
      'd1:v1:\xffe',
      `d1:v129:${'a'.repeat(129)}e`,
      'd6:yourip5:12345e',
      'd11:upload_onlyi-1ee',
    ])
      expect(decodeExtensionHandshake(bytes(odd)), odd).toEqual(none)
    for (const no of ['', 'le', 'i1e', 'd', 'dee'])
      expect(decodeExtensionHandshake(bytes(no)), no).toBeUndefined()
  })
})

describe('the metadata of BEP 9', () => {
  test.each([
    ['d8:msg_typei0e5:piecei0ee', { kind: 'request', piece: 0 }],
    ['d8:msg_typei2e5:piecei0ee', { kind: 'reject', piece: 0 }],
    [
      'd8:msg_typei1e5:piecei0e10:total_sizei3eexyz',
      { kind: 'data', piece: 0, totalSize: 3, data: bytes('xyz') },
    ],
  ] as const)('%s is read and written as the BEP says', (wire, message) => {
    expect(decodeMetadata(bytes(wire))).toEqual(message)
    expect(text(encodeMetadata(message))).toBe(wire)
  })

  test('every piece of any metadata is read as it was written, of its one length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_METAINFO }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (totalSize, at) => {
          const piece = Math.floor(at * Math.ceil(totalSize / 16_384))
          const data = new Uint8Array(metadataPieceLength(piece, totalSize)).fill(0x65)
          const message = { kind: 'data', piece, totalSize, data } as const
          const read = decodeMetadata(encodeMetadata(message))
          expect({ ...read, data: undefined }).toEqual({ ...message, data: undefined })
          expect(read?.kind === 'data' && equalBytes(read.data, data)).toBe(true)
          for (const other of [data.subarray(1), new Uint8Array([...data, 0])])
            expect(decodeMetadata(encodeMetadata({ ...message, data: other }))).toBeUndefined()
        },
      ),
      { numRuns: 50 },
    )
  })

  test('types to come are told apart from what is malformed', () => {
    expect(decodeMetadata(bytes('d8:msg_typei3ee'))).toEqual({ kind: 'other' })
    for (const no of [
      'de',
      'd8:msg_type1:05:piecei0ee',
      'd8:msg_typei0ee',
      'd8:msg_typei0e5:piecei-1ee',
      'd8:msg_typei0e5:piecei765ee',
      'd8:msg_typei1e5:piecei0eex',
      'd8:msg_typei1e5:piecei1e10:total_sizei16384ee',
      'd8:msg_typei0e5:piecei0e',
      'x',
    ])
      expect(decodeMetadata(bytes(no)), no).toBeUndefined()
    expect(decodeMetadata(bytes('d8:msg_typei0e5:piecei764ee'))).toEqual({ kind: 'request', piece: 764 })
  })
})

describe('peer exchange of BEP 11', () => {
  test('is written as the BEP says', () => {
    const message = {
      added: [
        { host: '1.2.3.4', port: 6881, flags: 0x12 },
        { host: '::1', port: 80, flags: 1 },
      ],
      dropped: [{ host: '5.6.7.8', port: 1 }],
    }
    expect(text(encodePex(message))).toBe(
      'd5:added6:\x01\x02\x03\x04\x1a\xe17:added.f1:\x12' +
        `6:added618:${'\0'.repeat(15)}\x01\0\x508:added6.f1:\x017:dropped6:\x05\x06\x07\x08\0\x018:dropped60:e`,
    )
    expect(decodePex(encodePex(message))).toEqual(message)
  })

  test('is read as it was written, IPv4 first', () => {
    const peer = fc.record({ host, port, flags: fc.nat(255) })
    const isSix = ({ host: of }: { host: string }): number => Number(of.includes(':'))
    fc.assert(
      fc.property(
        fc.array(peer, { maxLength: 50 }),
        fc.array(fc.record({ host, port }), { maxLength: 50 }),
        (added, dropped) => {
          expect(decodePex(encodePex({ added, dropped }))).toEqual({
            added: added.toSorted((left, right) => isSix(left) - isSix(right)),
            dropped: dropped.toSorted((left, right) => isSix(left) - isSix(right)),
          })
        },
      ),
    )
  })

  test('flags that are missing count as none, contacts without a port and names are left out', () => {
    expect(decodePex(bytes('d5:added12:\x01\x02\x03\x04\0\0\x05\x06\x07\x08\0\x017:added.f1:\x01e'))).toEqual(
      {
        added: [{ host: '5.6.7.8', port: 1, flags: 0 }],
        dropped: [],
      },
    )
    const named = { host: 'a.name', port: 1 }
    expect(decodePex(encodePex({ added: [{ ...named, flags: 0 }], dropped: [named] }))).toEqual({
      added: [],
      dropped: [],
    })
  })

  test('what is over 200 contacts of a field is left out, and a cut one refused', () => {
    const added = new Uint8Array(6 * 201).fill(1)
    expect(decodePex(encodeBencode({ added }))?.added).toHaveLength(200)
    expect(decodePex(encodeBencode({ added: added.subarray(1) }))).toBeUndefined()
    expect(decodePex(encodeBencode({ dropped6: new Uint8Array(17) }))).toBeUndefined()
  })
})

describe('the registry', () => {
  const own = ownExtensions()
  const messages: SentExtension[] = [
    { name: 'ut_metadata', message: { kind: 'request', piece: 3 } },
    { name: 'ut_pex', message: { added: [], dropped: [{ host: '1.2.3.4', port: 5 }] } },
    { name: 'lt_donthave', message: { piece: 9 } },
  ]

  test('ids are not zero and no two the same', () => {
    expect(new Set(own.values()).size).toBe(EXTENSION_NAMES.length)
    expect([...own.values()].every((id) => id > 0 && id < 256)).toBe(true)
    expect([...ownExtensions(['ut_metadata']).keys()]).toEqual(['ut_metadata'])
  })

  test.each(messages)('$name is sent by the id of the receiver and read by it', (message) => {
    const sent = extensionMessage(own, message)
    expect(sent && decodeExtended(sent)).toEqual(message)
    expect(extensionMessage(new Map([[message.name, 77]]), message)?.id).toBe(77)
    expect(extensionMessage(new Map(), message)).toBeUndefined()
  })

  test('BEP 54: a piece that is gone is one integer', () => {
    const [, , gone] = messages
    expect(gone && extensionMessage(own, gone)?.payload).toEqual(Uint8Array.of(0, 0, 0, 9))
    expect(decodeDontHave(new Uint8Array(5))).toBeUndefined()
  })

  test('the handshake has id 0, an id of no extension is unknown, a bad payload malformed', () => {
    const handshake = { extensions: own }
    const sent = extensionHandshakeMessage(handshake)
    expect(sent.id).toBe(0)
    expect(decodeExtended(sent)).toEqual({ name: 'handshake', message: handshake })
    const payload = bytes('x')
    expect(decodeExtended({ kind: 'extended', id: 99, payload })).toEqual({ name: 'unknown', id: 99 })
    for (const id of [0, ...own.values()])
      expect(decodeExtended({ kind: 'extended', id, payload })).toEqual({ name: 'malformed', id })
  })

  test('a later handshake adds and turns off (BEP 10)', () => {
    const first = mergeExtensions(
      new Map(),
      new Map([
        ['ut_pex', 1],
        ['ut_metadata', 2],
      ]),
    )
    const second = mergeExtensions(
      first,
      new Map([
        ['ut_pex', 0],
        ['lt_donthave', 7],
      ]),
    )
    expect(second).toEqual(
      new Map([
        ['ut_metadata', 2],
        ['lt_donthave', 7],
      ]),
    )
  })

  test('random and mutated payloads never throw', () => {
    const honest = fc.constantFrom(
      ...messages.map((message) => extensionMessage(own, message)?.payload ?? new Uint8Array(0)),
      bytes('d8:msg_typei1e5:piecei0e10:total_sizei3eexyz'),
      encodeExtensionHandshake({ extensions: own, uploadOnly: true, client: 'a', yourAddress: '::1' }),
    )
    const mutated = fc.tuple(honest, fc.nat(), fc.nat(255)).map(([payload, at, byte]) => {
      const copy = payload.slice()
      copy[at % copy.length] = byte
      return copy
    })
    fc.assert(
      fc.property(fc.nat(4), fc.oneof(fc.uint8Array(), mutated), (id, payload) => {
        expect(decodeExtended({ kind: 'extended', id, payload })).toHaveProperty('name')
      }),
      { numRuns: 3000 },
    )
  })

  test('the longest payload, nested or full of entries, is read in its time', () => {
    const start = performance.now()
    for (const odd of ['l', 'd1:a', 'i0e', '0:', 'd8:msg_type'])
      for (let id = 0; id < 4; id++) {
        const payload = bytes(odd.repeat(MAX_EXTENDED).slice(0, MAX_EXTENDED))
        expect(decodeExtended({ kind: 'extended', id, payload }).name).toBe('malformed')
      }
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
