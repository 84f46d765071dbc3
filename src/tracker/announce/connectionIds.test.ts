import { expect, test } from 'vitest'
import { ConnectionIds } from './connectionIds.js'

const SECRET = new Uint8Array(16).fill(7)
const MINUTE = 60_000

const idOf = (ids: ConnectionIds, address: string, now: number): Uint8Array => {
  const id = new Uint8Array(8)
  ids.write(address, now, id, 0)
  return id
}

test('an id is good for two minutes whenever it was given, and never for more than four', () => {
  const ids = new ConnectionIds(SECRET)
  for (const given of [0, 1, MINUTE, 2 * MINUTE - 1, 7 * MINUTE]) {
    const id = idOf(ids, '192.0.2.1', given)
    expect(ids.isValid('192.0.2.1', given, id)).toBe(true)
    expect(ids.isValid('192.0.2.1', given + 2 * MINUTE, id)).toBe(true)
    expect(ids.isValid('192.0.2.1', given + 4 * MINUTE, id)).toBe(false)
  }
})

test('an id is good for the address alone that it was given to', () => {
  const ids = new ConnectionIds(SECRET)
  const id = idOf(ids, '192.0.2.1', 0)
  for (const other of ['192.0.2.2', '192.0.2.10', '2001:db8::1', ''])
    expect(ids.isValid(other, 0, id)).toBe(false)
})

test('who does not know the secret cannot make an id', () => {
  const id = idOf(new ConnectionIds(SECRET), '192.0.2.1', 0)
  expect(new ConnectionIds(new Uint8Array(16).fill(8)).isValid('192.0.2.1', 0, id)).toBe(false)
  expect(new ConnectionIds(SECRET).isValid('192.0.2.1', 0, new Uint8Array(8))).toBe(false)
})
