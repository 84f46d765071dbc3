/** Stands for no chunk. */
const EMPTY = -1

/** Places of a new map; a power of two, as always. */
const LEAST_PLACES = 16

/** 2^32 / the golden ratio, odd: neighbouring chunks are spread evenly over the places. */
const SPREAD = 0x9e3779b1

/**
 * A number for each of some chunks. As a Map is for what comes and goes for every chunk, without what a Map leaves behind
 * for the garbage collector: it makes its table anew for every few hundred keys that were deleted.
 *
 * Invariants: a chunk stands at its home or after it, with no empty place between; half of the places at least are empty.
 */
export class ChunkMap {
  #chunks = emptyPlaces(LEAST_PLACES)
  #values = new Float64Array(LEAST_PLACES)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(chunk: number): boolean {
    return this.#chunks[this.#placeOf(chunk)] === chunk
  }

  set(chunk: number, value: number): void {
    if (2 * (this.#size + 1) > this.#chunks.length) this.#grow()
    const place = this.#placeOf(chunk)
    if (this.#chunks[place] === EMPTY) this.#size++
    this.#chunks[place] = chunk
    this.#values[place] = value
  }

  /** Returns whether it was there. */
  delete(chunk: number): boolean {
    const place = this.#placeOf(chunk)
    if (this.#chunks[place] !== chunk) return false
    this.#chunks[place] = EMPTY
    this.#size--
    this.#close(place)
    return true
  }

  /** In no order. Nothing may be set or deleted meanwhile. */
  *keys(): Generator<number> {
    for (const chunk of this.#chunks) if (chunk !== EMPTY) yield chunk
  }

  /** In no order. Nothing may be set or deleted meanwhile. */
  *[Symbol.iterator](): Generator<readonly [chunk: number, value: number]> {
    for (const [place, chunk] of this.#chunks.entries())
      if (chunk !== EMPTY) yield [chunk, this.#values[place] ?? 0]
  }

  /** Where `chunk` stands, or would. */
  #placeOf(chunk: number): number {
    let place = this.#homeOf(chunk)
    while (this.#chunks[place] !== chunk && this.#chunks[place] !== EMPTY) place = this.#after(place)
    return place
  }

  #homeOf(chunk: number): number {
    return Math.imul(chunk, SPREAD) >>> (Math.clz32(this.#chunks.length) + 1)
  }

  #after(place: number): number {
    return (place + 1) & (this.#chunks.length - 1)
  }

  /** How many places `to` is after `from`. */
  #distance(from: number, to: number): number {
    return (to - from) & (this.#chunks.length - 1)
  }

  /** Moves back what stands after `hole`, which was emptied, and would not be found any more. */
  #close(hole: number): void {
    for (let place = this.#after(hole); ; place = this.#after(place)) {
      const chunk = this.#chunks[place] ?? EMPTY
      if (chunk === EMPTY) return
      if (this.#distance(this.#homeOf(chunk), place) < this.#distance(hole, place)) continue
      this.#chunks[hole] = chunk
      this.#values[hole] = this.#values[place] ?? 0
      this.#chunks[place] = EMPTY
      hole = place
    }
  }

  #grow(): void {
    const entries = [...this]
    this.#chunks = emptyPlaces(2 * this.#chunks.length)
    this.#values = new Float64Array(this.#chunks.length)
    this.#size = 0
    for (const [chunk, value] of entries) this.set(chunk, value)
  }
}

const emptyPlaces = (count: number): Int32Array => new Int32Array(count).fill(EMPTY)
