import type { Bitfield } from '../../protocol/bitfield.js'
import type { Layout } from '../../protocol/metainfo/layout.js'

/**
 * What of a torrent is wanted and what is verified.
 *
 * Invariant: `missing` and `missingBytes` count the chunks that are wanted and not had.
 */
export class Progress {
  readonly have: Bitfield
  readonly wanted: Bitfield
  readonly #layout: Layout
  #missing = 0
  #missingBytes = 0

  constructor(layout: Layout, have: Bitfield, wanted: Bitfield) {
    this.#layout = layout
    this.have = have
    this.wanted = wanted
    for (const chunk of wanted) if (!have.has(chunk)) this.#count(chunk, 1)
  }

  get missing(): number {
    return this.#missing
  }

  get missingBytes(): number {
    return this.#missingBytes
  }

  isMissing(chunk: number): boolean {
    return this.wanted.has(chunk) && !this.have.has(chunk)
  }

  /** `chunk` is verified; returns its piece when that is complete with it. */
  add(chunk: number): number | undefined {
    if (!this.have.add(chunk) || !this.wanted.has(chunk)) return undefined
    this.#count(chunk, -1)
    const piece = this.#layout.pieceOf(chunk)
    return this.#isComplete(piece) ? piece : undefined
  }

  #isComplete(piece: number): boolean {
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = first; chunk < first + count; chunk++) if (this.isMissing(chunk)) return false
    return true
  }

  #count(chunk: number, change: 1 | -1): void {
    this.#missing += change
    this.#missingBytes += change * this.#layout.spanOf(chunk).length
  }
}
