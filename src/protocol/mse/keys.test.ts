import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { toHex } from '../hex.js'
import { coverHash, keyStreams, obfuscatedHash, syncMark } from './keys.js'

const sha1 = (data: Uint8Array): Uint8Array => createHash('sha1').update(data).digest()
const secret = Uint8Array.from({ length: 96 }, (_, index) => index)
const infoHash = Uint8Array.from({ length: 20 }, (_, index) => 100 + index)

// Computed with Python's hashlib and RC4 written anew, by the specification.
test('what is derived from a secret and an info-hash is what the specification says', () => {
  const { fromInitiator, fromResponder } = keyStreams(sha1, secret, infoHash)
  expect(toHex(fromInitiator.apply(new Uint8Array(16)))).toBe('52c18994385a358ca8ccf24a5ec3be54')
  expect(toHex(fromResponder.apply(new Uint8Array(16)))).toBe('45fc837c421cf38c9ef10339111a1d5a')
  expect(toHex(syncMark(sha1, secret))).toBe('ed37476cccf63496894d66db14b9806c8c9efe3e')
  const obfuscated = obfuscatedHash(sha1, infoHash)
  expect(toHex(obfuscated)).toBe('fe8811640d96d350501a13baa0553941fef6faf0')
  const covered = coverHash(sha1, obfuscated, secret)
  expect(toHex(covered)).toBe('b70eed1f9125a064b5b14f8a94d4169a393b7f83')
  expect(toHex(coverHash(sha1, covered, secret))).toBe(toHex(obfuscated))
})
