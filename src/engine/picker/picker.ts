import type { Bitfield } from '../../protocol/bitfield.js'
import type { Layout } from '../../protocol/metainfo/layout.js'
import type { Random } from '../random.js'
import { Copies } from './copies.js'
import { beginsAtRandom } from './firstPiece.js'
import { FreeChunks } from './freeChunks.js'
import type { Holdings } from './holdings.js'
import { PieceOrder } from './pieceOrder.js'
import { nextInRow } from './row.js'
import { NORMAL, SKIPPED, WANTED_LEVELS } from './priority.js'
import { Sequence, type Playhead } from './sequence.js'

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

/** Pieces that have begun and that a peer may go on with: its own, one that was left, and one of another peer. */
interface Underway {
  own: number | undefined
  orphan: number | undefined
  joined: number | undefined
}

/**
 * Which chunks to ask of a peer. The pieces of the highest level first; among these it finishes those that it began,
 * then those that others left, then begins the rarest, or in sequence the next; and joins a piece of another only when
 * there is nothing else of that level.
 *
 * Invariants: a chunk is handed out once until it is released; one that was settled never again, nor one of a piece
 * that is skipped.
 */
export class Picker {
  readonly #layout: Layout
  readonly #free: FreeChunks
  /** What the peers have together. */
  readonly copies: Copies
  /** Pieces that have not begun and have free chunks. */
  readonly #unbegun: PieceOrder
  /** Pieces that have begun and have free chunks or chunks under way, with the peer that works on each. */
  readonly #begun = new Map<number, string | undefined>()
  /** Pieces that one peer alone may fetch, since mixed senders hid who lied. */
  readonly #exclusive = new Set<number>()
  #hasPiece = false
  #releases = 0

  constructor(layout: Layout, have: Bitfield, wanted: Bitfield, random: Random) {
    this.#layout = layout
    this.#free = new FreeChunks(layout)
    this.#unbegun = new PieceOrder(layout.pieceCount, random)
    this.copies = new Copies(layout, (piece) => {
      if (this.#unbegun.has(piece)) this.#unbegun.place(piece, this.copies.of(piece))
    })
    for (let piece = 0; piece < layout.pieceCount; piece++) {
      const { first, count } = layout.chunksOf(piece)
      const [had, asked] = [have.countIn(first, count), wanted.countIn(first, count)]
      if (had === count) this.#hasPiece = true
      else if (had === 0 && asked === count) this.#openWhole(piece)
      else if (asked > 0) this.#open(piece, NORMAL, (chunk) => wanted.has(chunk) && !have.has(chunk))
    }
  }

  /** Chunks that nobody was asked for yet. */
  get free(): number {
    return this.#free.total
  }

  /** Changes whenever a peer that was offered nothing may be offered something, without having more than before. */
  get releases(): number {
    return this.#releases
  }

  /** Whether chunks of `piece` are free. */
  isOpen(piece: number): boolean {
    return this.#free.inPiece(piece) > 0
  }

  /** From now on pieces of one level begin in sequence from `playhead` on; undefined: the rarest first. */
  setPlayhead(playhead: Playhead | undefined): void {
    this.#unbegun.sequence = playhead && new Sequence(this.#layout, playhead)
  }

  /**
   * How much `piece` is wanted from now on; at SKIPPED not at all. Where it was skipped, `isFree` tells which of its
   * chunks are neither had nor under way.
   */
  setLevel(piece: number, level: number, isFree: (chunk: number) => boolean): void {
    const before = this.#free.levelOf(piece)
    if (level === before) return
    if (before === SKIPPED) return this.#open(piece, level, isFree)
    this.#free.setLevel(piece, level)
    const isListed = this.#unbegun.has(piece)
    this.#unbegun.delete(piece)
    if (level === SKIPPED) this.#drop(piece)
    else if (isListed) this.#unbegun.add(piece, level, this.copies.of(piece))
  }

  /** Hands out up to `most` chunks to ask `picking.peer` for, in the order in which to ask. */
  pick(picking: Picking, most: number): number[] {
    const picked: number[] = []
    let { after } = picking
    while (picked.length < most) {
      const before = picked.length
      const piece = this.#choosePiece(picking, after)
      if (piece === undefined) break
      this.#takeFrom(piece, picking, most, picked)
      if (picked.length === before) break
      if (after !== undefined) after = piece
    }
    return picked
  }

  /** `chunk` did not come, or what came was thrown away. */
  release(chunk: number): void {
    const piece = this.#layout.pieceOf(chunk)
    if (this.#free.levelOf(piece) === SKIPPED || !this.#free.add(chunk, piece)) return
    this.#releases++
    if (!this.#begun.has(piece)) this.#begin(piece, undefined)
  }

  /** `piece` is complete. */
  complete(piece: number): void {
    this.#hasPiece = true
    this.#drop(piece)
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

  /** `piece`, which was skipped, is wanted. */
  #open(piece: number, level: number, isFree: (chunk: number) => boolean): void {
    this.#free.setLevel(piece, level)
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = first; chunk < first + count; chunk++) if (isFree(chunk)) this.#free.add(chunk, piece)
    const free = this.#free.inPiece(piece)
    if (free === 0) return
    this.#releases++
    if (free < count) this.#begin(piece, undefined)
    else this.#unbegun.add(piece, level, this.copies.of(piece))
  }

  /** `piece`, of which there is nothing yet, is wanted as much as others. */
  #openWhole(piece: number): void {
    this.#free.setLevel(piece, NORMAL)
    this.#free.addPiece(piece)
    this.#releases++
    this.#unbegun.add(piece, NORMAL, this.copies.of(piece))
  }

  /** Nothing of `piece` is left to ask for. */
  #drop(piece: number): void {
    this.#unbegun.delete(piece)
    this.#begun.delete(piece)
    this.#exclusive.delete(piece)
  }

  #begin(piece: number, peer: string | undefined): void {
    this.#begun.set(piece, peer)
    this.#unbegun.delete(piece)
  }

  #choosePiece(picking: Picking, after: number | undefined): number | undefined {
    if (picking.only !== undefined) return this.#chooseOf(picking.only, picking)
    const { own, orphan, joined } = this.#findBegun(picking)
    const isAt = (piece: number | undefined, level: number): piece is number =>
      piece !== undefined && this.#free.levelOf(piece) === level
    for (const level of WANTED_LEVELS) {
      if (!this.#free.hasAt(level)) continue
      if (isAt(own, level)) return own
      if (isAt(orphan, level)) return this.#earlier(orphan, level, picking)
      const unbegun = this.#findUnbegun(level, picking, after)
      if (unbegun !== undefined) return unbegun
      if (isAt(joined, level)) return joined
    }
    return undefined
  }

  #chooseOf(pieces: ReadonlySet<number>, picking: Picking): number | undefined {
    for (const piece of pieces) {
      const owner = this.#begun.get(piece)
      const isOthers = owner !== undefined && owner !== picking.peer && this.#exclusive.has(piece)
      if (!isOthers && this.#canGive(piece, picking)) return piece
    }
    return undefined
  }

  /** Of each kind the first of the highest level. */
  #findBegun(picking: Picking): Underway {
    const found: Underway = { own: undefined, orphan: undefined, joined: undefined }
    for (const [piece, owner] of this.#begun) {
      const kind = owner === picking.peer ? 'own' : owner === undefined ? 'orphan' : 'joined'
      if (kind === 'joined' && this.#exclusive.has(piece)) continue
      if (!this.#isBetter(piece, found[kind]) || !this.#canGive(piece, picking)) continue
      found[kind] = piece
      if (kind === 'own' && this.#free.isTop(this.#free.levelOf(piece))) break
    }
    return found
  }

  #isBetter(piece: number, best: number | undefined): boolean {
    if (best === undefined) return true
    const difference = this.#free.levelOf(piece) - this.#free.levelOf(best)
    const { sequence } = this.#unbegun
    if (difference !== 0 || sequence === undefined) return difference > 0
    return sequence.rankOf(piece) < sequence.rankOf(best)
  }

  /** `orphan`, unless a piece that comes before it in sequence can begin. */
  #earlier(orphan: number, level: number, picking: Picking): number {
    if (this.#unbegun.sequence === undefined) return orphan
    const next = this.#findUnbegun(level, picking)
    return next !== undefined && this.#isBetter(next, orphan) ? next : orphan
  }

  #findUnbegun(level: number, picking: Picking, after?: number): number | undefined {
    const isFit = (piece: number): boolean => this.#canGive(piece, picking)
    const first = this.#unbegun.find(level, isFit)
    if (first === undefined || this.#unbegun.sequence !== undefined) return first
    if (after !== undefined) {
      const isOpen = (piece: number): boolean => this.#unbegun.has(piece) && isFit(piece)
      return nextInRow({ after, otherwise: first, isOpen, pieceLength: this.#layout.pieceLength })
    }
    const { pieceCount, chunksPerPiece } = this.#layout
    const { chunks, isComplete } = picking.holdings
    const offered = isComplete ? pieceCount : Math.ceil(chunks.count / chunksPerPiece)
    const beginning = { hasPiece: this.#hasPiece, offered, pieceCount, copies: this.copies.of(first) }
    return beginsAtRandom(beginning) ? this.#unbegun.findAny(level, isFit) : first
  }

  /** Whether the peer has a chunk of `piece` that is free. */
  #canGive(piece: number, picking: Picking): boolean {
    if (!this.isOpen(piece) || picking.holdings.inPiece(piece) === 0) return false
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = this.#free.firstOf(piece); chunk < first + count; chunk++)
      if (this.#isOpenTo(chunk, picking)) return true
    return false
  }

  #isOpenTo(chunk: number, picking: Picking): boolean {
    return this.#free.has(chunk) && picking.holdings.has(chunk) && !picking.isAvoided(chunk)
  }

  #takeFrom(piece: number, picking: Picking, most: number, picked: number[]): void {
    const { first, count } = this.#layout.chunksOf(piece)
    for (let chunk = this.#free.firstOf(piece); chunk < first + count && picked.length < most; chunk++) {
      if (!this.#isOpenTo(chunk, picking)) continue
      this.#free.delete(chunk, piece)
      picked.push(chunk)
    }
    if (this.#begun.get(piece) === undefined) this.#begin(piece, picking.peer)
  }
}
