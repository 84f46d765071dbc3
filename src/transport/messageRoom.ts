/**
 * Bytes that the large messages of all connections may take together while they come in.
 *
 * Invariant: what is taken never passes `max`.
 */
export class MessageRoom {
  readonly #max: number
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  get taken(): number {
    return this.#taken
  }

  /** Takes `bytes` (fewer than 0: gives back) and returns whether there was room. */
  take(bytes: number): boolean {
    if (bytes > 0 && this.#taken + bytes > this.#max) return false
    this.#taken += bytes
    return true
  }
}
