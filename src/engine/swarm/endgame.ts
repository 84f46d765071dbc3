import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Source } from '../peer/source.js'

/** A chunk is asked for a second time when its peer is not expected to deliver all it owes within this. Milliseconds. */
const OVERDUE = 500

/** Milliseconds until `source` has delivered what is under way, at its present rate; since it is silent at the least. */
const timeOwed = (source: Source, now: number): number => {
  const owed = (source.inFlight.size * CHUNK_SIZE * 1000) / Math.max(1, source.meter.rate(now))
  const silent = now - Math.max(source.heardAt, ...source.inFlight.values())
  return source.meter.total === 0 ? silent : Math.max(owed, silent)
}

/**
 * Chunks under way elsewhere that `source` shall be asked for too, since nothing else is left to ask:
 * those that would come last first. `mayAsk`: it is needed still, and is not under way twice already.
 */
export const duplicatesFor = (
  source: Source,
  others: Iterable<Source>,
  mayAsk: (chunk: number) => boolean,
  most: number,
  now: number,
): number[] => {
  const late: (readonly [number, number])[] = []
  for (const other of others) {
    if (other === source || other.inFlight.size === 0 || timeOwed(other, now) < OVERDUE) continue
    for (const [chunk, askedAt] of other.inFlight) {
      if (mayAsk(chunk) && source.holdings.has(chunk) && !source.avoided.has(chunk))
        late.push([askedAt, chunk])
    }
  }
  late.sort(([left], [right]) => right - left)
  return late.slice(0, most).map(([, chunk]) => chunk)
}
