/** Trackers of which one is enough (BEP 12): in an order by chance, and those that answered in front. */
export class Tier {
  readonly #urls: string[] = []

  /** `random` gives numbers from 0 up to but not including 1. */
  constructor(urls: readonly string[], random: () => number) {
    for (const url of urls) this.#urls.splice(Math.floor(random() * (this.#urls.length + 1)), 0, url)
  }

  /** In the order in which they are to be asked now. */
  get urls(): readonly string[] {
    return [...this.#urls]
  }

  /** It answered: it is asked first from now on. */
  promote(url: string): void {
    const index = this.#urls.indexOf(url)
    if (index > 0) this.#urls.unshift(...this.#urls.splice(index, 1))
  }
}
