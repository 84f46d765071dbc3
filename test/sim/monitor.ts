import type { End } from './link.js'
import type { SimPeer } from './peer.js'

/** Watches a run: counts blocks, and throws where the engine breaks what always holds. */
export class Monitor {
  /** Blocks that arrived and counted, came in vain, or were lies. */
  useful = 0
  duplicate = 0
  wrong = 0
  /** Requests for a chunk that was under way already; all of the endgame, or the run would have ended. */
  askedTwice = 0
  readonly #pieceOf: (chunk: number) => number

  constructor(pieceOf: (chunk: number) => number) {
    this.#pieceOf = pieceOf
  }

  arrived(isNeeded: boolean, isLie: boolean): void {
    if (isLie) this.wrong++
    else if (isNeeded) this.useful++
    else this.duplicate++
  }

  /** Each request is of what the other has, is missing here, and is under way only where all that is missing is. */
  asks(peer: SimPeer, end: End | undefined, chunks: readonly number[]): void {
    if (end === undefined) return
    const missing = peer.chunks.size - peer.chunks.count
    for (const chunk of chunks) {
      if (peer.chunks.has(chunk)) throw new Error(`${peer.key} asks for chunk ${chunk}, which it has`)
      if (!end.heard.has(this.#pieceOf(chunk)))
        throw new Error(`${peer.key} asks ${end.key} for chunk ${chunk}, which that one does not have`)
      if (end.asked.has(chunk)) throw new Error(`${peer.key} asks ${end.key} for chunk ${chunk} again`)
      if ((peer.underWay[chunk] ?? 0) === 0) continue
      this.askedTwice++
      if (peer.underWayCount < missing)
        throw new Error(`${peer.key} asks for chunk ${chunk} twice while others are free`)
    }
  }
}
