import type { Random } from '../random.js'

/**
 * Pieces in order of how few copies there are of each; those of equal rarity in an order of chance.
 * A change of one copy moves a piece in constant time: it swaps places at the edges of the runs of equal rarity.
 *
 * Invariants: `#order` is sorted by `#rarity`, `#placeOf` is its inverse, and run `r` ends before `#ends[r]`.
 */
export class RarityOrder {
  readonly #order: number[] = []
  readonly #placeOf: Int32Array
  readonly #rarity: Uint32Array
  readonly #ends: number[] = [0]
  readonly #random: Random

  /** Of pieces below `pieceCount`; there are none in it yet. */
  constructor(pieceCount: number, random: Random) {
    this.#random = random
    this.#placeOf = new Int32Array(pieceCount).fill(-1)
    this.#rarity = new Uint32Array(pieceCount)
  }

  has(piece: number): boolean {
    return (this.#placeOf[piece] ?? -1) >= 0
  }

  /** The rarest that `isFit` accepts. */
  find(isFit: (piece: number) => boolean): number | undefined {
    for (const piece of this.#order) if (isFit(piece)) return piece
    return undefined
  }

  /** Any that `isFit` accepts. */
  findAny(isFit: (piece: number) => boolean): number | undefined {
    const count = this.#order.length
    const start = Math.floor(this.#random() * count)
    for (let step = 0; step < count; step++) {
      const piece = this.#order[(start + step) % count]
      if (piece !== undefined && isFit(piece)) return piece
    }
    return undefined
  }

  /** Takes in `piece`, which is not in it, with `copies`. */
  add(piece: number, copies: number): void {
    const last = this.#ends.length - 1
    this.#placeOf[piece] = this.#order.length
    this.#rarity[piece] = last
    this.#order.push(piece)
    this.#ends[last] = this.#order.length
    this.#move(piece, copies)
  }

  /** From now on there are `copies` of `piece`. */
  place(piece: number, copies: number): void {
    if (this.has(piece) && this.#rarityOf(piece) !== copies) this.#move(piece, copies)
  }

  /** Puts `piece` anywhere among those of which there are `copies`. */
  #move(piece: number, copies: number): void {
    while (this.#rarityOf(piece) < copies) this.#rise(piece)
    while (this.#rarityOf(piece) > copies) this.#sink(piece)
    const rarity = this.#rarityOf(piece)
    const start = this.#startOf(rarity)
    this.#swap(this.#placeOf[piece] ?? 0, start + Math.floor(this.#random() * (this.#endOf(rarity) - start)))
  }

  delete(piece: number): void {
    if (!this.has(piece)) return
    for (let rarity = this.#rarityOf(piece); rarity < this.#ends.length; rarity++) {
      this.#swap(this.#placeOf[piece] ?? 0, this.#endOf(rarity) - 1)
      this.#ends[rarity] = this.#endOf(rarity) - 1
    }
    this.#order.pop()
    this.#placeOf[piece] = -1
  }

  #rise(piece: number): void {
    const rarity = this.#rarityOf(piece)
    this.#swap(this.#placeOf[piece] ?? 0, this.#endOf(rarity) - 1)
    if (rarity + 1 === this.#ends.length) this.#ends.push(this.#order.length)
    this.#ends[rarity] = this.#endOf(rarity) - 1
    this.#rarity[piece] = rarity + 1
  }

  #sink(piece: number): void {
    const rarity = this.#rarityOf(piece)
    this.#swap(this.#placeOf[piece] ?? 0, this.#startOf(rarity))
    this.#ends[rarity - 1] = this.#startOf(rarity) + 1
    this.#rarity[piece] = rarity - 1
  }

  #rarityOf(piece: number): number {
    return this.#rarity[piece] ?? 0
  }

  #startOf(rarity: number): number {
    return rarity === 0 ? 0 : this.#endOf(rarity - 1)
  }

  #endOf(rarity: number): number {
    return this.#ends[rarity] ?? this.#order.length
  }

  #swap(left: number, right: number): void {
    const piece = this.#order[left]
    const other = this.#order[right]
    if (piece === undefined || other === undefined) return
    this.#order[left] = other
    this.#order[right] = piece
    this.#placeOf[other] = left
    this.#placeOf[piece] = right
  }
}
