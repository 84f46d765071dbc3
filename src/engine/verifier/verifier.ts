/** Neighbouring chunks that matched: often all of a piece, so that an object for each would soon be most of the heap. */
export interface VerifiedRun {
  /** The first chunk. */
  readonly first: number
  readonly count: number
  /** Their SHA-256, strung together; undefined in v1 alone, where none is taken. */
  readonly leaves: Uint8Array | undefined
}

/** What follows from a chunk that arrived. */
export interface Verdict {
  /**
   * Of the chunk itself: it counts; it waits until its piece is whole, since nothing proves it yet;
   * or its sender lied: the data or the proof contradicts a hash that is certain.
   */
  readonly outcome: 'verified' | 'waiting' | 'wrong'
  /** What counts from now on: the chunk, and those that waited for it. */
  readonly verified: readonly VerifiedRun[]
  /** Chunks whose piece is whole and does not match, so that one of them at least is wrong. They no longer wait. */
  readonly suspects: readonly number[]
}

/**
 * Decides what counts, as chunks arrive.
 *
 * Invariant: a chunk is verified only when its hash leads to one that was certain before.
 */
export interface Verifier {
  /** `leaf` is the SHA-256 of the chunk's data; `proof` the sibling hashes from it upwards, where the sender gave any. */
  check(chunk: number, leaf: Uint8Array, proof: readonly Uint8Array[] | undefined): Verdict
  /**
   * The same for chunks from `first` on, of one piece, which nothing proves, once `leaves` are known: theirs, strung
   * together. Only those count that wait (`isWaiting`). A chunk that contradicts a hash that is certain is a suspect.
   */
  checkRun(first: number, leaves: Uint8Array, isWaiting: (chunk: number) => boolean): Verdict
  /** Takes a chunk that was verified in an earlier run. */
  restore(chunk: number, leaf: Uint8Array): void
  /** Whether the hash of `chunk` is certain already, so that a proof would add nothing. */
  knows(chunk: number): boolean
}

export const WRONG: Verdict = { outcome: 'wrong', verified: [], suspects: [] }
export const WAITING: Verdict = { outcome: 'waiting', verified: [], suspects: [] }

/** The numbers of `count` chunks from `first` on. */
export const chunksFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index)
