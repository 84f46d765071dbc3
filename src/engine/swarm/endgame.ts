import { CHUNK_SIZE } from '../../protocol/limits.js'
import type { Source } from '../peer/source.js'

/** A chunk is asked for a second time when its peer is not expected to deliver all it owes within this. Milliseconds. */
const OVERDUE = 500

/** Milliseconds until `source` has delivered what is under way, at its present rate; since it is silent at the least. */
const timeOwed = (source: Source, now: number): number => {
  const owed = (source.inFlight.size * CHUNK_SIZE * 1000) / Math.max(1, source.meter.rate(now))
  let heardAt = source.heardAt
  for (const [, askedAt] of source.inFlight) heardAt = Math.max(heardAt, askedAt)
  const silent = now - heardAt
  return source.meter.total === 0 ? silent : Math.max(owed, silent)
}

/** Chunks that are asked for a second time, since nothing else is left to ask. */
export class Endgame {
  /** Chunks that are under way twice. */
  readonly #duplicated = new Set<number>()

  /** Whether `chunk` is under way twice. */
  has(chunk: number): boolean {
    return this.#duplicated.has(chunk)
  }

  /** `chunk` is under way once at the most: it may be asked for a second time again. */
  delete(chunk: number): void {
    this.#duplicated.delete(chunk)
  }

  /**
   * Chunks under way elsewhere that `source` shall be asked for too: those that would come last first. `needs`: it
   * still counts when it comes.
   */
  pick(
    source: Source,
    others: Iterable<Source>,
    needs: (chunk: number) => boolean,
    most: number,
    now: number,
  ): number[] {
    const late: (readonly [number, number])[] = []
    for (const other of others) {
      if (other === source || other.inFlight.size === 0 || timeOwed(other, now) < OVERDUE) continue
      for (const [chunk, askedAt] of other.inFlight) {
        const mayAsk = !this.has(chunk) && needs(chunk)
        if (mayAsk && source.holdings.has(chunk) && !source.avoided.has(chunk)) late.push([askedAt, chunk])
      }
    }
    late.sort(([left, one], [right, other]) => right - left || other - one)
    const picked = late.slice(0, most).map(([, chunk]) => chunk)
    for (const chunk of picked) this.#duplicated.add(chunk)
    return picked
  }
}
