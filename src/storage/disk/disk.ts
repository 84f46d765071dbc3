import type { Run, RunResult } from './run.js'

/** Who writes and hashes what was downloaded. */
export interface Disk {
  /** Runs that may be under way at once. */
  readonly depth: number
  /** Writes and hashes a run. Never rejects. */
  put(run: Run): Promise<RunResult>
  /** It is of no more use to its owner; nothing is under way. */
  close(): void
}
