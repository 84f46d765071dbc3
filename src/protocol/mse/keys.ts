import { concatBytes, encodeUtf8 } from '../bytes.js'
import type { Hash } from '../hash.js'
import { Rc4 } from './rc4.js'

/** Bytes of a public key and of the secret, both big-endian: the prime has 768 bits. */
export const KEY_SIZE = 96
/** Of the key stream, before anything is encrypted. */
const DROPPED = 1024

/** One side of a Diffie-Hellman exchange over the prime of MSE, whose private key is kept. */
export interface KeyExchange {
  /** KEY_SIZE bytes. */
  readonly publicKey: Uint8Array
  /** The secret of KEY_SIZE bytes that both sides have; undefined when their key is none. */
  readonly secretWith: (theirKey: Uint8Array) => Uint8Array | undefined
}

/** What MSE hashes: a name in ASCII and what it is about, one after the other. */
const hashOf = (sha1: Hash, name: string, ...parts: readonly Uint8Array[]): Uint8Array =>
  sha1(concatBytes([encodeUtf8(name), ...parts]))

const xor = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  left.map((byte, index) => byte ^ (right[index] ?? 0))

/** What stands after the padding of the one who connected: by it the other side knows where that ends. */
export const syncMark = (sha1: Hash, secret: Uint8Array): Uint8Array => hashOf(sha1, 'req1', secret)

/** How a torrent is named to those who know its info-hash of 20 bytes, and to nobody else. */
export const obfuscatedHash = (sha1: Hash, infoHash: Uint8Array): Uint8Array => hashOf(sha1, 'req2', infoHash)

/** Covers an obfuscated hash on its way, so that no two connections show the same one, and uncovers it. */
export const coverHash = (sha1: Hash, obfuscated: Uint8Array, secret: Uint8Array): Uint8Array =>
  xor(obfuscated, hashOf(sha1, 'req3', secret))

/** The key streams of both directions, each used once by who sends and once by who receives. */
export interface KeyStreams {
  /** From the one who connected. */
  readonly fromInitiator: Rc4
  readonly fromResponder: Rc4
}

export const keyStreams = (sha1: Hash, secret: Uint8Array, infoHash: Uint8Array): KeyStreams => ({
  fromInitiator: new Rc4(hashOf(sha1, 'keyA', secret, infoHash), DROPPED),
  fromResponder: new Rc4(hashOf(sha1, 'keyB', secret, infoHash), DROPPED),
})
