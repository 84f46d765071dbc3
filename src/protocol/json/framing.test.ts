import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonFraming } from './framing.js'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

const cut = (bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] => {
  const parts: Uint8Array[] = []
  let offset = 0
  for (let turn = 0; offset < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    parts.push(bytes.subarray(offset, offset + size))
    offset += size
  }
  return parts
}

test('B4 messages come out whole however the stream is cut, with any white space between them', () => {
  const messages = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })))
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
  fc.assert(
    fc.property(messages, sizes, fc.constantFrom('', '\n', ' \r\n\t'), (values, lengths, gap) => {
      const stream = encode(values.map((value) => gap + JSON.stringify(value)).join(''))
      const framing = new JsonFraming(65536)
      const seen = cut(stream, lengths).flatMap((part) => framing.push(part).messages.map(decode))
      expect(seen).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown))
      expect(framing.isMidMessage).toBe(false)
    }),
  )
})

test('a message of exactly the limit passes and one byte more is refused, in one part or in many', () => {
  for (const size of [1, 7, 100]) {
    const message = encode(JSON.stringify({ A: 'x'.repeat(92) }))
    expect(message.length).toBe(100)
    const exact = new JsonFraming(100)
    expect(cut(message, [size]).flatMap((part) => exact.push(part).messages)).toHaveLength(1)
    const small = new JsonFraming(99)
    const results = cut(message, [size]).map((part) => small.push(part))
    expect(results.flatMap((result) => result.messages)).toHaveLength(0)
    expect(results.at(-1)?.fault).toBe('too-large')
  }
})

test('nesting over the limit and anything but an object is refused', () => {
  expect(new JsonFraming(1000).push(encode('{"a":' + '['.repeat(16))).fault).toBe('too-deep')
  expect(new JsonFraming(1000).push(encode('{"a":' + '['.repeat(15))).fault).toBeUndefined()
  for (const bad of ['[1]', '1', '"a"', 'GET /', '}']) {
    expect(new JsonFraming(1000).push(encode(bad)).fault).toBe('not-an-object')
  }
})

test('messages before a fault are delivered, and nothing after it', () => {
  const framing = new JsonFraming(1000)
  const first = framing.push(encode('{"a":1}{"b":2}x{"c":3}'))
  expect(first.messages.map(decode)).toEqual([{ a: 1 }, { b: 2 }])
  expect(first.fault).toBe('not-an-object')
  expect(framing.push(encode('{"d":4}')).messages).toHaveLength(0)
})

test('random bytes never throw and never hold more than the limit', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (parts) => {
      const framing = new JsonFraming(100)
      for (const part of parts)
        for (const message of framing.push(part).messages) expect(message.length).toBeLessThanOrEqual(100)
    }),
  )
})

test('what is held is a copy: the buffer that a part came in may be used again', () => {
  const framing = new JsonFraming(1000)
  const buffer = Buffer.from('{"a":"first')
  framing.push(buffer)
  buffer.fill(0x20)
  expect(framing.push(encode(' part"}')).messages.map(decode)).toEqual([{ a: 'first part' }])
})

/** Bytes in use once what nobody holds is gone. */
const memoryInUse = (): number => {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

test('a message that comes byte by byte costs about its size, not an object for each byte', () => {
  const framings = Array.from({ length: 4 }, () => new JsonFraming(65536))
  const before = memoryInUse()
  for (const framing of framings) {
    framing.push(encode('{"a":"'))
    for (let count = 0; count < 50_000; count++) framing.push(encode('x'))
  }
  expect(memoryInUse() - before).toBeLessThan(4 * 2 * 65536 + 1_000_000)
  expect(framings.map((framing) => framing.held)).toEqual(Array(4).fill(50_006))
})
