import { concatBytes } from '../bytes.js'
import type { Hash } from '../hash.js'
import { readUint16 } from '../wire/uint.js'
import type { KeyExchange } from './keys.js'
import { Line, MAX_PADDING } from './line.js'
import type { Rc4 } from './rc4.js'

/** What may follow the handshake, as bits of crypto_provide and crypto_select. */
export const PLAINTEXT = 0x01
export const RC4 = 0x02

/** What a handshake needs of the platform. */
export interface MseMeans {
  readonly sha1: Hash
  /** Made for this handshake alone. */
  readonly keys: KeyExchange
  /** So many bytes that nobody can foretell. */
  readonly randomBytes: (count: number) => Uint8Array
}

/** A connection after its handshake. */
export interface MseStream {
  /** The 20 bytes that both sides meant: a v1 info-hash, or the first of a v2 one. */
  readonly infoHash: Uint8Array
  /** What came with the handshake and belongs to what follows it, decrypted. */
  readonly received: Uint8Array
  /** What is sent and received from now on; undefined where it is plain. */
  readonly encrypt: ((bytes: Uint8Array) => Uint8Array) | undefined
  /** In place. */
  readonly decrypt: ((bytes: Uint8Array) => void) | undefined
}

/** Why a handshake failed. */
export type MseFault =
  | 'no-key'
  | 'no-mark'
  | 'unknown-torrent'
  | 'not-verified'
  | 'padding-too-long'
  | 'payload-too-long'
  | 'no-common-method'

export interface MseStep {
  /** To be sent now, also with a fault or the end. */
  readonly send: Uint8Array
  readonly done: MseStream | undefined
  readonly fault: MseFault | undefined
}

/** One side's part; what it returns is the end. */
export type MseTalk = Generator<undefined, MseStream | MseFault>

const NOTHING = new Uint8Array(0)

/**
 * Message Stream Encryption, one side of the handshake, without IO. It hides from a glance what a connection
 * carries and whose torrent it is about; it proves nobody's identity and is no protection of what is sent.
 *
 * Invariants: holds less than MAX_PADDING + 20, or the longest initial payload; after the end, of
 * either kind, nothing more is taken or sent.
 */
export class MseHandshake {
  readonly #line = new Line()
  readonly #talk: MseTalk
  #isOver = false

  constructor(talk: (line: Line) => MseTalk) {
    this.#talk = talk(this.#line)
  }

  /** What is sent before anything came. */
  begin(): MseStep {
    return this.receive(NOTHING)
  }

  /** Takes the next bytes, wherever the stream is cut. They are copied. */
  receive(chunk: Uint8Array): MseStep {
    if (this.#isOver) return { send: NOTHING, done: undefined, fault: undefined }
    this.#line.push(chunk)
    const { value } = this.#talk.next()
    this.#isOver = value !== undefined
    return {
      send: this.#line.takeOutgoing(),
      done: typeof value === 'object' ? value : undefined,
      fault: typeof value === 'string' ? value : undefined,
    }
  }
}

/** From none to MAX_PADDING, so that a handshake has no telling length. */
const paddingLength = ({ randomBytes }: MseMeans): number => readUint16(randomBytes(2), 0) % (MAX_PADDING + 1)

/** PadA and PadB: they cannot be told from the key before them. */
export const randomPadding = (means: MseMeans): Uint8Array =>
  means.randomBytes(MAX_PADDING).subarray(0, paddingLength(means))

/** PadC and PadD, which are encrypted: zeros, until there is a use for them. */
export const zeroPadding = (means: MseMeans): Uint8Array => new Uint8Array(paddingLength(means))

/** The end of a handshake: what follows has the `method`, and so has what came after `initial`. */
export const streamOf = (
  line: Line,
  end: {
    readonly infoHash: Uint8Array
    readonly method: number
    readonly initial: Uint8Array
    readonly sending: Rc4
    readonly receiving: Rc4
  },
): MseStream => {
  const { infoHash, initial, sending, receiving } = end
  const isPlain = end.method === PLAINTEXT
  const rest = line.takeRest()
  return {
    infoHash,
    received: concatBytes([initial, isPlain ? rest : receiving.apply(rest)]),
    encrypt: isPlain ? undefined : (bytes) => sending.apply(bytes, new Uint8Array(bytes.length)),
    decrypt: isPlain ? undefined : (bytes) => void receiving.apply(bytes),
  }
}
