import { createDiffieHellman, randomBytes, type DiffieHellman } from 'node:crypto'
import { KEY_SIZE, type KeyExchange } from '../../protocol/mse/keys.js'

/** The prime of MSE, 768 bits; its generator is 2. */
const PRIME =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
  'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563'
const GENERATOR = Buffer.of(2)
/** Bytes of a private key: the specification finds 160 bits enough for this prime. */
const PRIVATE_KEY_SIZE = 20

/** Made once, when the first is asked for: it then tests the prime, which takes 20 ms; each key after that 0.05 ms. */
let shared: DiffieHellman | undefined

const withPrivateKey = (privateKey: Uint8Array): DiffieHellman => {
  shared ??= createDiffieHellman(PRIME, 'hex', GENERATOR)
  shared.setPrivateKey(privateKey)
  return shared
}

const padded = (number: Uint8Array): Uint8Array => {
  const key = new Uint8Array(KEY_SIZE)
  key.set(number, KEY_SIZE - number.length)
  return key
}

/** A new pair of keys for one handshake. */
export const newKeyExchange = (): KeyExchange => {
  const privateKey = randomBytes(PRIVATE_KEY_SIZE)
  return {
    publicKey: padded(withPrivateKey(privateKey).generateKeys()),
    secretWith: (theirKey) => {
      try {
        return padded(withPrivateKey(privateKey).computeSecret(theirKey))
      } catch {
        // OpenSSL refuses 0, 1 and the prime. Other weak keys harm only who sends them.
        return undefined
      }
    },
  }
}
