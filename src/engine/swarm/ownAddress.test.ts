import { expect, test } from 'vitest'
import { OwnAddress } from './ownAddress.js'

test('one host alone is not believed, however often it speaks; two that agree are, unless as many differ', () => {
  const own = new OwnAddress()
  for (let time = 0; time < 5; time++) own.hear('10.0.0.1', '198.51.100.7')
  expect(own.facing('10.0.0.9')).toBeUndefined()
  own.hear('10.0.0.2', '198.51.100.7')
  expect(own.facing('10.0.0.9')).toBe('198.51.100.7')
  own.hear('10.0.0.3', '203.0.113.1')
  expect(own.facing('10.0.0.9')).toBe('198.51.100.7')
  own.hear('10.0.0.4', '203.0.113.1')
  expect(own.facing('10.0.0.9')).toBeUndefined()
})

test('there is an address for each family', () => {
  const own = new OwnAddress()
  for (const teller of ['10.0.0.1', '10.0.0.2']) own.hear(teller, '198.51.100.7')
  expect(own.facing('2001:db8::1')).toBeUndefined()
  for (const teller of ['10.0.0.1', '10.0.0.2']) own.hear(teller, '2001:db8::7')
  expect([own.facing('2001:db8::1'), own.facing('10.0.0.9')]).toEqual(['2001:db8::7', '198.51.100.7'])
})

test('an address that changed is learned from those who speak last', () => {
  const own = new OwnAddress()
  for (let host = 0; host < 40; host++) own.hear(`10.0.0.${host}`, '198.51.100.7')
  for (let host = 0; host < 32; host++) own.hear(`10.0.1.${host}`, '203.0.113.1')
  expect(own.facing('10.0.0.9')).toBe('203.0.113.1')
})
