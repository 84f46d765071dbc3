import { createHash, type Hash } from 'node:crypto'
import { sha1 } from '../hash/job.js'

/** Pieces of one download that are hashed at once: several for each peer that is asked. A state takes less than 1 KiB. */
const MAX_RUNNING = 256

/** Where in its piece a run lies. */
export interface PiecePart {
  readonly piece: number
  /** Bytes from the piece's start. */
  readonly offset: number
  /** Whether it ends the piece. */
  readonly isLast: boolean
}

interface RunningHash {
  readonly hash: Hash
  /** Bytes that were hashed. */
  length: number
}

/**
 * The SHA-1 of pieces of one download, each taken part by part as these come in order. A piece whose parts come otherwise,
 * or that was dropped for others, has none.
 * Invariant: the piece that grew last is the last of `#running`; of each the first `length` bytes are hashed, each once.
 */
export class PieceHashes {
  readonly #running = new Map<number, RunningHash>()

  /** Hashes a part; returns the digest where with it the whole piece is hashed. */
  add({ piece, offset, isLast }: PiecePart, bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const begun = this.#take(piece)
    if (offset === 0 && isLast) return new Uint8Array(sha1(bytes))
    const running = offset === 0 ? { hash: createHash('sha1'), length: 0 } : begun
    if (running?.length !== offset) return undefined
    running.hash.update(bytes)
    if (isLast) return new Uint8Array(running.hash.digest())
    running.length += bytes.length
    this.#keep(piece, running)
    return undefined
  }

  /** The piece has no digest, unless all its parts come anew. */
  forget(piece: number): void {
    this.#running.delete(piece)
  }

  #take(piece: number): RunningHash | undefined {
    const running = this.#running.get(piece)
    this.#running.delete(piece)
    return running
  }

  #keep(piece: number, running: RunningHash): void {
    this.#running.set(piece, running)
    if (this.#running.size <= MAX_RUNNING) return
    for (const oldest of this.#running.keys()) return this.forget(oldest)
  }
}
