import { concatBytes, equalBytes } from '../bytes.js'
import { lengthPrefixed, methodField, readLengthPrefixed, readMethods, VERIFICATION } from './fields.js'
import {
  MseHandshake,
  PLAINTEXT,
  randomPadding,
  RC4,
  streamOf,
  zeroPadding,
  type MseFault,
  type MseMeans,
  type MseTalk,
} from './handshake.js'
import { coverHash, KEY_SIZE, keyStreams, syncMark } from './keys.js'
import type { Line } from './line.js'
import type { Rc4 } from './rc4.js'

/** Bytes of IA, what is sent along with the handshake: 68 of the wire's own, and a bit field of 130,000 pieces. */
const MAX_INITIAL_PAYLOAD = 16 * 1024

export interface ResponderOptions extends MseMeans {
  /** The info-hash, of 20 bytes, of a torrent served here, by its `obfuscatedHash`. */
  readonly infoHashOf: (obfuscated: Uint8Array) => Uint8Array | undefined
}

/** The side that was connected to. It takes plain payload where the other side allows it: that costs nothing a byte. */
export const mseResponder = (options: ResponderOptions): MseHandshake =>
  new MseHandshake((line) => respond(line, options))

function* respond(line: Line, options: ResponderOptions): MseTalk {
  const { sha1, keys } = options
  const secret = keys.secretWith(yield* line.take(KEY_SIZE))
  if (secret === undefined) return 'no-key'
  line.send(keys.publicKey, randomPadding(options))
  const mark = syncMark(sha1, secret)
  if (!(yield* line.passMark(mark))) return 'no-mark'
  const covered = yield* line.take(mark.length)
  const infoHash = options.infoHashOf(coverHash(sha1, covered, secret))
  if (infoHash === undefined) return 'unknown-torrent'
  const { fromInitiator: receiving, fromResponder: sending } = keyStreams(sha1, secret, infoHash)
  const offer = yield* readOffer(line, receiving)
  if (typeof offer === 'string') return offer
  const { method, initial } = offer
  line.send(
    sending.apply(concatBytes([VERIFICATION, methodField(method), lengthPrefixed(zeroPadding(options))])),
  )
  return streamOf(line, { infoHash, method, initial, sending, receiving })
}

interface Offer {
  /** The one chosen of those offered. */
  readonly method: number
  readonly initial: Uint8Array
}

function* readOffer(line: Line, receiving: Rc4): Generator<undefined, Offer | MseFault> {
  const verification = yield* line.take(VERIFICATION.length, receiving)
  if (!equalBytes(verification, VERIFICATION)) return 'not-verified'
  const methods = yield* readMethods(line, receiving)
  const method = [PLAINTEXT, RC4].find((one) => (methods & one) !== 0)
  if (method === undefined) return 'no-common-method'
  if ((yield* readLengthPrefixed(line, receiving)) === undefined) return 'padding-too-long'
  const initial = yield* readLengthPrefixed(line, receiving, MAX_INITIAL_PAYLOAD)
  return initial === undefined ? 'payload-too-long' : { method, initial }
}
