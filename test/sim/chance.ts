import type { Random } from '../../src/engine/random.js'

/** Reproducible numbers from 0 up to 1, by the mulberry32 generator. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Up to `count` of `items`, each with the same chance. */
export const sampleOf = <Item>(items: readonly Item[], count: number, random: Random): Item[] => {
  const pool = [...items]
  const sample: Item[] = []
  while (sample.length < count && pool.length > 0) {
    const at = Math.floor(random() * pool.length)
    const chosen = pool[at]
    const last = pool.pop()
    if (chosen !== undefined) sample.push(chosen)
    if (last !== undefined && at < pool.length) pool[at] = last
  }
  return sample
}
