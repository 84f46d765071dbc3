/** Milliseconds between two looks. */
const LOOK_EVERY = 100

/** A timer so late, in milliseconds, says that there is more to do than can be done; well-behaved clients wait as long. */
const LATE = 500

/** Looks in a row at which the timer was late before requests are refused: a single long task is no overload. */
const LATE_LOOKS = 2

/** Looks between two at memory. */
const MEMORY_EVERY = 10

export interface StrainOptions {
  /** Bytes of objects and buffers beyond which no further peers are taken; undefined: no bound. */
  readonly maxMemory: number | undefined
  /** Milliseconds, never going back. */
  readonly now?: () => number
  /** Bytes of objects and buffers in use. */
  readonly memory?: () => number
}

const memoryInUse = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Sees whether the process keeps up with what it is asked, and how much memory that takes. */
export class Strain {
  readonly #options: StrainOptions
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #expected: number
  #looks = 0
  #lateLooks = 0
  #delay = 0
  #isMemoryFull = false

  constructor(options: StrainOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#expected = this.#now() + LOOK_EVERY
    this.#timer = setInterval(() => this.look(), LOOK_EVERY).unref()
  }

  /** Milliseconds by which the last look was late. */
  get delay(): number {
    return this.#delay
  }

  get isOverloaded(): boolean {
    return this.#lateLooks >= LATE_LOOKS
  }

  get isMemoryFull(): boolean {
    return this.#isMemoryFull
  }

  /** Called by the timer, and by tests. */
  look(): void {
    const now = this.#now()
    this.#delay = Math.max(0, now - this.#expected)
    this.#expected = now + LOOK_EVERY
    this.#lateLooks = this.#delay > LATE ? this.#lateLooks + 1 : 0
    if (this.#looks++ % MEMORY_EVERY === 0) this.#lookAtMemory()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #lookAtMemory(): void {
    const { maxMemory, memory = memoryInUse } = this.#options
    this.#isMemoryFull = maxMemory !== undefined && memory() > maxMemory
  }
}
