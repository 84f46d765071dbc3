import type { TorrentId } from '../../protocol/ids.js'

/** Things in order of their ids, each once. */
export class IdList<Item extends { readonly id: TorrentId }> {
  readonly #items: Item[] = []

  get items(): readonly Item[] {
    return this.#items
  }

  /** Puts `item` in or takes it out. */
  set(item: Item, isIn: boolean): void {
    const place = this.#placeOf(item.id)
    const wasIn = this.#items[place] === item
    if (isIn && !wasIn) this.#items.splice(place, 0, item)
    if (!isIn && wasIn) this.#items.splice(place, 1)
  }

  /** The first place whose id is not below `id`. */
  #placeOf(id: TorrentId): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#items[middle]?.id ?? id) < id) low = middle + 1
      else high = middle
    }
    return low
  }
}
