import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { KEY_SIZE } from '../../protocol/mse/keys.js'
import { newKeyExchange } from './keyExchange.js'

/** As the specification writes it. */
const PRIME = BigInt(
  '0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563',
)
const toBytes = (number: bigint): Uint8Array =>
  Buffer.from(number.toString(16).padStart(2 * KEY_SIZE, '0'), 'hex')
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % PRIME)
    if ((rest & 1n) === 1n) result = (result * square) % PRIME
  return result
}

test('both sides come to the secret that the arithmetic says, also while other exchanges are under way', () => {
  const exchanges = Array.from({ length: 20 }, () => newKeyExchange())
  for (const { publicKey, secretWith } of exchanges) {
    const ours = toNumber(randomBytes(20))
    const secret = secretWith(toBytes(power(2n, ours)))
    expect(secret).toEqual(Uint8Array.from(toBytes(power(toNumber(publicKey), ours))))
  }
  expect(new Set(exchanges.map(({ publicKey }) => toNumber(publicKey))).size).toBe(20)
})

test('one key in 256 begins with a zero, has 96 bytes all the same, and is as good', () => {
  let exchange = newKeyExchange()
  for (let tries = 0; tries < 10_000 && exchange.publicKey[0] !== 0; tries++) exchange = newKeyExchange()
  const { publicKey, secretWith } = exchange
  expect([publicKey[0], publicKey.length]).toEqual([0, KEY_SIZE])
  expect(secretWith(toBytes(2n ** 7n))).toEqual(Uint8Array.from(toBytes(power(toNumber(publicKey), 7n))))
})

test('what is no key of the group gives no secret, or one, and never throws', () => {
  const { secretWith } = newKeyExchange()
  for (const number of [0n, 1n, PRIME]) expect(secretWith(toBytes(number))).toBeUndefined()
  for (const number of [2n, PRIME - 1n, PRIME + 5n, 2n ** 768n - 1n])
    expect(secretWith(toBytes(number))?.length ?? KEY_SIZE).toBe(KEY_SIZE)
})
