import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePeerId } from '../ids.js'
import { clientName } from './clientName.js'
import { wirePeerIdOf } from './peerId.js'

const id = (text: string): Uint8Array => Uint8Array.from(text.padEnd(20, 'x'), (one) => one.charCodeAt(0))

test('BEP 20: a peer id of Azureus style tells which client it is', () => {
  expect(clientName(id('-qB4520-'), undefined)).toBe('qBittorrent 4.5.2')
  expect(clientName(id('-TR3000-'), undefined)).toBe('Transmission 3.0')
  expect(clientName(id('-TR400Z-'), '')).toBe('Transmission 4.0.0.35')
  const own = parsePeerId('0123456789abcdef0123456789abcdef')
  expect(own && clientName(wirePeerIdOf(own), undefined)).toBe('Shoal 0.1')
  for (const unknown of ['-??1000-', '-ZZ1000-', 'M7-9-2--', '-qB45-', ''])
    expect(clientName(id(unknown), undefined)).toBe(undefined)
})

test('BEP 10: what a client says of itself counts more, and nothing of it is obeyed', () => {
  expect(clientName(id('-TR3000-'), 'Transmission 3.00')).toBe('Transmission 3.00')
  expect(clientName(id('-TR3000-'), '\u001b[31mevil\u202e\u0000')).toBe('[31mevil')
  expect(clientName(id('-TR3000-'), '\u0007')).toBe('Transmission 3.0')
  expect(clientName(id(''), 'x'.repeat(500))).toHaveLength(40)
})

test('any bytes give a name without controls, or none', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 30 }),
      fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      (bytes, said) => {
        expect(clientName(bytes, said) ?? '').not.toMatch(/[\p{Cc}\u202d\u202e]/u)
      },
    ),
  )
})
