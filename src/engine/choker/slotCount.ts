/** Where no more than this many want to be served, all are: nobody takes turns, and nothing is given in part. */
const SERVE_ALL = 16
/** Slots of a slow or unknown uplink, where more want them: one that is cut finer takes longer for each piece to travel on. */
const LEAST = 6
/** Slots of a fast one. */
const MOST = 16
/** Slots grow with the root of the rate in KB/s times this: 7 at 20 Mbit/s, 16 from 100 Mbit/s on. */
const SLOPE = 0.02

/**
 * How many peers to serve at once when `interested` want it.
 * `rate`: bytes a second that may be sent, or that were sent where no limit is known.
 */
export const slotsFor = (interested: number, rate: number): number =>
  interested <= SERVE_ALL
    ? SERVE_ALL
    : Math.max(LEAST, Math.min(MOST, Math.round(Math.sqrt((rate / 1000) * SLOPE))))
