/** A number from 0 up to but not including 1. Handed in, so that one seed replays a run. */
export type Random = () => number

/** One of `items` with equal chance, or undefined when there is none. */
export const chooseFrom = <Item>(items: readonly Item[], random: Random): Item | undefined =>
  items[Math.floor(random() * items.length)]
