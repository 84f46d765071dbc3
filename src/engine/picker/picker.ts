import type { Bitfield } from '../../protocol/bitfield.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Random } from '../random.js'
import type { Holdings } from './holdings.js'
import { RarityOrder } from './rarityOrder.js'

/** Who picks, what it has, and what it must not be asked for. */
export interface Picking {
  readonly peer: string
  readonly holdings: Holdings
  readonly isAvoided: (chunk: number) => boolean
  /** The piece after which it goes on where it can, as each request of its own costs it much; undefined: anywhere. */
  readonly after?: number | undefined
  /** The only pieces that it may be asked for, where it is not all. */
  readonly only?: ReadonlySet<number>
}

/** Bytes that are asked for in a row of who goes on after its last piece, before the rarest is looked for again. */
const ROW = 4 * 1024 * 1024

/** Not free: it is had, not wanted, asked for, or waits for its piece. */
const TAKEN = 1
const FREE = 0

/**
 * Which chunks to ask of a peer: it finishes the pieces that it began, then those that others left,
 * then begins the rarest piece, or where it wants to go on the one after its last, and joins a piece of another only when there is nothing else.
 *
 * Invariants: a chunk is handed out once until it is released; one that was settled never again;
 * `#free[piece]` is the number of chunks of the piece that are free.
 */
export class Picker {
  readonly #layout: Layout
  readonly #state: Uint8Array
  readonly #free: Uint32Array
  /** No chunk of the piece before this one is free: where looking for one begins. */
  readonly #firstFree: Float64Array
  /** Chunks of each piece that the peers have together, without those that have everything: they change no order. */
  readonly #copies: Float64Array
  /** Holdings that were complete when they were counted, and still are. */
  readonly #everywhere = new Set<Holdings>()
  /** Pieces that have not begun and have free chunks. */
  readonly #unbegun: RarityOrder
  /** Pieces that have begun and have free chunks or chunks under way, with the peer that works on each. */
  readonly #begun = new Map<number, string | undefined>()
  /** Pieces that one peer alone may fetch, since mixed senders hid who lied. */
  readonly #exclusive = new Set<number>()
  #freeTotal = 0
  #releases = 0

  constructor(layout: Layout, have: Bitfield, wanted: Bitfield, random: Random) {
    this.#layout = layout
    this.#state = new Uint8Array(layout.chunkCount).fill(TAKEN)
    this.#free = new Uint32Array(layout.pieceCount)
    this.#firstFree = new Float64Array(layout.pieceCount)
    this.#copies = new Float64Array(layout.pieceCount)
    for (let piece = 0; piece < layout.pieceCount; piece++) this.#open(piece, have, wanted)
    this.#unbegun = new RarityOrder(this.#untouched(), layout.pieceCount, random)
  }

  /** Chunks that nobody was asked for yet. */
  get free(): number {
    return this.#freeTotal
  }

  /** Changes whenever a peer that was offered nothing may be offered something, without having more than before. */
  get releases(): number {
    return this.#releases
  }

  /** Whether chunks of `piece` are free. */
  isOpen(piece: number): boolean {
    return this.#freeOf(piece) > 0
  }

  /** Counts what a peer has among the copies. */
  count(holdings: Holdings): void {
    if (holdings.isComplete) this.#everywhere.add(holdings)
    else this.#countEach(holdings, 1)
  }

  /** Takes back what `count` did with the same holdings. */
  uncount(holdings: Holdings): void {
    if (!this.#everywhere.delete(holdings)) this.#countEach(holdings, -1)
  }

  /** So many chunks of `piece` were added to holdings that count. */
  countMore(piece: number, chunks: number): void {
    this.#addCopies(piece, chunks)
  }

  /** A chunk of `piece` was removed from `holdings`, which count. */
  countLess(holdings: Holdings, piece: number): void {
    if (this.#everywhere.delete(holdings)) this.#countEach(holdings, 1)
    else this.#addCopies(piece, -1)
  }

  /** Hands out up to `most` chunks to ask `picking.peer` for, in the order in which to ask. */
  pick(picking: Picking, most: number): number[] {
    const picked: number[] = []
    let { after } = picking
    while (picked.length < most) {
      const before = picked.length
      const piece = this.#choosePiece(picking, after)
      if (piece === undefined) break
      if (after !== undefined) after = piece
      this.#takeFrom(piece, picking, most, picked)
      if (picked.length === before) break
    }
    return picked
  }

  /** `chunk` did not come, or what came was thrown away. */
  release(chunk: number): void {
    if (this.#state[chunk] === FREE) return
    const piece = this.#layout.pieceOf(chunk)
    this.#state[chunk] = FREE
    this.#firstFree[piece] = Math.min(this.#firstFree[piece] ?? 0, chunk)
    this.#free[piece] = this.#freeOf(piece) + 1
    this.#freeTotal++
    this.#releases++
    if (!this.#begun.has(piece)) this.#begin(piece, undefined)
  }

  /** `piece` is complete. */
  complete(piece: number): void {
    this.#unbegun.delete(piece)
    this.#begun.delete(piece)
    this.#exclusive.delete(piece)
  }

  /** `peer` is gone: others may go on with its pieces. */
  leave(peer: string): void {
    for (const [piece, owner] of this.#begun) {
      if (owner !== peer) continue
      this.#begun.set(piece, undefined)
      if (this.#exclusive.has(piece)) this.#releases++
    }
  }

  /** From now on one peer alone fetches `piece`. */
  makeExclusive(piece: number): void {
    this.#exclusive.add(piece)
    this.#begin(piece, undefined)
  }

  #open(piece: number, have: Bitfield, wanted: Bitfield): void {
    const { first, count } = this.#layout.chunksOf(piece)
    let free = 0
    this.#firstFree[piece] = first
    for (let chunk = first; chunk < first + count; chunk++) {
      if (!wanted.has(chunk) || have.has(chunk)) continue
      this.#state[chunk] = FREE
      free++
    }
    this.#free[piece] = free
    this.#freeTotal += free
    if (free > 0 && free < count) this.#begun.set(piece, undefined)
  }

  #begin(piece: number, peer: string | undefined): void {
    this.#begun.set(piece, peer)
    this.#unbegun.delete(piece)
  }

  *#untouched(): Generator<number> {
    for (let piece = 0; piece < this.#layout.pieceCount; piece++)
      if (this.#freeOf(piece) > 0 && !this.#begun.has(piece)) yield piece
  }

  #choosePiece(picking: Picking, after: number | undefined): number | undefined {
    if (picking.only !== undefined) return this.#chooseOf(picking.only, picking)
    let orphan: number | undefined
    let joined: number | undefined
    for (const [piece, owner] of this.#begun) {
      if (!this.#canGive(piece, picking)) continue
      if (owner === picking.peer) return piece
      if (owner === undefined) orphan ??= piece
      else if (!this.#exclusive.has(piece)) joined ??= piece
    }
    if (orphan !== undefined) return orphan
    return (after === undefined ? this.#rarest(picking) : this.#nextInRow(picking, after)) ?? joined
  }

  /** The piece after `after` in its row, else the first that can be asked for in a row up to the rarest. */
  #nextInRow(picking: Picking, after: number): number | undefined {
    const perRow = Math.ceil(ROW / this.#layout.pieceLength)
    const isInRow = (piece: number): boolean => this.#unbegun.has(piece) && this.#canGive(piece, picking)
    if ((after + 1) % perRow !== 0 && isInRow(after + 1)) return after + 1
    let first = this.#rarest(picking)
    while (first !== undefined && first % perRow !== 0 && isInRow(first - 1)) first--
    return first
  }

  #chooseOf(pieces: ReadonlySet<number>, picking: Picking): number | undefined {
    for (const piece of pieces) {
      const owner = this.#begun.get(piece)
      const isOthers = owner !== undefined && owner !== picking.peer && this.#exclusive.has(piece)
      if (!isOthers && this.#canGive(piece, picking)) return piece
    }
    return undefined
  }

  #rarest(picking: Picking): number | undefined {
    return this.#unbegun.find((piece) => this.#canGive(piece, picking))
  }

  /** Whether the peer has a chunk of `piece` that is free. */
  #canGive(piece: number, picking: Picking): boolean {
    if (this.#freeOf(piece) === 0 || picking.holdings.inPiece(piece) === 0) return false
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = this.#findFree(piece); chunk < first + count; chunk++)
      if (this.#isOpenTo(chunk, picking)) return true
    return false
  }

  /** The first chunk of `piece` that is free; there is one. */
  #findFree(piece: number): number {
    let chunk = this.#firstFree[piece] ?? 0
    while (this.#state[chunk] === TAKEN) chunk++
    this.#firstFree[piece] = chunk
    return chunk
  }

  #isOpenTo(chunk: number, picking: Picking): boolean {
    return this.#state[chunk] === FREE && picking.holdings.has(chunk) && !picking.isAvoided(chunk)
  }

  #takeFrom(piece: number, picking: Picking, most: number, picked: number[]): void {
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = this.#findFree(piece); chunk < first + count && picked.length < most; chunk++) {
      if (!this.#isOpenTo(chunk, picking)) continue
      this.#state[chunk] = TAKEN
      this.#free[piece] = this.#freeOf(piece) - 1
      this.#freeTotal--
      picked.push(chunk)
    }
    if (this.#begun.get(piece) === undefined) this.#begin(piece, picking.peer)
  }

  #freeOf(piece: number): number {
    return this.#free[piece] ?? 0
  }

  #countEach(holdings: Holdings, sign: 1 | -1): void {
    for (let piece = 0; piece < this.#layout.pieceCount; piece++) {
      const chunks = holdings.inPiece(piece)
      if (chunks > 0) this.#addCopies(piece, sign * chunks)
    }
  }

  #addCopies(piece: number, chunks: number): void {
    const copies = (this.#copies[piece] ?? 0) + chunks
    this.#copies[piece] = copies
    if (this.#unbegun.has(piece))
      this.#unbegun.place(piece, Math.floor(copies / this.#layout.chunksOf(piece).count))
  }
}
