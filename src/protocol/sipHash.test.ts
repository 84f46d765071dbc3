import { expect, test } from 'vitest'
import { toHex } from './hex.js'
import { SipHash } from './sipHash.js'

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index)

/** Of the inputs 00, 00 01 and so on under the key 00 01 … 0f: the vectors of the reference implementation. */
const VECTORS: readonly (readonly [length: number, hash: string])[] = [
  [0, '310e0edd47db6f72'],
  [1, 'fd67dc93c539f874'],
  [7, '37d1018bf50002ab'],
  [8, '6224939a79f5f593'],
  [15, 'e545be4961ca29a1'],
]

test.each(VECTORS)('the hash of %i bytes is that of the reference implementation', (length, hash) => {
  const into = new Uint8Array(10)
  new SipHash(counting(16)).write(counting(length), length, into, 1)
  expect(toHex(into)).toBe(`00${hash}00`)
})

test('a hash leaves nothing behind that changes the next', () => {
  const sip = new SipHash(counting(16))
  const first = new Uint8Array(8)
  const second = new Uint8Array(8)
  sip.write(counting(15), 15, first, 0)
  sip.write(counting(15), 15, second, 0)
  expect(second).toEqual(first)
})
