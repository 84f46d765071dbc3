import type { Holdings } from '../picker/holdings.js'
import type { Picker } from '../picker/picker.js'
import type { Source } from '../peer/source.js'
import type { Progress } from './progress.js'

/** Whether a peer became, or is no longer, one that has something missing here. */
export type Usefulness = 'useful' | 'useless' | undefined

/**
 * The peers of a swarm and what they have.
 *
 * Invariants: the picker counts exactly the holdings of the sources in it; `useful` of each is the number of pieces
 * that it has some of and that are missing here.
 */
export class Roster {
  readonly #sources = new Map<string, Source>()
  readonly #picker: Picker
  readonly #progress: Progress
  readonly #pieceCount: number

  constructor(picker: Picker, progress: Progress, pieceCount: number) {
    this.#picker = picker
    this.#progress = progress
    this.#pieceCount = pieceCount
  }

  get size(): number {
    return this.#sources.size
  }

  get sources(): ReadonlyMap<string, Source> {
    return this.#sources
  }

  get(peer: string): Source | undefined {
    return this.#sources.get(peer)
  }

  has(peer: string): boolean {
    return this.#sources.has(peer)
  }

  add(source: Source): void {
    this.#sources.set(source.peer, source)
  }

  delete(source: Source): void {
    this.#sources.delete(source.peer)
    this.#picker.copies.uncount(source.holdings)
    this.#picker.leave(source.peer)
  }

  /** It said what it has. */
  hold(source: Source, holdings: Holdings): Usefulness {
    this.#picker.copies.uncount(source.holdings)
    this.#picker.copies.count(holdings)
    source.holdings = holdings
    return this.review(source)
  }

  /** Something else is wanted now, or it has something else. */
  review(source: Source): Usefulness {
    const before = source.useful
    source.useful = this.#countUseful(source.holdings)
    return changeOf(before, source.useful)
  }

  /** It has the whole of `piece` now. */
  gain(source: Source, piece: number): Usefulness {
    const before = source.useful
    const had = source.holdings.inPiece(piece)
    const gained = source.holdings.addPiece(piece)
    this.#picker.copies.add(piece, gained)
    if (had === 0 && gained > 0 && this.#progress.isPieceMissing(piece)) source.useful++
    return changeOf(before, source.useful)
  }

  /** It turned out not to have `chunk`. */
  lose(source: Source, chunk: number): Usefulness {
    const before = source.useful
    const piece = source.holdings.remove(chunk)
    if (piece === undefined) return undefined
    this.#picker.copies.remove(source.holdings, piece)
    if (source.holdings.inPiece(piece) === 0 && this.#progress.isPieceMissing(piece)) source.useful--
    return changeOf(before, source.useful)
  }

  /** `piece`, which was wanted, is complete here; returns the sources that have nothing more of use. */
  *complete(piece: number): Generator<Source> {
    for (const source of this.#sources.values()) {
      if (source.holdings.inPiece(piece) > 0 && --source.useful === 0) yield source
    }
  }

  #countUseful(holdings: Holdings): number {
    let useful = 0
    for (let piece = 0; piece < this.#pieceCount; piece++)
      if (holdings.inPiece(piece) > 0 && this.#progress.isPieceMissing(piece)) useful++
    return useful
  }
}

const changeOf = (before: number, after: number): Usefulness =>
  before === 0 && after > 0 ? 'useful' : before > 0 && after === 0 ? 'useless' : undefined
