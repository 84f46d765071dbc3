import type { Bitfield } from '../../protocol/bitfield.js'
import type { Priority } from '../api.js'
import type { Found } from '../find/found.js'
import type { Limits } from '../limits.js'
import type { ActiveTransfer } from './transfer.js'

/** All that is needed to begin a transfer, or to begin it again. */
export interface Plan {
  readonly found: Found
  /** Where the content is, or will be. */
  readonly path: string
  /** Whether the whole content stands at `path`. */
  readonly isComplete: boolean
  /** Whether it is seeded, or shall be once complete. */
  readonly shallSeed: boolean
  /** Of each file; of content that is complete they mean nothing. */
  readonly priorities: readonly Priority[]
  /** Whether pieces are fetched in order. */
  readonly isSequential: boolean
  readonly limits: Limits
  /** Milliseconds since 1970; undefined: not complete yet. */
  readonly completedAt: number | undefined
}

/** What a run begins with besides its plan. */
export interface Launching {
  /** Whether nothing is moved: what is there is looked at, no more. */
  readonly isPaused?: boolean
  /** Chunks that were just found whole, so that nothing else is believed without a look. */
  readonly proven?: Bitfield | undefined
}

/** Begins a run as planned. `adopt` gets it in the turn in which it counts as running, before it starts. */
export interface Launch extends Launching {
  readonly adopt: (run: ActiveTransfer) => void
}
