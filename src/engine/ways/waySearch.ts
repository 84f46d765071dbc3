/** How a connection to a peer comes about. */
export type Way = 'direct' | 'punched' | 'relayed'

/** A direct connection that does not stand after so long is not waited for alone: RFC 8305 section 8 names 250. Milliseconds. */
const PUNCH_AFTER = 250
/** The same for a punch, which takes four round trips to the tracker and one to the peer. */
const RELAY_AFTER = 1_000

type Phase = 'waiting' | 'trying' | 'failed'

/**
 * Which way to a peer to try when: directly at once; by a punch when that does not stand soon, or fails; by a relay when
 * the punch does not stand soon, or fails. What is under way goes on meanwhile: the first that stands is used.
 *
 * Invariants: each way is tried at most once; a later one never begins before an earlier one.
 */
export class WaySearch {
  readonly #phases: Record<Way, Phase>
  readonly #began: number
  #punchedAt: number | undefined

  /** @param isIntroduced whether a tracker may introduce the two. */
  constructor(isIntroduced: boolean, now: number) {
    const later: Phase = isIntroduced ? 'waiting' : 'failed'
    this.#phases = { direct: 'trying', punched: later, relayed: later }
    this.#began = now
  }

  /** Whether nothing is left to hope for. */
  get isOver(): boolean {
    return Object.values(this.#phases).every((phase) => phase === 'failed')
  }

  /** When `next` has something to say by itself; undefined: never. */
  get dueAt(): number | undefined {
    const { punched, relayed } = this.#phases
    if (punched === 'waiting') return this.#began + PUNCH_AFTER
    if (relayed === 'waiting') return (this.#punchedAt ?? this.#began) + RELAY_AFTER
    return undefined
  }

  /** The ways to begin now. */
  next(now: number): readonly Way[] {
    return (['punched', 'relayed'] as const).filter((way) => this.#begin(way, now))
  }

  /** It came to nothing. */
  fail(way: Way): void {
    this.#phases[way] = 'failed'
  }

  /** No tracker knows how to tell the peer. */
  failIntroduction(): void {
    this.fail('punched')
    this.fail('relayed')
  }

  #begin(way: 'punched' | 'relayed', now: number): boolean {
    if (this.#phases[way] !== 'waiting') return false
    const before = this.#phases[way === 'punched' ? 'direct' : 'punched']
    if (before !== 'failed' && now < (this.dueAt ?? Infinity)) return false
    if (before === 'waiting') return false
    this.#phases[way] = 'trying'
    if (way === 'punched') this.#punchedAt = now
    return true
  }
}

/** First pause before a better way than a relay is looked for, doubled each time, and the longest. Milliseconds. */
const BETTER_FIRST = 15_000
const BETTER_MOST = 10 * 60_000

/** How long to stay with a relay before the `attempt`th look for a better way, the first being 0. Milliseconds. */
export const betterWayAfter = (attempt: number): number => Math.min(BETTER_MOST, BETTER_FIRST * 2 ** attempt)
