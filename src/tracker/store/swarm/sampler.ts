import { isInReach } from '../addressRange.js'
import { IPV6_ENTRY, marksIn } from './entry.js'
import { BYTE, FLAG, type PeerSlab } from './peerSlab.js'
import type { Swarm } from './swarm.js'

/** Up to so many members for each peer that is wanted all of them are walked through; beyond, some are drawn. */
const WALKED = 4

/** Peers that are drawn together: they stand together in memory. */
const RUN = 4

/** Peers looked at in place of one that is drawn, until one fits. */
const TRIES = 8

/** Which members of a swarm may be given to an asker. */
export interface Wish {
  /** Of Swarm.members, `first` up to but without `end`. */
  readonly first: number
  readonly end: number
  readonly count: number
  /** Flags that matter, and what they must be. */
  readonly mask: number
  readonly flags: number
  /** Where the asker is. */
  readonly range: number
  /** The place of the asker itself, or NONE. */
  readonly self: number
}

/** A part of the members that is walked through, see Sampler. */
interface Part {
  readonly first: number
  readonly size: number
  readonly start: number
  readonly steps: number
  readonly from: number
  readonly enough: number
}

/**
 * Chooses members at random, in time that depends on how many are wanted and not on how many there are. Where few of a
 * large swarm fit, fewer may be found than there are.
 */
export class Sampler {
  readonly #slab: PeerSlab
  readonly #random: () => number

  constructor(slab: PeerSlab, random: () => number) {
    this.#slab = slab
    this.#random = random
  }

  /**
   * Writes the places of those that are chosen, each once, to the beginning of `chosen`, which has room for
   * `wish.count`; returns how many.
   */
  choose(swarm: Swarm, wish: Wish, chosen: Int32Array): number {
    const size = wish.end - wish.first
    if (size <= 0 || wish.count <= 0) return 0
    if (size > WALKED * wish.count) return this.#draw(swarm, wish, chosen)
    const start = size <= wish.count ? 0 : Math.floor(this.#random() * size)
    const part = { first: wish.first, size, start, steps: size, from: 0, enough: wish.count }
    return this.#walk(swarm, wish, part, chosen)
  }

  /** A run from a random place of each of as many equal parts as it takes: so all are as likely, and none comes twice. */
  #draw(swarm: Swarm, wish: Wish, chosen: Int32Array): number {
    const runs = Math.ceil(wish.count / RUN)
    const part = (wish.end - wish.first) / runs
    let from = 0
    for (let turn = 0; turn < runs; turn++) {
      const first = wish.first + Math.floor(turn * part)
      const size = wish.first + Math.floor((turn + 1) * part) - first
      const start = Math.floor(this.#random() * size)
      const enough = Math.min(from + RUN, wish.count)
      const steps = Math.min(size, TRIES * RUN)
      from = this.#walk(swarm, wish, { first, size, start, steps, from, enough }, chosen)
    }
    return from
  }

  /**
   * Adds what fits of a part of the members, beginning at `start` and going round, to the `from` that are chosen already,
   * until there are `enough`; returns how many there are.
   */
  #walk({ members, entries }: Swarm, wish: Wish, part: Part, chosen: Int32Array): number {
    const { first, size, steps, enough } = part
    let count = part.from
    let at = part.start
    for (let step = 0; step < steps && count < enough; step++) {
      const place = first + at
      const entry = entries[place] as number
      if (place !== wish.self && this.#fits(entry, members[place] as number, wish)) chosen[count++] = place
      if (++at === size) at = 0
    }
    return count
  }

  #fits(entry: number, slot: number, wish: Wish): boolean {
    if (entry === IPV6_ENTRY) {
      return (
        (this.#slab.byte(slot, BYTE.flags) & wish.mask) === wish.flags &&
        isInReach(this.#slab.byte(slot, BYTE.range), wish.range)
      )
    }
    const marks = marksIn(entry)
    return (marks & FLAGS & wish.mask) === wish.flags && isInReach(marks >>> 2, wish.range)
  }
}

/** Those flags that an entry has. */
const FLAGS = FLAG.paused | FLAG.registered
