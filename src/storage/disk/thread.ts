import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Disk } from './disk.js'
import type { Run, RunResult } from './run.js'
import type { Answer, Order } from './worker.js'

/** Runs at the thread: one that is worked at, and others, so that it is not idle until this thread looks again. */
const DEPTH = 4

/** Beside this file when built; sources run from tests use the built one. */
const workerFile = (): URL => {
  const beside = new URL('./worker.js', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../../dist/storage/disk/worker.js', import.meta.url)
}

/**
 * One thread that writes and hashes for all downloads of the process, while this one talks with peers. Memory is handed
 * over and handed back, never shared: neither side can change what the other works at.
 *
 * Invariant: it answers in order, so that the oldest of `#waiting` is the one that is answered.
 */
class DiskThread {
  readonly #owners = new Set<number>()
  #lastOwner = 0
  readonly #worker = new Worker(workerFile(), { resourceLimits: { maxYoungGenerationSizeMb: 2 } })
  readonly #waiting: ((result: RunResult) => void)[] = []

  constructor() {
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
  }

  /** Whether nobody has it open. */
  get isIdle(): boolean {
    return this.#owners.size === 0
  }

  /** Returns a number that nobody else had here. */
  admit(): number {
    this.#owners.add(++this.#lastOwner)
    return this.#lastOwner
  }

  put(owner: number, run: Run): Promise<RunResult> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#tell({ owner, run }, [run.memory.buffer])
    })
  }

  /** Forgets what was kept for `owner`, if it is one still. */
  dismiss(owner: number): void {
    if (this.#owners.delete(owner)) this.#tell({ owner, run: undefined }, [])
  }

  end(): void {
    void this.#worker.terminate()
  }

  #tell(order: Order, transferred: ArrayBuffer[]): void {
    this.#worker.postMessage(order, transferred)
  }

  #settle({ memory, digests, failure }: Answer): void {
    const error = failure && Object.assign(new Error(failure.message), { code: failure.code })
    this.#waiting.shift()?.({ memory, digests, error })
  }
}

/** How long one that was started ahead waits for its first user. Milliseconds. */
const READY_TIME = 10_000

let shared: DiskThread | undefined

/** The disk thread, started where it does not run; it ends when all who opened it have closed it. */
export const openDiskThread = (): Disk => {
  const thread = (shared ??= new DiskThread())
  const owner = thread.admit()
  return {
    depth: DEPTH,
    put: (run) => thread.put(owner, run),
    close: () => {
      thread.dismiss(owner)
      if (!thread.isIdle) return
      thread.end()
      if (shared === thread) shared = undefined
    },
  }
}

/** Starts the thread ahead of one who is about to open it, since it is up only 30 ms later. */
export const readyDiskThread = (): void => {
  const disk = openDiskThread()
  setTimeout(() => disk.close(), READY_TIME).unref()
}
