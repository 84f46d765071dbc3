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

  /** Appends the places of those that are chosen, each once, to `chosen`. */
  choose(swarm: Swarm, wish: Wish, chosen: number[]): void {
    const size = wish.end - wish.first
    if (size <= 0 || wish.count <= 0) return
    if (size > WALKED * wish.count) return this.#draw(swarm, wish, chosen)
    const start = size <= wish.count ? 0 : Math.floor(this.#random() * size)
    this.#walk(swarm, wish, { first: wish.first, size, start, steps: size, count: wish.count }, chosen)
  }

  /** A run from a random place of each of as many equal parts as it takes: so all are as likely, and none comes twice. */
  #draw(swarm: Swarm, wish: Wish, chosen: number[]): void {
    const runs = Math.ceil(wish.count / RUN)
    const part = (wish.end - wish.first) / runs
    const enough = chosen.length + wish.count
    for (let turn = 0; turn < runs; turn++) {
      const first = wish.first + Math.floor(turn * part)
      const size = wish.first + Math.floor((turn + 1) * part) - first
      const start = Math.floor(this.#random() * size)
      const count = Math.min(RUN, enough - chosen.length)
      this.#walk(swarm, wish, { first, size, start, steps: Math.min(size, TRIES * RUN), count }, chosen)
    }
  }

  /** Takes what fits from a part of the members, beginning at `start` and going round, until there are `count`. */
  #walk(
    { members, entries }: Swarm,
    wish: Wish,
    part: { first: number; size: number; start: number; steps: number; count: number },
    chosen: number[],
  ): void {
    const { first, size, steps } = part
    const enough = chosen.length + part.count
    let at = part.start
    for (let step = 0; step < steps && chosen.length < enough; step++) {
      const place = first + at
      const entry = entries[place] as number
      if (place !== wish.self && this.#fits(entry, members[place] as number, wish)) chosen.push(place)
      if (++at === size) at = 0
    }
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
