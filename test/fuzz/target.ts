import { ShoalError, type ErrorCode } from '../../src/protocol/errors.js'
import { digestOf, Random } from './random.js'
import { mutateBytes, wholly } from './mutate.js'
import { mutateStructure, type Grammar } from './tree.js'

/** One decoder, and what it may do with bytes that anybody sent. */
export interface Target {
  readonly name: string
  /** Valid inputs, from which others are made. Those of a grammar must be of it. */
  readonly seeds: readonly Uint8Array[]
  /** In which inputs are changed by structure too. */
  readonly grammar?: Grammar
  /** Its part of a run, beside the others': about thousands of inputs a second. */
  readonly weight: number
  /** Whether the decoder's documentation names this error. */
  readonly isDocumented: (error: unknown) => boolean
  /** Decodes `input`; also fails where what came out breaks a promise of the decoder. The same input gives the same result. */
  readonly run: (input: Uint8Array) => unknown
}

/** For decoders that answer with a value whatever comes. */
export const nothing = (): boolean => false

/** A ShoalError of one of `codes`. */
export const shoalErrors =
  (...codes: readonly ErrorCode[]) =>
  (error: unknown): boolean =>
    error instanceof ShoalError && codes.includes(error.code)

/** The input that `seed` (32 bits) makes for `target`, always the same. */
export const inputOf = (target: Target, seed: number): Uint8Array => {
  const random = new Random(seed)
  if (random.oneIn(20)) return wholly(random)
  const valid = random.pick(target.seeds)
  if (target.grammar === undefined || random.oneIn(2)) return mutateBytes(valid, random, target.seeds)
  const changed = mutateStructure(valid, target.grammar, random)
  return random.oneIn(4) ? mutateBytes(changed, random, target.seeds) : changed
}

/** Parts of an input of some KiB: its beginning is cut as finely as that of a short one. */
const MAX_PARTS = 200

/** `bytes` cut into parts, at places that follow from the bytes alone. */
export const cut = (bytes: Uint8Array): readonly Uint8Array[] => {
  const random = new Random(digestOf(bytes))
  const finest = random.pick([2, 5, 40, 1 + bytes.length])
  const parts: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + random.below(parts.length < MAX_PARTS ? finest : bytes.length)
    parts.push(bytes.subarray(start, end))
    start = end
  }
  return parts
}
