import type { Layout } from '../../protocol/metainfo/layout.js'
import { SKIPPED, WANTED_LEVELS } from './priority.js'

const FREE = 1

/**
 * The chunks that nobody was asked for yet, and how urgent the piece of each is.
 *
 * Invariants: a piece at level SKIPPED has none; `total`, `inPiece` and `#atLevel` count those that there are.
 */
export class FreeChunks {
  readonly #layout: Layout
  readonly #state: Uint8Array
  readonly #perPiece: Uint32Array
  /** No chunk of the piece before this one is free: where looking for one begins. */
  readonly #firstFree: Float64Array
  readonly #levels: Uint8Array
  readonly #atLevel = [0, 0, 0, 0]
  #total = 0

  /** None is free yet, and every piece is skipped. */
  constructor(layout: Layout) {
    this.#layout = layout
    this.#state = new Uint8Array(layout.chunkCount)
    this.#perPiece = new Uint32Array(layout.pieceCount)
    this.#firstFree = new Float64Array(layout.pieceCount).fill(Infinity)
    this.#levels = new Uint8Array(layout.pieceCount)
  }

  get total(): number {
    return this.#total
  }

  has(chunk: number): boolean {
    return this.#state[chunk] === FREE
  }

  inPiece(piece: number): number {
    return this.#perPiece[piece] ?? 0
  }

  /** The first of `piece`, which has one. */
  firstOf(piece: number): number {
    let chunk = this.#firstFree[piece] ?? 0
    while (!this.has(chunk)) chunk++
    this.#firstFree[piece] = chunk
    return chunk
  }

  levelOf(piece: number): number {
    return this.#levels[piece] ?? SKIPPED
  }

  /** Whether a piece at `level` has one. */
  hasAt(level: number): boolean {
    return this.#countAt(level) > 0
  }

  /** Whether nothing more urgent than `level` is free. */
  isTop(level: number): boolean {
    for (const other of WANTED_LEVELS) if (other > level && this.hasAt(other)) return false
    return true
  }

  /** Puts `piece` at `level`; at SKIPPED none of its chunks is free any more. */
  setLevel(piece: number, level: number): void {
    if (level === SKIPPED) this.#clear(piece)
    const free = this.inPiece(piece)
    this.#add(this.levelOf(piece), -free)
    this.#add(level, free)
    this.#levels[piece] = level
  }

  /** All chunks of `piece`, which is not skipped, are free, and none was. */
  addPiece(piece: number): void {
    const { first, count } = this.#layout.chunksOf(piece)
    this.#state.fill(FREE, first, first + count)
    this.#firstFree[piece] = first
    this.#change(piece, count)
  }

  /** `chunk` of `piece`, which is not skipped, is free; returns whether it was not. */
  add(chunk: number, piece: number): boolean {
    if (this.has(chunk)) return false
    this.#state[chunk] = FREE
    this.#firstFree[piece] = Math.min(this.#firstFree[piece] ?? 0, chunk)
    this.#change(piece, 1)
    return true
  }

  /** `chunk` of `piece` is taken. */
  delete(chunk: number, piece: number): void {
    if (!this.has(chunk)) return
    this.#state[chunk] = 0
    this.#change(piece, -1)
  }

  #clear(piece: number): void {
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = first; chunk < first + count; chunk++) this.delete(chunk, piece)
  }

  #change(piece: number, change: number): void {
    this.#total += change
    this.#perPiece[piece] = this.inPiece(piece) + change
    this.#add(this.levelOf(piece), change)
  }

  #countAt(level: number): number {
    return this.#atLevel[level] ?? 0
  }

  #add(level: number, change: number): void {
    this.#atLevel[level] = this.#countAt(level) + change
  }
}
