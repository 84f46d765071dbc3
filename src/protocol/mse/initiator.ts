import { concatBytes } from '../bytes.js'
import { lengthPrefixed, methodField, readLengthPrefixed, readMethods, VERIFICATION } from './fields.js'
import {
  MseHandshake,
  PLAINTEXT,
  randomPadding,
  RC4,
  streamOf,
  zeroPadding,
  type MseMeans,
  type MseTalk,
} from './handshake.js'
import { coverHash, KEY_SIZE, keyStreams, obfuscatedHash, syncMark } from './keys.js'
import type { Line } from './line.js'

export interface InitiatorOptions extends MseMeans {
  /** Of the torrent that the connection is about, 20 bytes. */
  readonly infoHash: Uint8Array
  /** IA, sent along with the handshake: that of the wire. At most 65,535 bytes; what others take of it differs. */
  readonly initial: Uint8Array
  /** What may follow the handshake: PLAINTEXT, RC4 or both, which is the default. */
  readonly methods?: number
}

/** The side that connects: `begin` has what it sends first. @throws RangeError when `initial` is too long */
export const mseInitiator = (options: InitiatorOptions): MseHandshake =>
  new MseHandshake((line) => initiate(line, options))

function* initiate(line: Line, options: InitiatorOptions): MseTalk {
  const { sha1, keys, infoHash, initial, methods = PLAINTEXT | RC4 } = options
  line.send(keys.publicKey, randomPadding(options))
  const secret = keys.secretWith(yield* line.take(KEY_SIZE))
  if (secret === undefined) return 'no-key'
  const { fromInitiator: sending, fromResponder: receiving } = keyStreams(sha1, secret, infoHash)
  const offer = [
    VERIFICATION,
    methodField(methods),
    lengthPrefixed(zeroPadding(options)),
    lengthPrefixed(initial),
  ]
  line.send(syncMark(sha1, secret), coverHash(sha1, obfuscatedHash(sha1, infoHash), secret))
  line.send(sending.apply(concatBytes(offer)))
  const mark = receiving.apply(VERIFICATION, new Uint8Array(VERIFICATION.length))
  if (!(yield* line.passMark(mark))) return 'no-mark'
  const method = yield* readMethods(line, receiving)
  const isOffered = (method === PLAINTEXT || method === RC4) && (methods & method) !== 0
  if (!isOffered) return 'no-common-method'
  if ((yield* readLengthPrefixed(line, receiving)) === undefined) return 'padding-too-long'
  return streamOf(line, { infoHash, method, initial: new Uint8Array(0), sending, receiving })
}
