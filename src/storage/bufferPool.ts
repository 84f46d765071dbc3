/** Buffers of one size, used again and again: fresh memory costs more than the copy into it. */
export class BufferPool {
  readonly #size: number
  readonly #maxSpare: number
  readonly #free: Uint8Array<ArrayBuffer>[] = []
  readonly #retired: Uint8Array<ArrayBuffer>[] = []

  /** Buffers of `size` bytes; of those that are given back `maxSpare` are kept. */
  constructor(size: number, maxSpare = Infinity) {
    this.#size = size
    this.#maxSpare = maxSpare
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(this.#size).buffer)
  }

  /** Takes a buffer back. It is used again in a later turn only: somebody may look at it in this one. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#retired.length === 0) setImmediate(() => this.#release())
    this.#retired.push(buffer)
  }

  #release(): void {
    for (const buffer of this.#retired) if (this.#free.length < this.#maxSpare) this.#free.push(buffer)
    this.#retired.length = 0
  }
}
