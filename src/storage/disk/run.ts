import { CHUNK_SIZE } from '../../protocol/limits.js'
import { HASH_SIZE } from '../../protocol/merkle/tree.js'
import { writeSha256 } from '../hash/job.js'
import type { PieceHashes, PiecePart } from './pieceHashes.js'

/** Where a part of a run is written. */
export interface Place {
  /** Of a file that stays open meanwhile; undefined: padding, which is on no disk. */
  readonly descriptor: number | undefined
  /** Bytes from the file's start. */
  readonly position: number
  readonly length: number
}

/** Which hashes are taken of a run: the SHA-256 of each chunk, or the SHA-1 of the piece of which it is a part. */
export type Digest = 'leaves' | PiecePart

/** A run of chunks of one block, to be written and hashed. */
export interface Run {
  /** The memory of the whole block. It may be elsewhere until the result comes, and that brings it back. */
  readonly memory: Uint8Array<ArrayBuffer>
  /** Where in it the run begins; what is written is as long as all places together. */
  readonly start: number
  readonly places: readonly Place[]
  readonly digest: Digest | undefined
}

/** What came of a run. */
export interface RunResult {
  readonly memory: Uint8Array<ArrayBuffer>
  /**
   * The hashes that were asked for, strung together: of a piece, none before its end, nor where its parts came out of
   * order. Undefined where it could not be written.
   */
  readonly digests: Uint8Array | undefined
  /** Of the system, where it could not be written. */
  readonly error: unknown
}

const lengthOf = (run: Run): number => run.places.reduce((total, { length }) => total + length, 0)

/** The hashes of a run; `pieces` are of the download that it is of. */
export const digestsOf = (run: Run, pieces: PieceHashes): Uint8Array<ArrayBuffer> => {
  const bytes = run.memory.subarray(run.start, run.start + lengthOf(run))
  if (run.digest === undefined) return new Uint8Array(0)
  if (run.digest !== 'leaves') return pieces.add(run.digest, bytes) ?? new Uint8Array(0)
  const leaves = new Uint8Array(Math.ceil(bytes.length / CHUNK_SIZE) * HASH_SIZE)
  for (let index = 0; index * CHUNK_SIZE < bytes.length; index++)
    writeSha256(bytes.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE), leaves, index * HASH_SIZE)
  return leaves
}
