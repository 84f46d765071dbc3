/** Virtual time: what is planned happens in order of time, and at one time in the order of planning. */
export class Clock {
  /** Milliseconds. Begins well above 0, as real clocks do. */
  now = 1_000_000
  readonly #times: number[] = []
  readonly #orders: number[] = []
  readonly #actions: (() => void)[] = []
  #planned = 0

  /** Plans `action` in `delay` milliseconds. */
  after(delay: number, action: () => void): void {
    this.#times.push(this.now + delay)
    this.#orders.push(this.#planned++)
    this.#actions.push(action)
    this.#rise(this.#times.length - 1)
  }

  /** Does what comes next; returns whether there was anything. */
  step(): boolean {
    const [time] = this.#times
    const [action] = this.#actions
    if (time === undefined || action === undefined) return false
    this.#dropFirst()
    this.now = time
    action()
    return true
  }

  #dropFirst(): void {
    const last = this.#times.length - 1
    this.#swap(0, last)
    this.#times.pop()
    this.#orders.pop()
    this.#actions.pop()
    this.#sink()
  }

  #rise(at: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(at, parent)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(): void {
    const count = this.#times.length
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= count) return
      const least = left + 1 < count && this.#isBefore(left + 1, left) ? left + 1 : left
      if (!this.#isBefore(least, at)) return
      this.#swap(at, least)
      at = least
    }
  }

  #isBefore(left: number, right: number): boolean {
    const difference = (this.#times[left] ?? 0) - (this.#times[right] ?? 0)
    return difference < 0 || (difference === 0 && (this.#orders[left] ?? 0) < (this.#orders[right] ?? 0))
  }

  #swap(left: number, right: number): void {
    swapIn(this.#times, left, right)
    swapIn(this.#orders, left, right)
    swapIn(this.#actions, left, right)
  }
}

const swapIn = <Item>(items: Item[], left: number, right: number): void => {
  const item = items[left]
  const other = items[right]
  if (item === undefined || other === undefined) return
  items[left] = other
  items[right] = item
}
