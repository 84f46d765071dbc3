import type { Progress } from '../api.js'

/** What is done before a transfer runs: it is looked up, or its files are hashed. */
export type PreparationKind = 'finding' | 'hashing'

/** Who waits for a preparation. */
export interface Waiting {
  /** Breaks it off. */
  readonly signal?: AbortSignal | undefined
  /** Told of bytes hashed, and bytes to hash. */
  readonly onProgress?: Progress | undefined
}

/** Something that a transfer waits for, which can be broken off. */
export class Preparation {
  readonly kind: PreparationKind
  readonly signal: AbortSignal
  /** Bytes hashed, and bytes to hash. */
  done = 0
  total = 0
  readonly #abort = new AbortController()
  readonly #onProgress: Progress | undefined

  constructor(kind: PreparationKind, { signal, onProgress }: Waiting) {
    this.kind = kind
    this.#onProgress = onProgress
    this.signal = signal === undefined ? this.#abort.signal : AbortSignal.any([this.#abort.signal, signal])
  }

  readonly onProgress: Progress = (done, total) => {
    this.done = done
    this.total = total
    this.#onProgress?.(done, total)
  }

  abort(): void {
    this.#abort.abort()
  }
}
