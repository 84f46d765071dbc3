import type { Transfer } from '../api.js'
import type { Stamp } from '../session/record.js'
import type { Description } from '../torrent/description.js'
import type { CurrentPlan } from './currentPlan.js'
import type { ActiveTransfer } from './transfer.js'

/** A transfer as the parts of a running peer know it. */
export interface ListedTransfer extends Transfer {
  /** Milliseconds since 1970. */
  readonly addedAt: number
  /** Undefined until it is looked up or hashed. */
  readonly description: Description | undefined
  readonly isFetching: boolean
  readonly isSeeding: boolean
  /** Whether it came to an end after which nothing follows by itself. */
  readonly isOver: boolean
  /** Bytes that moved since it was asked the last time; goes into its history. */
  sample(): { readonly download: number; readonly upload: number }
  readonly course: {
    /** By choice. */
    readonly isPaused: boolean
    /** With what it would begin again as it is now, field by field. */
    readonly current: Omit<CurrentPlan, 'set' | 'follow' | 'settle'>
    /** What moves its data now, or did the last time. */
    readonly run: ActiveTransfer | undefined
    /** How the files of a share looked when it began. */
    stamps(): Promise<readonly Stamp[]>
  }
}
