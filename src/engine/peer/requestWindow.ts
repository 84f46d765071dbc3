import { CHUNK_SIZE } from '../../protocol/limits.js'

/** Seconds of the peer's rate that are asked for ahead, so that it is never idle between requests. */
const AHEAD_SECONDS = 0.5
/** Asked for ahead before anything is known, and of a slow peer that takes several requests. */
const LEAST = 4

/** The window grows by this for each chunk that came: it doubles with each round trip at most, as the rate is guessed at first. */
const GROWTH = 2

/**
 * How many requests may be under way to a peer that takes `limit`, delivers `rate` bytes a second and has delivered
 * `total` bytes. A peer that takes one gets one: simple peers read one request at a time.
 */
export const windowOf = (rate: number, total: number, limit: number): number => {
  const wished = Math.ceil((rate * AHEAD_SECONDS) / CHUNK_SIZE)
  const grown = LEAST + Math.floor((GROWTH * total) / CHUNK_SIZE)
  return Math.min(limit, Math.max(LEAST, Math.min(wished, grown)))
}
