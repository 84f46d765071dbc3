import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Disk } from './disk.js'
import type { Run, RunResult } from './run.js'
import type { Answer } from './worker.js'

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
  users = 0
  readonly #worker = new Worker(workerFile(), { resourceLimits: { maxYoungGenerationSizeMb: 2 } })
  readonly #waiting: ((result: RunResult) => void)[] = []

  constructor() {
    this.#worker.on('message', (answer: Answer) => this.#settle(answer))
  }

  put(run: Run): Promise<RunResult> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#worker.postMessage(run, [run.memory.buffer])
    })
  }

  end(): void {
    void this.#worker.terminate()
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
  thread.users++
  let isOpen = true
  return {
    depth: DEPTH,
    put: (run) => thread.put(run),
    close: () => {
      if (!isOpen) return
      isOpen = false
      thread.users--
      if (thread.users > 0) return
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
