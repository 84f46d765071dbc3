import { CHUNK_SIZE } from '../../protocol/limits.js'

/** Seconds of the peer's rate that are asked for ahead, so that it is never idle between requests. */
const AHEAD_SECONDS = 0.5
/** Asked for ahead before anything is known, and of a slow peer that takes several requests. */
const LEAST = 4

/**
 * How many requests may be under way to a peer that takes `limit` and delivers `rate` bytes a second.
 * A peer that takes one gets one: simple peers read one request at a time.
 */
export const windowOf = (rate: number, limit: number): number =>
  Math.min(limit, Math.max(LEAST, Math.ceil((rate * AHEAD_SECONDS) / CHUNK_SIZE)))
