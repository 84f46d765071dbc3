import type { Source } from '../peer/source.js'

/** How often it is considered to replace the slowest peer. Milliseconds. */
const TURNOVER_TIME = 10_000
/** A peer this much slower than the middle one gives its place to one that is untried. */
const SLOW_SHARE = 0.1

/**
 * The peer whose place another should take, if any is much slower than most. Where most deliver nothing, it is one that
 * delivers nothing either, and is asked for nothing: else idle peers could keep out all others.
 */
export const slowest = (sources: readonly Source[], now: number): string | undefined => {
  const rated = sources
    .map((source) => ({ peer: source.peer, rate: source.meter.rate(now), underWay: source.inFlight.size }))
    .sort((left, right) => left.rate - right.rate || left.underWay - right.underWay)
  const middle = rated[Math.floor(rated.length / 2)]?.rate ?? 0
  const last = rated[0]
  return last !== undefined && last.rate <= middle * SLOW_SHARE ? last.peer : undefined
}

/** When to consider it. */
export class Turnover {
  #dueAt = 0

  /** Whether to consider it now; if so the next time is planned. */
  isDue(now: number): boolean {
    if (now < this.#dueAt) return false
    this.#dueAt = now + TURNOVER_TIME
    return true
  }
}
