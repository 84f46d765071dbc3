import type { Priority } from '../api.js'
import type { Description } from '../torrent/description.js'
import type { Plan } from './plan.js'
import type { ActiveTransfer } from './transfer.js'

/** What a transfer is to do: as it was planned, with what changed of that while it ran. Each field alone is cheap to ask. */
export class CurrentPlan {
  #plan: Plan | undefined
  #run: ActiveTransfer | undefined

  get description(): Description | undefined {
    return this.#plan?.found.description
  }

  get path(): string | undefined {
    return this.#plan?.path
  }

  get isComplete(): boolean {
    return this.#plan?.isComplete === true || this.#run?.isWhole === true
  }

  /** Milliseconds since 1970. */
  get completedAt(): number | undefined {
    return this.#plan?.completedAt ?? this.#run?.completedAt
  }

  get priorities(): readonly Priority[] {
    return this.#fetching?.priorities ?? this.#plan?.priorities ?? []
  }

  get isSequential(): boolean {
    return this.#fetching?.isSequential ?? this.#plan?.isSequential ?? false
  }

  /** With what it would begin again as it is now; undefined until that is known. */
  get whole(): Plan | undefined {
    const plan = this.#plan
    if (plan === undefined) return undefined
    const { isComplete, completedAt, priorities, isSequential } = this
    const torrentIds = this.#run?.torrent.torrentIds ?? plan.found.torrentIds
    return {
      ...plan,
      found: { ...plan.found, torrentIds },
      isComplete,
      completedAt,
      priorities,
      isSequential,
    }
  }

  set(plan: Plan): void {
    this.#plan = plan
  }

  /** From now on this run says what changes. */
  follow(run: ActiveTransfer): void {
    this.#run = run
  }

  /** What changed while it ran stays when that has ended. */
  settle(): void {
    this.#plan = this.whole
  }

  get #fetching(): ActiveTransfer | undefined {
    return this.#run?.isFetching === true ? this.#run : undefined
  }
}
