import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAnswer } from './parseAnswer.js'

const plainly = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

test('B5 an answer is read as a JSON parser reads it, whatever CHUNK_DATA and the other fields hold', () => {
  const text = fc.oneof(fc.base64String(), fc.string(), fc.constant('","CHUNK_DATA":"x'), fc.constant('\\'))
  const object = fc.record(
    { OP_CODE: fc.nat(), CHUNK_DATA: fc.oneof(text, fc.nat()), ERROR: text, CHUNK_PROOF: text },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1), (value, indent) => {
      const written = JSON.stringify(value, undefined, indent)
      const isAscii = /^[\x00-\x7f]*$/.test(value.CHUNK_DATA?.toString() ?? '')
      if (isAscii) expect(parseAnswer(Buffer.from(written))).toEqual(plainly(written))
      else expect(parseAnswer(Buffer.from(written))).toBeDefined()
    }),
  )
})

test('rubbish is read as nothing and never throws', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom('"CHUNK_DATA":"', '"', '{', '}', '\\'))
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('')
      if (!text.includes('CHUNK_DATA')) expect(parseAnswer(Buffer.from(text))).toEqual(plainly(text))
      else parseAnswer(Buffer.from(text))
    }),
  )
})
