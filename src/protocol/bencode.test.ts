import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBencode, encodeBencode, type Bencode, type Encodable } from './bencode.js'
import { ShoalError } from './errors.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const { value } = fc.letrec<{ value: Encodable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(
        fc.tuple(
          fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) }),
          tie('value'),
        ),
        {
          selector: ([key]) => key,
          maxLength: 5,
        },
      )
      .map((entries) => new Map(entries)),
  ),
}))

test('what is written is read back, and is the only form that reads so', () => {
  fc.assert(
    fc.property(value, (original) => {
      const written = encodeBencode(original)
      expect(encodeBencode(decodeBencode(written) as Encodable)).toEqual(written)
    }),
  )
})

test('anything else is refused with BENCODE_INVALID, never another error', () => {
  const refused = (input: Uint8Array): boolean => {
    try {
      return encodeBencode(decodeBencode(input)).length === input.length
    } catch (error) {
      return error instanceof ShoalError && error.code === 'BENCODE_INVALID'
    }
  }
  fc.assert(
    fc.property(value, fc.nat(), fc.nat(255), (original, at, byte) => {
      const written = encodeBencode(original)
      const mutated = written.slice()
      mutated[at % written.length] = byte
      expect(refused(mutated)).toBe(true)
      expect(refused(written.slice(0, at % written.length))).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  '',
  'i',
  'ie',
  'i01e',
  'i-0e',
  'i9007199254740993e',
  '1',
  '5:ab',
  '01:a',
  'd1:b0:1:a0:e',
  'd1:a0:1:a0:e',
  'di1e0:e',
  'le0:',
  'l'.repeat(300),
  'l'.repeat(300) + 'e'.repeat(300),
  '99999999999999999999:',
])('%s is refused', (text) => {
  expect(() => decodeBencode(bytes(text))).toThrow(expect.objectContaining({ code: 'BENCODE_INVALID' }))
})

test('tells where each top-level value stands, so that an info-hash is taken over the bytes as they came', () => {
  const spans: [string, string][] = []
  const text = 'd1:ai1e4:infod1:x1:yee'
  const decoded: Bencode = decodeBencode(bytes(text), {
    onTopLevel: (key, start, end) => spans.push([key, text.slice(start, end)]),
  })
  expect(decoded).toBeInstanceOf(Map)
  expect(spans).toEqual([
    ['a', 'i1e'],
    ['info', 'd1:x1:ye'],
  ])
})
