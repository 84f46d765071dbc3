import { isInReach } from '../addressRange.js'
import { BYTE, type PeerSlab } from './peerSlab.js'

/** Up to so many members for each peer that is wanted all of them are walked through; beyond, some are drawn. */
const WALKED = 4

/** Peers looked at in vain in place of one that is drawn and does not fit. */
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
  /** The asker itself, or NONE. */
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

  /** Appends the slots that are chosen, each once, to `chosen`. */
  choose(members: readonly number[], wish: Wish, chosen: number[]): void {
    const size = wish.end - wish.first
    if (size <= 0 || wish.count <= 0) return
    if (size <= WALKED * wish.count) this.#walk(members, wish, chosen)
    else this.#draw(members, wish, chosen)
  }

  #walk(members: readonly number[], wish: Wish, chosen: number[]): void {
    const size = wish.end - wish.first
    const enough = chosen.length + wish.count
    let at = size <= wish.count ? 0 : Math.floor(this.#random() * size)
    for (let step = 0; step < size && chosen.length < enough; step++) {
      const slot = members[wish.first + at] as number
      if (this.#fits(slot, wish)) chosen.push(slot)
      if (++at === size) at = 0
    }
  }

  /** One from each of as many equal parts as peers are wanted: so all are as likely, and none comes twice. */
  #draw(members: readonly number[], wish: Wish, chosen: number[]): void {
    const part = (wish.end - wish.first) / wish.count
    for (let turn = 0; turn < wish.count; turn++) {
      const start = wish.first + Math.floor(turn * part)
      const size = wish.first + Math.floor((turn + 1) * part) - start
      const drawn = Math.floor(this.#random() * size)
      for (let step = 0; step < TRIES && step < size; step++) {
        const slot = members[start + ((drawn + step) % size)] as number
        if (!this.#fits(slot, wish)) continue
        chosen.push(slot)
        break
      }
    }
  }

  #fits(slot: number, wish: Wish): boolean {
    return (
      (this.#slab.byte(slot, BYTE.flags) & wish.mask) === wish.flags &&
      slot !== wish.self &&
      isInReach(this.#slab.byte(slot, BYTE.range), wish.range)
    )
  }
}
