/** Random numbers that one seed of 32 bits gives again (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** 32 bits. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** From 0 up to and without `count`; 0 where that is 0. */
  below(count: number): number {
    return Math.floor((this.word() / 2 ** 32) * count)
  }

  /** True once in `count` times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}

/** FNV-1a over 32 bits: tells inputs and outcomes apart, nothing more. */
export const digestOf = (values: ArrayLike<number>, start = 0x811c9dc5): number => {
  let digest = start
  for (let index = 0; index < values.length; index++) {
    digest = Math.imul(digest ^ (values[index] ?? 0), 0x01000193)
  }
  return digest >>> 0
}

/** The same over a text. */
export const digestOfText = (text: string, start = 0x811c9dc5): number => {
  let digest = start
  for (let index = 0; index < text.length; index++) {
    digest = Math.imul(digest ^ text.charCodeAt(index), 0x01000193)
  }
  return digest >>> 0
}
