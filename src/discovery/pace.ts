import type { AnnounceSuccess } from '../protocol/announce/announce.js'

/** Seconds between two announces: what a tracker that says nothing, or asks too often or too seldom, is asked with. */
const DEFAULT_INTERVAL = 1800
const LEAST_INTERVAL = 10
const MOST_INTERVAL = 24 * 3600

/** Seconds before a peer that needs others asks again, where the tracker does not say. */
const DEFAULT_MIN_INTERVAL = 60

/** Pause after a failure: the first, doubled with each further one, and the longest. Milliseconds. */
const PAUSE_LEAST = 5_000
const PAUSE_MOST = 30 * 60_000

/** Milliseconds until the next announce, and until the earliest that may be made because peers are wanted. */
export interface Pace {
  readonly next: number
  readonly earliest: number
}

/** When to announce again to a tracker that answered. */
export const paceOf = ({
  interval,
  minInterval,
}: Pick<AnnounceSuccess, 'interval' | 'minInterval'>): Pace => {
  const least = Math.max(minInterval ?? LEAST_INTERVAL, LEAST_INTERVAL)
  const seconds = Math.min(Math.max(interval ?? DEFAULT_INTERVAL, least), MOST_INTERVAL)
  const earliest = Math.min(Math.max(minInterval ?? DEFAULT_MIN_INTERVAL, LEAST_INTERVAL), seconds)
  return { next: seconds * 1000, earliest: earliest * 1000 }
}

/** Milliseconds until it is tried again after so many failures in a row. */
export const pauseAfter = (failures: number): number =>
  Math.min(PAUSE_MOST, PAUSE_LEAST * 2 ** (failures - 1))
