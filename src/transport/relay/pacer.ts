/** Milliseconds that a relayed connection may be ahead of its rate before it is not read for a while. */
const LEEWAY = 50

/**
 * Divides a rate among the connections that use it now.
 *
 * Invariant: over any time longer than LEEWAY all together pass at most the rate.
 */
export class Pacer {
  readonly #rate: number
  readonly #active: () => number
  readonly #due = new WeakMap<object, number>()

  /** `rate` in bytes a second; `active` says how many share it. */
  constructor(rate: number, active: () => number) {
    this.#rate = rate
    this.#active = active
  }

  /** Notes that `bytes` of `flow` passed at `now`; returns for how long it is not to be read. Milliseconds. */
  pass(flow: object, bytes: number, now: number): number {
    const share = this.#rate / Math.max(1, this.#active())
    const due = Math.max(now, this.#due.get(flow) ?? 0) + (1000 * bytes) / share
    this.#due.set(flow, due)
    return due - now > LEEWAY ? due - now : 0
  }
}
