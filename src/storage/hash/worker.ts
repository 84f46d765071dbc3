import { parentPort } from 'node:worker_threads'
import { ShoalError, type ErrorCode } from '../../protocol/errors.js'
import { runJob, type Job, type JobResult } from './job.js'

/** What a hash worker answers to a job, in the order of the jobs. An error travels as its parts. */
export type Answer = { readonly result: JobResult } | { readonly code: ErrorCode; readonly message: string }

const answer = (job: Job): Answer => {
  try {
    return { result: runJob(job) }
  } catch (error) {
    if (error instanceof ShoalError) return { code: error.code, message: error.message }
    return { code: 'INTERNAL', message: String(error) }
  }
}

parentPort?.on('message', (job: Job) => {
  const answered = answer(job)
  const moved = 'result' in answered ? Object.values(answered.result) : []
  parentPort?.postMessage(
    answered,
    moved.map(({ buffer }: JobResult['leaves']) => buffer),
  )
})
