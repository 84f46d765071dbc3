/** Buffers of one size, used again and again: fresh memory costs more than the copy into it. */
export class BufferPool {
  readonly #size: number
  readonly #perSlab: number
  readonly #free: Uint8Array[] = []
  readonly #retired: Uint8Array[] = []

  /** Buffers of `size` bytes, made `perSlab` at a time. */
  constructor(size: number, perSlab = 1) {
    this.#size = size
    this.#perSlab = perSlab
  }

  take(): Uint8Array {
    if (this.#free.length === 0) this.#grow()
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size)
  }

  /** Takes a buffer back. It is used again in a later turn only: somebody may look at it in this one. */
  give(buffer: Uint8Array): void {
    if (this.#retired.length === 0) setImmediate(() => this.#release())
    this.#retired.push(buffer)
  }

  #release(): void {
    for (const buffer of this.#retired) this.#free.push(buffer)
    this.#retired.length = 0
  }

  #grow(): void {
    const slab = Buffer.allocUnsafeSlow(this.#size * this.#perSlab)
    for (let index = this.#perSlab - 1; index >= 0; index--)
      this.#free.push(slab.subarray(index * this.#size, (index + 1) * this.#size))
  }
}
