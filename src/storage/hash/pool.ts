import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { setImmediate } from 'node:timers/promises'
import { ShoalError } from '../../protocol/errors.js'
import { bytesOf, runJob, type Job, type JobResult, type PieceTask } from './job.js'
import type { Answer } from './worker.js'

/** Bytes of a job where pieces are shorter: about 8 ms of hashing against some 50 microseconds of hand-over. */
const JOB_BYTES = 4 * 1024 * 1024

/** Pieces of a job, so that many small files make small messages. */
const JOB_PIECES = 512

/** Content below this many bytes is hashed in less time than a worker needs to start. */
const SMALL_CONTENT = 4 * 1024 * 1024

/** Jobs at a worker: one that runs and one that waits, so that none is ever idle. */
const JOBS_AT_WORKER = 2

/** Gathers pieces into jobs. */
export const jobsOf = function* (tasks: Iterable<PieceTask>): Generator<Job> {
  let job: PieceTask[] = []
  let bytes = 0
  for (const task of tasks) {
    job.push(task)
    bytes += bytesOf(task)
    if (bytes < JOB_BYTES && job.length < JOB_PIECES) continue
    yield job
    job = []
    bytes = 0
  }
  if (job.length > 0) yield job
}

/** What is done with a job's hashes. */
export type Take = (job: Job, result: JobResult) => void

export interface RunOptions {
  /** Bytes of all jobs together, which decides how many workers there are. */
  readonly size: number
  readonly signal: AbortSignal | undefined
}

/**
 * Runs all jobs on all cores, few at a time, and hands on each result as it comes: not in order.
 *
 * @throws ShoalError INTERRUPTED when the signal fires; FILE_CHANGED, DISK_FAILED, PATH_NOT_FOUND
 */
export const runJobs = async (jobs: Iterable<Job>, take: Take, options: RunOptions): Promise<void> => {
  const iterator = jobs[Symbol.iterator]()
  if (options.size < SMALL_CONTENT) return runHere(iterator, take, options.signal)
  const count = Math.min(availableParallelism(), Math.ceil(options.size / JOB_BYTES))
  const workers = Array.from({ length: count }, () => new Worker(workerFile()))
  try {
    await Promise.all(workers.map((worker) => runAt(worker, iterator, take, options.signal)))
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

const interrupted = (): ShoalError => new ShoalError('INTERRUPTED', 'hashing was interrupted')

const runHere = async (jobs: Iterator<Job>, take: Take, signal: AbortSignal | undefined): Promise<void> => {
  for (let next = jobs.next(); next.done !== true; next = jobs.next()) {
    if (signal?.aborted) throw interrupted()
    take(next.value, runJob(next.value))
    await setImmediate()
  }
}

/** Beside this file when built; sources run from tests use the built one. */
const workerFile = (): URL => {
  const beside = new URL('./worker.js', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../../dist/storage/hash/worker.js', import.meta.url)
}

/** Keeps one worker busy until no job is left. A worker answers in order, so the oldest job is the one answered. */
const runAt = (
  worker: Worker,
  jobs: Iterator<Job>,
  take: Take,
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const outstanding: Job[] = []
    const onAbort = (): void => reject(interrupted())
    const feed = (): void => {
      while (outstanding.length < JOBS_AT_WORKER) {
        const next = jobs.next()
        if (next.done === true) break
        outstanding.push(next.value)
        worker.postMessage(next.value)
      }
      if (outstanding.length > 0) return
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }
    worker.on('message', (answer: Answer) => {
      const job = outstanding.shift()
      if ('code' in answer) return reject(new ShoalError(answer.code, answer.message))
      if (job) take(job, answer.result)
      feed()
    })
    worker.on('error', (error) =>
      reject(new ShoalError('INTERNAL', `hash worker: ${error.message}`, { cause: error })),
    )
    worker.on('exit', () => reject(new ShoalError('INTERNAL', 'a hash worker ended')))
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    feed()
  })
